"""The programs in the notebooks run as files, and print what the notebook says they print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbval.plugin import get_sanitize_patterns

from authoring.kernel import NOTEBOOKS, SANITISING, runs_here
from authoring.reading import Cell, Page

SANITISED = get_sanitize_patterns(SANITISING.read_text(encoding="utf-8"))

SCRIPTS = [
    pytest.param(cell, id=f"{path.stem} {number}")
    for path in sorted(filter(runs_here, NOTEBOOKS.glob("*.ipynb")))
    for number, cell in enumerate(
        (cell for cell in Page.read(path).code if "script" in cell.tags), 1
    )
]


def sanitised(output: str) -> str:
    for pattern, replacement in SANITISED:
        output = re.sub(pattern, replacement, output)
    return output


@pytest.mark.parametrize("cell", SCRIPTS)
def test_prints_as_a_file_what_it_prints_in_the_notebook(cell: Cell, tmp_path: Path) -> None:
    _, _, program = cell.source.partition("\n")
    script = tmp_path / "script.py"
    script.write_text(program, encoding="utf-8")

    process = subprocess.run(
        [sys.executable, "-X", "utf8", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert (process.returncode, process.stderr) == (0, ""), f"{cell.place}: {process.stderr}"
    assert sanitised(process.stdout) == sanitised(cell.printed), cell.place


def test_there_are_scripts() -> None:
    assert SCRIPTS
