"""The cells of exercises, written from their answers files.

    python3 course.py exercises

writes the practice notebooks (all of each), the warm-up's cells in the topics' notebooks, and how
many minutes all of them take. What a learner has changed in the cells is not kept: this is for
authors. A standard compares.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from authoring import minutes
from authoring.anatomy import YOUR_TURN
from authoring.kernel import NOTEBOOKS
from course_helpers.exercises.answers import FOLDER
from course_helpers.exercises.catalogue import every_exercise, number_of
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.places import again, asked_again_in

PRACTICE: Final = NOTEBOOKS / "practice"
_ADVICE: Final = (
    "Change a cell and run it: the check runs your code in many schedules, and says where it first "
    "goes wrong. Your code can do no harm to the notebook. One thing a check cannot stop: a single "
    "long call into C, such as `sum(range(10**12))`. Then restart the kernel."
)
#: What opening it gives away: whoever learns reads this first.
_FOR_WHO_TEACHES: Final = (
    "For who teaches: the likely mistakes, and what to ask. It gives part of the answer away"
)
#: The sections before which it stands: in a topic, and in the introduction.
_AFTERWARDS: Final = ("## Notebook or script", "## Save your work")
#: Where a slide begins, and what is on none; all else goes on with the slide before it.
_SLIDES: Final = {"answer": "subslide", "notes": "notes"}
_KERNEL: Final = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}


def topics() -> Iterator[tuple[str, list[Exercise]]]:
    """Each topic that has exercises, with them."""
    for topic, group in groupby(every_exercise(), key=lambda one: one.name.partition(".")[0]):
        yield topic, list(group)


def stem(topic: str) -> str:
    """The name of a topic's notebook, without its ending: `01_locks`."""
    return f"{number_of(topic):02}_{topic}"


def cells_of(exercise: Exercise, number: str, level: int = 3) -> list[NotebookNode]:
    """The cells of an exercise: its task, the answer with its check, where to go when stuck.

    A hunt has one more, in which the guilty lines are named first.
    """
    name = f"exercises.{exercise.name}"
    answers = exercise.answers
    heading = f"{'#' * level} Exercise {number} · {answers.title} · {exercise.level}"
    cells = [
        new_markdown_cell(f"{heading} · {exercise.minutes} minutes\n\n{answers.task}"),
        new_code_cell(f"{answers.starter.rstrip()}\n\n\n{name}.check({exercise.asks.name})"),
        new_markdown_cell(f"Stuck? `{name}.hint()`. Afterwards compare with `{name}.solution()`."),
        new_markdown_cell(
            f"<details><summary>{_FOR_WHO_TEACHES}</summary>\n\n{answers.notes}\n\n</details>"
        ),
    ]
    parts = ["task", "answer", "afterwards", "notes"]
    if answers.guilty:
        cells.insert(1, new_code_cell(f"{name}.lines()"))
        parts.insert(1, "lines")
    for part, cell in zip(parts, cells, strict=True):
        cell.id = f"{exercise.name.replace('.', '-')}-{part}"
        cell.metadata = {"exercise": exercise.name, "tags": ["exercise"]}
        if part in _SLIDES:
            cell.metadata["slideshow"] = {"slide_type": _SLIDES[part]}
    cells[0].metadata["slideshow"] = {"slide_type": "slide" if level == 2 else "subslide"}
    return cells


def practice(topic: str, exercises: list[Exercise]) -> NotebookNode:
    """The practice notebook of a topic, not executed; its warm-up stands in the topic itself."""
    own = [one for one in exercises if one.level != "warm-up"]
    title = _title(topic)
    in_all = sum(one.minutes for one in own)
    about, reminder = (FOLDER / stem(topic) / "practice.md").read_text("utf-8").split("\n---\n")
    contents = "[Contents](../00_introduction.ipynb#Contents)"
    opening = (
        f"# Practice: {title}\n\n{about.strip()}\n\n- **Time:** {in_all} minutes\n\n"
        f"{_ADVICE}\n\n[← {title}](../{stem(topic)}.ipynb) · {contents}"
    )
    setup = new_code_cell(
        "import asyncio\n\nfrom course_helpers import exercises, predict, progress"
    )
    setup.metadata = {"tags": ["setup"]}
    cells = [new_markdown_cell(opening), setup]
    cells[0].metadata = {"slideshow": {"slide_type": "slide"}}
    for number, exercise in enumerate(own, 2):
        numbered = f"{number_of(topic)}.{number}"
        cells += cells_of(exercise, f"{numbered}", level=2)
    for place, cell in zip(("opening", "setup"), cells, strict=False):
        cell.id = place
    cells += [*_remembering(topic, reminder), new_code_cell("progress()", id="progress")]
    notebook: NotebookNode = new_notebook(cells=cells, metadata={"kernelspec": dict(_KERNEL)})
    notebook.metadata["course"] = {"topic": f"Practice: {title}", "minutes": in_all}
    return notebook


def _remembering(topic: str, reminder: str) -> Iterator[NotebookNode]:
    """The topic's questions, one of a topic before, and what is to be remembered: told at last."""
    yield new_markdown_cell(
        "## Reminder\n\nWhat do you remember? Answer first: the sentences stand at the end.",
        id="reminder",
        metadata={"slideshow": {"slide_type": "slide"}},
    )
    for number, question in enumerate(_questions(topic), 1):
        subslide = {"slideshow": {"slide_type": "subslide"}}
        yield from _asking(question, f"remember-{number}", subslide)
    before = asked_again_in(topic)
    if before:
        question = _questions(before)[0].replace(f"{before}.remember_1", again(before))
        about = f"And of an earlier topic, [{_title(before)}](../{stem(before)}.ipynb):"
        yield new_markdown_cell(
            about, id="again", metadata={"slideshow": {"slide_type": "subslide"}}
        )
        yield from _asking(question, "again-1", {})
    summary = "<summary>Three sentences to remember</summary>"
    yield new_markdown_cell(
        f"<details>{summary}\n\n{reminder.strip()}\n\n</details>",
        id="sentences",
        metadata={"slideshow": {"slide_type": "subslide"}},
    )


