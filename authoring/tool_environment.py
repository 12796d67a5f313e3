"""Environments of their own for tools that no learner has to install, beside the course's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def folder_of(tool: str) -> Path:
    """Where the tool's environment is."""
    return Path(sys.prefix) / tool


def python_of(tool: str) -> Path:
    """The Python in it."""
    return folder_of(tool) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def bring_up_to_date(tool: str, lock: Path, *options: str) -> None:
    """Make the tool's environment if there is none, and have in it what the lock says, no more.

    `options` are for uv's `pip sync`. Raises subprocess.CalledProcessError if that fails.
    """
    uv = [sys.executable, "-m", "uv", "--quiet"]
    python = python_of(tool)
    if not python.exists():
        subprocess.run([*uv, "venv", "--python", sys.executable, folder_of(tool)], check=True)
    sync = ("pip", "sync", "--require-hashes", *options, "--python")
    subprocess.run([*uv, *sync, python, lock], check=True)
