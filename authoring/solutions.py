"""Make a folder of solved notebooks: `python -m authoring.solutions [FOLDER]`.

Each notebook that has exercises, with the solution in the place of the starter, the other right
answers and the reasons under it, and executed. For who teaches: the folder is not in git.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from authoring.execute import execute_all, find, run
from authoring.kernel import NOTEBOOKS, ROOT
from course_helpers.exercises.answers import Answer
from course_helpers.exercises.catalogue import every_exercise
from course_helpers.exercises.exercise import Exercise

FOLDER: Final = ROOT / "solutions"
_CHECK: Final = re.compile(r"^exercises\.(\w+\.\w+)\.check\(", re.MULTILINE)


def main(arguments: Sequence[str]) -> int:
    """Write the solved notebooks into the folder named in `arguments`; 0 if all ran."""
    folder = Path(arguments[0]) if arguments else FOLDER
    paths = write(folder)
    status = run(execute_all(paths), "Solved notebooks that had not finished have no outputs.")
    print(f"{len(paths)} solved notebooks are in {folder}.")
    return status


def write(folder: Path, notebooks: Path = NOTEBOOKS) -> list[Path]:
    """Write each notebook that has exercises into a folder, solved and not executed."""
    exercises = {each.name: each for each in every_exercise()}
    written = []
    for path in find((), notebooks):
        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
        if not any(_CHECK.search(cell.source) for cell in notebook.cells):
            continue
        notebook.cells = [solved for cell in notebook.cells for solved in _solved(cell, exercises)]
        target = folder / path.relative_to(notebooks)
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
        written.append(target)
    return written


def _solved(cell: NotebookNode, exercises: dict[str, Exercise]) -> Iterator[NotebookNode]:
    """A cell as it was; in the place of a starter, its solution and what belongs to it."""
    checked = _CHECK.search(cell.source) if cell.cell_type == "code" else None
    exercise = exercises.get(checked[1]) if checked else None
    if exercise is None:
        yield cell
        return
    answers = exercise.answers
    yield _answer(exercise, answers.solution)
    yield new_markdown_cell(f"**{answers.solution.title.capitalize()}.** {answers.text}")
    for number, answer in enumerate(answers.right, 1):
        yield new_markdown_cell(f"Also right ({number}): {answer.title}.")
        yield _answer(exercise, answer)


def _answer(exercise: Exercise, answer: Answer) -> NotebookNode:
    call = f"exercises.{exercise.name}.check({exercise.asks.name})"
    cell: NotebookNode = new_code_cell(f"{answer.code.rstrip()}\n\n\n{call}")
    return cell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
