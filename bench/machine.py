"""What was timed on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("speciosa", "numpy", "scipy", "llvmlite")


def processor() -> str:
    """Name of the processor."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def load() -> float:
    """Processes that want to run, mean of the last minute."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else float("nan")


def versions() -> dict[str, str]:
    """Versions on our side; those of the others stand in their rows."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def facts() -> dict[str, object]:
    """Processor, registers, number of cores, system, versions and load."""
    from speciosa.engine.targets.llvm.jit import vector_doubles

    return {
        "processor": processor(),
        "doubles in a register": vector_doubles(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": versions(),
        "load": load(),
    }
