"""From LLVM's intermediate representation to functions in memory, with the machine code kept on disk.

An entry of the store is named by everything that its content depends on: the text, the processor and its
features, and the version of LLVM. It carries a digest of itself; what does not agree is compiled again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

OPTIMIZATION = 3


def store() -> Path:
    """Folder of the machine code: ``XDG_CACHE_HOME/speciosa``, or ``~/.cache/speciosa``."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "speciosa"


@cache
def _machine() -> tuple[Any, str]:
    """The processor as LLVM knows it, and a text that tells it from others."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu = llvm.get_host_cpu_name()
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    machine = target.create_target_machine(
        cpu=cpu, features=features, opt=OPTIMIZATION, reloc="pic", codemodel="jitdefault"
    )
    return machine, f"{llvm.llvm_version_info} {target.triple} {cpu} {features} {OPTIMIZATION}"


def vector_doubles() -> int:
    """How many doubles one register of this processor holds."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    return 8 if features.get("avx512f") else 4 if features.get("avx") else 2


class Loaded:
    """Machine code in memory; it stays there as long as this object lives.

    Parameters
    ----------
    text : str
        Intermediate representation.
    """

    def __init__(self, text: str) -> None:
        import llvmlite.binding as llvm

        _, place = _machine()
        key = hashlib.sha256(f"{place}\n{text}".encode()).hexdigest()
        code = _kept(key)
        self.was_kept = code is not None
        if code is None:
            code = _compiled(text)
            _keep(key, code)
        # An engine takes its machine over, so each gets its own.
        host = llvm.Target.from_default_triple().create_target_machine(opt=OPTIMIZATION)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), host)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins."""
        return int(self._engine.get_function_address(name))


def _compiled(text: str) -> bytes:
    import llvmlite.binding as llvm

    machine, _ = _machine()
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=OPTIMIZATION)
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))


def _kept(key: str) -> bytes | None:
    try:
        content = (store() / f"{key}.o").read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if code and hashlib.sha256(code).digest() == digest else None


def _keep(key: str, code: bytes) -> None:
    """Put the code under its name at once, or not at all; a folder that cannot be written costs only time."""
    with suppress(OSError):
        store().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=store(), prefix=key[:16], suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            Path(name).replace(store() / f"{key}.o")
        except OSError:
            Path(name).unlink(missing_ok=True)
