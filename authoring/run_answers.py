"""Run a notebook's cells in this process: `python -m authoring.run_answers NOTEBOOK`.

What its exercises find is kept where progress is kept. An error in one cell is the learner's, and
the next cell runs all the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from IPython.core.interactiveshell import InteractiveShell


def main(path: str) -> None:
    """Run each code cell as a notebook does."""
    notebook = nbformat.reads(Path(path).read_text("utf-8"), as_version=4)
    shell = InteractiveShell.instance()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source, store_history=True)


if __name__ == "__main__":
    main(sys.argv[1])
