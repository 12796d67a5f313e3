"""Every notebook keeps every standard, and every standard can fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbval.plugin import get_sanitize_patterns

from authoring.anatomy import LESSON_LINES, LESSON_WORDS, OVER_BUDGET, SCRIPT_MAGIC
from authoring.kernel import NOTEBOOKS, SANITISING
from authoring.reading import Page
from authoring.standards import STANDARDS, Standard, text_of
from tests.notebooks.building import code, error, picture, save, stderr, text, unexecuted

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))

read = cache(Page.read)


def test_there_are_notebooks() -> None:
    assert [path.name for path in PATHS[:2]] == ["00_introduction.ipynb", "01_locks.ipynb"]


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda standard: standard.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_standard(path: Path, standard: Standard) -> None:
    said = list(standard(read(path)))
    assert not said, "\n".join(said)


def test_no_sanitising_pattern_is_left_over() -> None:
    settings = SANITISING.read_text(encoding="utf-8")
    patterns = get_sanitize_patterns(settings)
    lines = [line for line in settings.splitlines() if line and not line.startswith("#")]
    assert len(lines) == 2 * len(patterns), "sanitize.cfg is pairs of `regex: …`, `replace: …`"
    stored = [text_of(out) for path in PATHS for cell in read(path).code for out in cell.outputs]
    for pattern, _ in patterns:
        assert any(re.search(pattern, output) for output in stored), f"nothing needs {pattern!r}"


# A course of three notebooks that keeps every standard, to be broken in one place at a time.

ALT = "Two workers take turns: while one holds the lock, the other one waits for it."


def introduction() -> list[NotebookNode]:
    return [
        text("# Advanced asyncio", "slide"),
        text(
            "## Contents\n\n| Notebook | Minutes | You need |\n|---|---|---|\n"
            "| [One](01_one.ipynb) | 25 | this page |\n| [Two](02_two.ipynb) | 20 | One |\n"
            "| Three, to come | 20 | Two |\n",
            "slide",
        ),
        text("## The loop is already running", "slide"),
        code("import asyncio", tags=["setup"]),
        text("## Read a timeline", "slide"),
        text("## Real clock and virtual clock: seconds and milliseconds", "slide"),
        text("## Save your work", "slide"),
    ]


def topic(name: str, minutes: int, around: str) -> list[NotebookNode]:
    return [
        text(
            f"# {name}: in turn\n\nTwo workers must not meet.\n\n- **You will do:** this\n"
            "- **You will learn:** that\n- **You need:** nothing\n"
            f"- **Time:** {minutes} minutes\n\n{around} [up](00_introduction.ipynb#Contents)",
            "slide",
        ),
        code("import asyncio\nimport sys", tags=["setup"]),
        text("## The example: two workers", "slide"),
        code("print('done')", "done\n", tags=["example"]),
        text("## See it", "slide"),
        code("see()", tags=["see"], outputs=[picture(ALT)]),
        text(
            "## Turn the knobs\n\n1. What if there are ten?\n2. And what if there is none?", "slide"
        ),
        code("explore()", tags=["explorer"], outputs=[picture(f"Knobs. {ALT}")]),
        code("sweep()", tags=["sweep"], outputs=[picture(f"Sweep. {ALT}")]),
        text("## Break it", "slide"),
        code(
            "raise ValueError('oh')",
            tags=["break-it", "raises-exception"],
            outputs=[error("ValueError", "oh")],
        ),
        code("await mended()", tags=["mend"]),
        text("## Notebook or script", "slide"),
        code(
            f"{SCRIPT_MAGIC}\nimport asyncio\n\n\nasync def main():\n    print('done')\n\n\n"
            "asyncio.run(main())",
            "done\n",
            tags=["script"],
        ),
        text("## In practice\n\nSee [the example](#The-example:-two-workers).", "slide"),
        text(
            "## Remember\n\n<details><summary>Three</summary>\n\n- One holds it.\n"
            "- The others wait.\n- It is fair.\n\n</details>\n\n"
            "Read [on](https://docs.python.org/3/library/asyncio-sync.html).",
            "slide",
        ),
    ]


README = (
    "| Notebook | Minutes |\n|---|---|\n| [Introduction](notebooks/00_introduction.ipynb) | 20 |\n"
    "| [One](notebooks/01_one.ipynb) | 25 |\n| [Two](notebooks/02_two.ipynb) | 20 |\n"
)


ZERO, ONE, TWO = "00_introduction.ipynb", "01_one.ipynb", "02_two.ipynb"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The folder of a course that keeps every standard."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    save(introduction(), folder / ZERO, topic="Introduction", minutes=20)
    save(topic("One", 25, f"[2]({TWO}) [0]({ZERO})"), folder / ONE, topic="One", minutes=25)
    save(topic("Two", 20, f"[1]({ONE})"), folder / TWO, topic="Two", minutes=20)
    return folder


def departures(path: Path) -> dict[str, list[str]]:
    """What each standard says about a notebook, where it says anything."""
    page = Page.read(path)
    found = {standard.__name__: list(standard(page)) for standard in STANDARDS}
    return {name: sentences for name, sentences in found.items() if sentences}


@pytest.mark.parametrize("name", [ZERO, ONE, TWO])
def test_a_right_notebook_keeps_every_standard(course: Path, name: str) -> None:
    assert departures(course / name) == {}


Break = Callable[[NotebookNode], object]


def tagged(notebook: NotebookNode, tag: str) -> NotebookNode:
    """The cell with this tag."""
    found: NotebookNode = next(
        cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())
    )
    return found


def replaced(old: str, new: str) -> Break:
    """Replace `old` by `new` in the cell that has it."""

    def change(notebook: NotebookNode) -> None:
        cell = next(cell for cell in notebook.cells if old in cell.source)
        cell.source = cell.source.replace(old, new)

    return change


def source(tag: str, new: str) -> Break:
    """Let the cell with this tag be `new`."""
    return lambda notebook: tagged(notebook, tag).update(source=new)


def output(tag: str, *outputs: NotebookNode) -> Break:
    """Let the cell with this tag have stored these outputs."""
    return lambda notebook: tagged(notebook, tag).update(outputs=list(outputs))


def tags(tag: str, *new: str) -> Break:
    """Give the cell with this tag others."""
    return lambda notebook: tagged(notebook, tag).metadata.update(tags=list(new))


def added(cell: NotebookNode, at: int) -> Break:
    """Put a cell in, at this place."""
    return lambda notebook: notebook.cells.insert(at, cell)


def about(**course: object) -> Break:
    """Say something else about the notebook's place in the course."""
    return lambda notebook: notebook.metadata.course.update(course)


