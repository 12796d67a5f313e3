"""Whether this machine is ready for a class: `python -m authoring.room`, one verdict.

To be run on each machine of the room, the day before. Each line says what was looked at, and what
to do if it is not as it has to be.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil

from authoring.kernel import ROOT
from authoring.lab import CHROMIUM_NAMES, Lab

MEMORY: Final = 1.5
"""Gigabytes that JupyterLab, a browser's page and three open notebooks take."""

DISK: Final = 0.2
"""Gigabytes for what a class writes: notebooks, checkpoints and caches."""

BROWSERS: Final = ("firefox", *CHROMIUM_NAMES)

NOTEBOOK: Final = "notebooks/01_locks.ipynb"
"""It has a picture, an explorer, predictions and an exercise."""

Check = Callable[[], str | None]


def memory() -> str | None:
    """Enough memory is free"""
    free = psutil.virtual_memory().available / 1e9
    return None if free >= MEMORY else f"{free:.1f} GB are free, of {MEMORY}: close programs."


def disk() -> str | None:
    """Enough of the disk is free"""
    free = shutil.disk_usage(ROOT).free / 1e9
    return None if free >= DISK else f"{free:.1f} GB are free, of {DISK}: make room."


def browser() -> str | None:
    """There is a browser"""
    if any(map(shutil.which, BROWSERS)):  # also seen from afar, without a screen
        return None
    try:
        webbrowser.get()
    except webbrowser.Error:
        return "None was found: install Firefox, Chrome or Edge."
    return None


def server() -> str | None:
    """JupyterLab starts and answers"""
    with tempfile.TemporaryDirectory() as served, tempfile.TemporaryDirectory() as private:
        try:
            with Lab(Path(served), Path(private)):
                return None
        except RuntimeError as error:
            return str(error)


def notebook() -> str | None:
    """A notebook runs, and its outputs are those that are stored"""
    command = [sys.executable, "-m", "pytest", "-q", "-c", "authoring/nbval.ini", NOTEBOOK]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"{NOTEBOOK} does not:\n{done.stdout[-2000:]}"


CHECKS: Final[tuple[Check, ...]] = (memory, disk, browser, server, notebook)


def main() -> int:
    """Look at all of it; 0 if this machine is ready."""
    ready = True
    for check in CHECKS:
        fault = check()
        ready = ready and fault is None
        print(f"{'✗' if fault else '✓'} {check.__doc__}.{f' {fault}' if fault else ''}", flush=True)
    print("This machine is ready." if ready else "This machine is not ready: see ✗ above.")
    return 0 if ready else 1


if __name__ == "__main__":
    sys.exit(main())
