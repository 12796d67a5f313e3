"""How long the notebooks take under the gate, beside what cannot be avoided.

The gate runs every notebook twice in one kernel, with two notebooks at a time. Unavoidable are the
start of each kernel, and the real waiting in its cells: the time on the clock in which neither the
kernel nor a child process of it computes. The aim is one and a half times the sum of both, divided
by two.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
from jupyter_client.manager import start_new_kernel
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from benchmarks.measuring import Row

ROOT = Path(__file__).parents[1]
RUNS = 2
WORKERS = 2
ALLOWED = 1.5


def computing(kernel: psutil.Process) -> float:
    """Seconds of processor time that the kernel and its children, ended or not, have used."""
    times = kernel.cpu_times()
    seconds: float = sum(times[:4])  # its own and its ended children's, user and system
    for child in kernel.children(recursive=True):
        seconds += sum(child.cpu_times()[:4])
    return seconds


def one(path: Path) -> tuple[float, float, float]:
    """Seconds of a kernel's start, of real waiting, and in all, for a notebook run twice."""
    began = time.monotonic()
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(path.parent))
    start = time.monotonic() - began
    assert isinstance(manager.provisioner, LocalProvisioner)
    kernel = psutil.Process(manager.provisioner.pid)
    waiting = 0.0
    try:
        cells = nbformat.read(path, as_version=4).cells
        for _ in range(RUNS):
            for cell in cells:
                if cell.cell_type == "code":
                    before, clock = computing(kernel), time.monotonic()
                    client.execute_interactive(
                        cell.source, output_hook=lambda _: None, stop_on_error=False, timeout=120
                    )
                    busy = computing(kernel) - before
                    waiting += max(0.0, time.monotonic() - clock - busy)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return start, waiting, time.monotonic() - began


def rows() -> Iterator[Row]:
    """Each notebook, and the gate over all."""
    starts = waits = 0.0
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        start, waiting, total = one(path)
        starts += start
        waits += waiting
        yield Row(
            f"{path.stem}: twice in one kernel, of which real waiting {waiting:.1f} s",
            f"{total:.1f} s",
        )
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-c", "authoring/nbval.ini", "notebooks"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    aim = ALLOWED * (starts + waits) / WORKERS
    yield Row(
        f"all notebooks under the gate; {starts:.0f} s of kernels' starts and {waits:.0f} s of"
        " real waiting",
        f"{time.monotonic() - began:.0f} s",
        f"{aim:.0f} s",
    )