def lengthened(make: Callable[[], NotebookNode]) -> Break:
    """Put in ten cells more."""

    def change(notebook: NotebookNode) -> None:
        notebook.cells[3:3] = [make() for _ in range(10)]

    return change


def printed(line: str) -> NotebookNode:
    """The output of a cell that has printed a line."""
    output: NotebookNode = code("", line).outputs[0]
    return output


LONG = "word " * 131

BROKEN: list[tuple[str, str, Break, str]] = [
    ("title", ONE, lambda notebook: notebook.cells.clear(), "Begin with a markdown cell"),
    ("title", ONE, replaced("# One: in turn", "One"), "Begin with a markdown cell"),
    ("title", ONE, added(text("# Again", "slide"), 1), "there are 2"),
    ("title", ONE, replaced("# One:", "# Won:"), "Begin the title with the topic"),
    ("title", ONE, about(topic=None), "Put the topic"),
    ("opening", ONE, replaced("not meet.", "not meet. Never."), "a paragraph of one sentence"),
    ("opening", ONE, replaced("Two workers must not meet.", ""), "a paragraph of one sentence"),
    ("opening", ONE, replaced("**You need:**", "You need"), "`**You need:**`"),
    ("minutes", ONE, about(minutes="25"), "15 to 30 minutes"),
    ("minutes", ONE, about(minutes=45), "15 to 30 minutes"),
    ("minutes", ONE, replaced("25 minutes", "20 minutes"), "`**Time:** 25 minutes`"),
    ("minutes", ONE, about(minutes=30), "README.md"),
    ("minutes", ONE, about(minutes=30), "00_introduction.ipynb"),
    ("minutes", ZERO, about(minutes=30), "README.md"),
    ("sections", ONE, replaced("## See it", "## Look"), "in this order"),
    ("sections", ONE, replaced("## In practice", "### In practice"), "in this order"),
    ("sections", ONE, added(text("## More", "slide"), 4), "in this order"),
    ("sections", ZERO, replaced("## Save your work", "Save"), "in this order"),
    ("contents", ZERO, replaced("| Notebook |", "Notebook"), "Have a table"),
    ("contents", ZERO, replaced("| You need |", "| |"), "a column 'You need'"),
    ("contents", ZERO, replaced("[Two](02_two.ipynb)", "Two"), "in order: 01_one.ipynb, 02"),
    ("contents", ZERO, replaced("| this page |", "| |"), "Fill every cell of the row 'One'"),
    ("neighbours", ONE, replaced(f"[2]({TWO})", ""), "Link to the notebook after"),
    ("neighbours", ONE, replaced(f"[0]({ZERO})", ""), "Link to the notebook before"),
    ("neighbours", ONE, replaced("#Contents", ""), "Link to the contents"),
    ("tags", ONE, tags("example", "exmaple"), "Take away the tag 'exmaple'"),
    ("tags", ONE, tags("example"), "Add a code cell tagged 'example'"),
    ("tags", ONE, tags("see", "see", "sweep"), "Move it to 'Turn the knobs'"),
    ("tags", ONE, tags("example", "example", "setup"), "Tag the first code cell"),
    ("tags", ZERO, tags("setup"), "Tag the first code cell"),
    ("mistakes", ONE, tags("mend"), "Follow this mistake"),
    ("mistakes", ONE, tags("break-it", "raises-exception"), "before this mend"),
    ("mistakes", ONE, tags("mend", "break-it"), "Follow this mistake"),
    ("questions", ONE, replaced("none?", "none!"), "there are 1"),
    ("remember", ONE, replaced("- It is fair.", ""), "a list of three items"),
    ("remember", ONE, replaced("- It is fair.", "- It is. Fair."), "a list of three items"),
    ("remember", ONE, replaced("<details>", ""), "the learner says them first"),
    ("remember", ONE, replaced("https://docs.python.org", ""), "where to read on"),
    ("python", ONE, source("see", "!ls"), "Write plain Python"),
    ("python", ONE, source("see", "%time 1"), "Write plain Python"),
    ("python", ONE, source("see", "see(  # NBVAL_IGNORE_OUTPUT\n)"), "Take the comment"),
    ("python", ONE, tags("see", "see", "nbval-ignore-output"), "Assert something"),
    (
        "imports",
        ONE,
        source("see", "def f():\n    from os import path"),
        "Move `from os import path`",
    ),
    ("imports", ONE, source("see", "import matplotlib"), "Move `import matplotlib`"),
    ("scripts", ONE, replaced(SCRIPT_MAGIC, "%%python"), "Begin the script with exactly"),
    ("scripts", ONE, replaced("asyncio.run(", "await ("), "The script is not Python"),
    ("scripts", ONE, replaced("asyncio.run(", "print("), "`asyncio.run(…)`"),
    ("scripts", ONE, output("script"), "print something"),
    ("lengths", ONE, source("see", "x = 1\n" * 41), "Split it: 41 lines"),
    ("lengths", ONE, added(text(LONG), 3), "Split it: 131 words"),
    ("lengths", ONE, added(text(""), 3), "Delete it"),
    ("slides", ONE, lambda notebook: notebook.cells[2].metadata.clear(), "begins a section"),
    ("slides", ONE, added(text("a", "page"), 3), "Choose one of the slide types"),
    ("slides", ONE, replaced("## See it", "First.\n\n## See it"), "Begin a cell of its own"),
    ("budget", ONE, lengthened(lambda: text(LONG)), "words, of 1300 at most"),
    (
        "budget",
        ONE,
        lengthened(lambda: code("1\n" * 20)),
        "lines of code, of 180",
    ),
    ("answers", ONE, added(code("predict.order(main)"), 3), "Fold its source"),
    ("answers", ONE, added(code("predict.order(main)"), 4), "Fold its outputs"),
    ("answers", ONE, replaced("## See it", "## See it\n\n**What?**"), "Fold its outputs"),
    ("slides", ONE, replaced("## See it", "## See it\n\n## Knobs"), "Begin a cell of its own"),
    ("pictures", ONE, output("see", picture()), "Say in words"),
    ("pictures", ONE, output("see", picture("a timeline")), "Say in words"),
    ("pictures", ONE, output("see", picture(f"Knobs. {ALT}", "AAAA")), "Two different pictures"),
    ("pictures", ONE, added(text("![](a.png)"), 3), "Say in words"),
    ("pictures", ONE, added(text("<img src='a.png' alt='a'>"), 3), "in markdown, not in HTML"),
    ("times", ONE, replaced("not meet.", "not meet for 20 ms."), "Give times in seconds"),
    ("times", ONE, output("see", printed("0.3 µs\n")), "Give times in seconds"),
    ("links", ONE, replaced("(#The-example", "(#the-example"), "a heading that is not there"),
    ("links", ONE, replaced("](00_introduction.ipynb)", "](03.ipynb)"), "a file that is not there"),
    ("links", ONE, replaced("#Contents", "#Content"), "a heading that is not there"),
    ("links", ONE, replaced("https://docs", "http://docs"), "Link to https"),
    ("links", ONE, added(text(f"![{ALT}](gone.png)"), 3), "a file that is not there"),
    ("stored_outputs", ONE, added(unexecuted("print(1)"), 3), "Execute the notebook"),
    (
        "stored_outputs",
        ONE,
        lambda notebook: tagged(notebook, "see").update(execution_count=7),
        "Execute the notebook",
    ),
    ("stored_outputs", ONE, output("see", stderr("oh")), "wrote to stderr"),
    ("stored_outputs", ONE, output("see", error("ValueError", "oh")), "An exception ended it"),
    ("stored_outputs", ONE, output("see", printed("/home/me/a.py")), "of one machine"),
    ("stored_outputs", ONE, output("see", printed("C:\\me\\a.py")), "of one machine"),
    ("stored_outputs", ONE, output("see", printed("<Lock at 0x7f0123456789>")), "address"),
]


