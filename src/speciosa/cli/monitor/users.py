"""``speciosa monitor user``: accounts, from the command line of the machine that holds the records."""

from __future__ import annotations

from typing import Annotated

import typer

from speciosa.cli.console import say
from speciosa.cli.monitor.opening import DEFAULT_FOLDER, Folder, opened

app = typer.Typer(no_args_is_help=True, help="Accounts: add, list, close, open, and give a new code.")
Login = Annotated[str, typer.Argument(metavar="LOGIN")]


def tell(login: str, code: str) -> None:
    """Print a code, and what it is for."""
    say(f"Code of {login} for the next login, valid for 24 h; hand it over by a way that nobody else reads:")
    typer.echo(code)


@app.command()
def add(
    login: Login,
    role: Annotated[str, typer.Option(help="administrator, clinician, observer or person.")],
    name: Annotated[str | None, typer.Option(help="Shown on pages; the login if left out.")] = None,
    person: Annotated[
        str | None, typer.Option(help="Pseudonym: whose record a self-reporting person sees.")
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Make an account, and print the code for its first login."""
    with opened(folder) as (database, _), database.write() as session:
        from speciosa.monitor.services import accounts, command_line

        _, code = accounts.add_user(session, command_line(), login, name or login, role, person)
    tell(login, code)


@app.command("list")
def show(folder: Folder = DEFAULT_FOLDER) -> None:
    """Print login, role and state of every account."""
    with opened(folder) as (database, _), database.read() as session:
        from speciosa.monitor.services import accounts, command_line

        for user in accounts.list_users(session, command_line()):
            state = (
                "closed" if not user.is_active else "not activated" if user.must_change_password else "active"
            )
            typer.echo(f"{user.login}\t{user.role}\t{state}")


@app.command()
def reset(login: Login, folder: Folder = DEFAULT_FOLDER) -> None:
    """Print a new code for somebody who lost password or telephone; the account's sessions end."""
    with opened(folder) as (database, _), database.write() as session:
        from speciosa.monitor.services import accounts, command_line

        actor = command_line()
        code = accounts.renew_activation(session, actor, accounts.get_user(session, actor, login))
    tell(login, code)


@app.command()
def close(login: Login, folder: Folder = DEFAULT_FOLDER) -> None:
    """End the sessions of an account, and let it log in no more."""
    _set(login, folder, is_active=False)


@app.command("open")
def reopen(login: Login, folder: Folder = DEFAULT_FOLDER) -> None:
    """Let a closed account log in again."""
    _set(login, folder, is_active=True)


def _set(login: str, folder: Folder, *, is_active: bool) -> None:
    with opened(folder) as (database, _), database.write() as session:
        from speciosa.monitor.services import accounts, command_line

        actor = command_line()
        accounts.set_active(session, actor, accounts.get_user(session, actor, login), is_active=is_active)
    say(f"{login}: {'open' if is_active else 'closed'}")
