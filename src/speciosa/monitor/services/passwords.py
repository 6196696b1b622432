"""Passwords: which are accepted, and how they are kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from speciosa.errors import AccountError

SHORTEST, LONGEST = 10, 256
SHORTEST_WORD = 4
CONTEXT_WORDS = (
    *("speciosa", "monitor", "kratom", "mitragynine", "buprenorphine", "methadone", "opioid", "withdrawal"),
    *("clinic", "clinician", "administrator", "observer", "password"),
)
"""Words of the field and of the program: a password of one of them and little else is refused."""
LETTERS_BESIDE = 4
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
ACTIVATION_GROUPS, RECOVERY_GROUPS, GROUP = 4, 6, 4
"""Groups of four signs of five bits: 80 bits where a code lives a day, 120 where it waits for years."""


@cache
def common_passwords() -> frozenset[str]:
    """Common passwords and words of ten or more characters, in lower case."""
    text = (
        files("speciosa.monitor.services").joinpath("data/common_passwords.txt").read_text(encoding="utf-8")
    )
    return frozenset(text.split("\n"))


def check_password(password: str, words: Iterable[str] = ()) -> None:
    """Accept a new password, or say what is wrong with it.

    Parameters
    ----------
    password : str
    words : iterable of str
        Words that stand for the user or the clinic.

    Raises
    ------
    AccountError

    Examples
    --------
    >>> check_password("four pale otters sing")
    >>> check_password("kratom2026")
    Traceback (most recent call last):
    speciosa.errors.AccountError: password: it is little more than the word 'kratom'; expected something \
that nobody can guess, such as four unrelated words.
    """
    where, expected = "password", "something that nobody can guess, such as four unrelated words"
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountError(
            f"it has {len(password)} characters", where=where, expected=f"{SHORTEST} to {LONGEST}"
        )
    lowered = password.lower()
    if lowered in common_passwords():
        raise AccountError("it is on a list of common passwords", where=where, expected=expected)
    if len(set(lowered)) < SHORTEST_WORD:
        raise AccountError("it repeats a few characters", where=where, expected=expected)
    given = [
        part for word in words for part in re.split(r"[\W_]+", word.lower()) if len(part) >= SHORTEST_WORD
    ]
    for word in (*CONTEXT_WORDS, *given):
        if word in lowered and len(re.sub(r"[\W\d_]", "", lowered.replace(word, ""))) < LETTERS_BESIDE:
            raise AccountError(f"it is little more than the word {word!r}", where=where, expected=expected)


def hash_password(password: str) -> str:
    """Argon2id hash with its salt and its cost, which are the library's current defaults."""
    return PasswordHasher().hash(password)


@cache
def _decoy() -> str:
    return hash_password(secrets.token_urlsafe())


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one that is kept; takes as long where none is kept.

    Parameters
    ----------
    password : str
    kept : str or None
        Hash; None where the user does not exist or has no password.
    """
    try:
        PasswordHasher().verify(kept or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def needs_rehash(kept: str) -> bool:
    """Whether a hash was made at a cost that is no longer the default."""
    return PasswordHasher().check_needs_rehash(kept)


def random_code(groups: int) -> str:
    """A random code in groups of four signs that are not mistaken for each other."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(groups))


def canonical_code(code: str) -> str:
    """A code as it was given out, however it was typed."""
    signs = re.sub(r"[^A-Z0-9]", "", code.upper())
    return "-".join(signs[start : start + GROUP] for start in range(0, len(signs), GROUP))
