"""Notebooks in the oldest packages that the package allows: `python -m tests.lower_bounds [NN …]`.

Each of its dependencies has the very version of its lower bound in `pyproject.toml`, and the kernel
is Colab's: there these cannot be replaced. It needs a package index.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from authoring.execute import CELL_TIMEOUT, find
from authoring.kernel import NOTEBOOKS, ROOT, clean_environment

WITH: Final = "ipykernel==6.17.1"
KERNEL: Final = "oldest"


def main(names: list[str]) -> int:
    """Run the notebooks named, or the three that a visitor begins with; 0 if all went well."""
    status = 0
    with tempfile.TemporaryDirectory() as folder, clean_environment():
        os.environ["JUPYTER_PATH"] = folder
        installed(Path(folder))
        for path in find(names or ["00", "01", "05"], NOTEBOOKS):
            wrong = fault(path)
            print(f"{path.name}: {wrong or 'runs'}", flush=True)
            status |= bool(wrong)
    return status


def installed(folder: Path) -> None:
    """Make the environment, and let Jupyter know its kernel."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    environment = folder / "environment"
    subprocess.run([*uv, "venv", "--python", sys.executable, environment], check=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    lowest = ("pip", "install", "--resolution", "lowest-direct", "--python", python)
    subprocess.run([*uv, *lowest, ROOT, WITH], check=True)
    argv = [str(python), "-Xfrozen_modules=off", "-m", "ipykernel_launcher"]
    specification = {
        "argv": [*argv, "-f", "{connection_file}"],
        "display_name": KERNEL,
        "language": "python",
    }
    file = folder / "kernels" / KERNEL / "kernel.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(specification))


def fault(path: Path) -> str:
    """What goes wrong when a notebook is run, in a sentence; nothing if it shows what is stored."""
    notebook = nbformat.read(path, as_version=4)
    stored = pictures(notebook)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name=KERNEL,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return str(error)
    shown = pictures(notebook)
    return "" if shown == stored else f"It shows {shown} pictures; {stored} are stored."


def pictures(notebook: NotebookNode) -> int:
    """How many pictures stand in a notebook's outputs."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return sum("image/png" in output.get("data", ()) for output in outputs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
