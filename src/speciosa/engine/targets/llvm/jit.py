"""From LLVM's intermediate representation to functions in memory, with the machine code kept on disk.

An entry of the cache is named by everything that its content depends on: what the text follows from, the
processor and its features, and the version of LLVM.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any

from speciosa import cache

OPTIMIZATION = 3


@functools.cache
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
    name : str
        Names everything that the text depends on.
    text : callable
        Gives the intermediate representation, where no machine code of that name is kept.
    """

    def __init__(self, name: str, text: Callable[[], str]) -> None:
        import llvmlite.binding as llvm

        _, place = _machine()
        key = hashlib.sha256(f"{place}\n{name}".encode()).hexdigest()
        code = cache.kept(f"{key}.o")
        self.was_kept = code is not None
        if code is None:
            code = _compiled(text())
            cache.keep(f"{key}.o", code)
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