def _asking(question: str, name: str, metadata: Mapping[str, object]) -> Iterator[NotebookNode]:
    """The program, and the question about it: folded, for what it explains tells the answer."""
    program, found, asked = question.partition("\n\n\npredict.")
    yield new_code_cell(program, id=f"{name}-program", metadata=dict(metadata))
    folded = {"jupyter": {"source_hidden": True}}
    yield new_code_cell(f"{found.strip()}{asked}", id=name, metadata=folded)


def _questions(topic: str) -> list[str]:
    """The cells that ask what is to be remembered of a topic."""
    text = (FOLDER / stem(topic) / "remember.py").read_text("utf-8")
    return [part.strip() for part in text.split("# %%\n") if part.strip()]


def _title(topic: str) -> str:
    return topic.replace("_", " ").capitalize()


def with_warm_up(notebook: NotebookNode, exercise: Exercise, topic: str) -> NotebookNode:
    """A topic's notebook with the section Your turn, or with its cells as they have to be."""
    import_exercises(notebook)
    kept = [cell for cell in notebook.cells if "exercise" not in cell.metadata]
    heading = new_markdown_cell(
        f"## {YOUR_TURN}\n\nChange the cell below and run it: it says what your program did, and "
        "where it first goes wrong. You may run it as often as you like."
    )
    further = new_markdown_cell(_further(topic))
    heading.metadata = {"exercise": exercise.name, "slideshow": {"slide_type": "slide"}}
    further.metadata = {"exercise": exercise.name}
    heading.id, further.id = "your-turn", "practice-further"
    links = [further] if further.source else []
    before = next(
        index
        for index, cell in enumerate(kept)
        if cell.cell_type == "markdown" and cell.source.startswith(_AFTERWARDS)
    )
    cells = [heading, *cells_of(exercise, f"{number_of(topic)}.1"), *links]
    executed = {cell.source: cell for cell in notebook.cells if cell.cell_type == "code"}
    for cell in cells:
        if cell.source in executed:
            cell.update(executed[cell.source] | {"id": cell.id, "metadata": cell.metadata})
    changed: NotebookNode = notebook.copy()
    changed.cells = [*kept[:before], *cells, *kept[before:]]
    return changed


def _further(topic: str) -> str:
    """Where there are more exercises; nothing where there are none."""
    practised = {
        other: sum(one.minutes for one in exercises if one.level != "warm-up")
        for other, exercises in topics()
        if any(one.level != "warm-up" for one in exercises)
    }
    if not number_of(topic):
        listed = "\n".join(
            f"- [{_title(other)}](practice/{stem(other)}.ipynb), {in_all} minutes"
            for other, in_all in practised.items()
        )
        return f"More exercises, each after its topic:\n\n{listed}"
    if topic not in practised:
        return ""
    return (
        f"More of these: [Practice](practice/{stem(topic)}.ipynb), {practised[topic]} minutes. "
        "There `progress()` shows what you have solved."
    )


def import_exercises(notebook: NotebookNode) -> None:
    """Let the setup cell import `exercises`, too."""
    setup = next(cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", ()))
    imported = next(
        node
        for node in ast.parse(setup.source).body
        if isinstance(node, ast.ImportFrom) and node.module == "course_helpers"
    )
    names = sorted({"exercises", *(name.name for name in imported.names)})
    line = f"from course_helpers import {', '.join(names)}"
    if len(line) > _LONGEST_LINE:
        line = "\n".join(["from course_helpers import (", *(f"    {one}," for one in names), ")"])
    before = ast.get_source_segment(setup.source, imported)
    setup.source = setup.source.replace(before, line)


_LONGEST_LINE: Final = 100


def write() -> list[Path]:
    """Write all of it; the notebooks that changed, to be executed."""
    PRACTICE.mkdir(exist_ok=True)
    changed: list[Path] = []
    for topic, exercises in topics():
        if any(one.level != "warm-up" for one in exercises):
            made = practice(topic, exercises)
            changed += _written(PRACTICE / f"{stem(topic)}.ipynb", made)
        path = NOTEBOOKS / f"{stem(topic)}.ipynb"
        warm_up = next((one for one in exercises if one.level == "warm-up"), None)
        if warm_up is not None:
            page = nbformat.read(path, as_version=4)
            changed += _written(path, with_warm_up(page, warm_up, topic))
    return changed


def _written(path: Path, made: NotebookNode) -> Iterator[Path]:
    if path.exists():
        before = nbformat.read(path, as_version=4)
        if sources(before) == sources(made):
            return
    nbformat.write(made, path)
    yield path


def sources(notebook: NotebookNode) -> list[tuple[str, str, NotebookNode]]:
    """What an author writes of a notebook: kinds and sources of its cells, and their slides."""
    return [
        (cell.cell_type, cell.source, cell.metadata.get("slideshow")) for cell in notebook.cells
    ]


if __name__ == "__main__":
    for path in write():
        print(f"{path.relative_to(NOTEBOOKS.parent)}: written. Execute it: course.py execute")
    for path in minutes.write():
        print(f"{path.relative_to(NOTEBOOKS.parent)}: its minutes are written.")
    sys.exit(0)