@pytest.mark.parametrize(
    ("standard", "name", "break_it", "words"),
    BROKEN,
    ids=[f"{standard}: {words}" for standard, _, _, words in BROKEN],
)
def test_a_broken_notebook_is_told_what_to_do(
    course: Path, standard: str, name: str, break_it: Break, words: str
) -> None:
    notebook = nbformat.read(course / name, as_version=4)
    break_it(notebook)
    nbformat.write(notebook, course / name)

    said = departures(course / name).get(standard, [])

    assert any(words in sentence for sentence in said), said
    assert all(sentence.startswith(name) for sentence in said)


def test_questions_may_stand_beside_the_knobs(course: Path) -> None:
    notebook = nbformat.read(course / ONE, as_version=4)
    replaced("\n\n1. What if there are ten?\n2. And what if there is none?", "")(notebook)
    replaced("explore()", 'explore(main, questions=[("Ten?", {"n": 10}), ("None?", {"n": 0})])')(
        notebook
    )
    nbformat.write(notebook, course / ONE)
    assert "questions" not in departures(course / ONE)


def test_exercises_and_speaker_notes_are_not_in_the_budget(course: Path) -> None:
    notebook = nbformat.read(course / ONE, as_version=4)
    lengthened(lambda: text(LONG, "notes"))(notebook)
    for cell in notebook.cells[3:8]:
        cell.metadata = {"exercise": "one.first"}
    nbformat.write(notebook, course / ONE)
    assert "budget" not in departures(course / ONE)


@pytest.mark.parametrize("name", OVER_BUDGET)
def test_a_notebook_that_keeps_the_budget_is_not_listed_as_over_it(name: str) -> None:
    page = read(NOTEBOOKS / f"{name}.ipynb")
    assert page.words > LESSON_WORDS or page.lines > LESSON_LINES


def test_every_standard_is_broken_above() -> None:
    assert {standard for standard, *_ in BROKEN} == {standard.__name__ for standard in STANDARDS}
