"""How a notebook of the course is built: the exact words an author uses, in one place.

`standards.py` checks every notebook against this module, and says in one sentence what to do where
one departs from it. To write a notebook, read this page; then

    python3 course.py execute 01        runs it and stores its outputs
    python3 course.py test              compares them, and checks everything below

A topic notebook (`01_locks.ipynb` … `16_task_groups.ipynb`)
------------------------------------------------------------
Notebook metadata: `"course": {"topic": "Locks", "minutes": 25}`. The minutes (within `MINUTES`) are
the same in the opening cell, in the introduction's table and in the README's. `minutes.py` reckons
them from the notebook, and `python3 course.py exercises` writes them.

The first cell is markdown and opens the topic:

    # Locks                                 (the topic; a colon and more words may follow)

    One sentence, in a paragraph of its own, on the problem that the primitive solves.

    - **You will do:** …
    - **You will learn:** …
    - **You need:** …
    - **Time:** 25 minutes

    [← Introduction](00_introduction.ipynb) · [Contents](00_introduction.ipynb#Contents) ·
    [Semaphores →](02_semaphores.ipynb)

It links to the notebook before it, to the contents and to the notebook after it, as far as these
exist. Then come the sections of `TOPIC_SECTIONS`, each a level-2 heading, all of them, in this
order, and no other level-2 heading. A heading may go on after a colon to say what happens:
`## See it: two workers queue for the lock`. Smaller headings are free.

- *The example* runs the document's example with `await main()`. *See it* reads the picture of the
  recorded run. *Break it* has mistakes, each (`break-it`) followed by its mend (`mend`).
- *Turn the knobs* asks at least two questions (sentences that end in a question mark) that turning
  a knob answers: in its text, or beside the knobs by `questions=`, where each names its setting.
- *Remember* has a list of exactly three sentences, folded (`<details>`) so that the learner says
  them first, and after it where to read on: at least one https link.

The introduction (`00_introduction.ipynb`)
------------------------------------------
A title, then the sections of `INTRODUCTION_SECTIONS` by the same rules. Its *Contents* is a table
with a row for each notebook, in order: a link to it, a column `Minutes` (a bare number, as in the
notebook's metadata), a column `Practice` (the minutes of its practice notebook, `–` where it has
none) and a column `You need`. The README's table has the same minutes. A topic that is not written
yet may stand there without a link.

Exercises
---------
Where a topic has exercises, `python3 course.py exercises` writes a section *Your turn* (in a topic
after *Break it*, in the introduction before *Save your work*) with the warm-up, and the notebook
`practice/NN_topic.ipynb` with the others. Their source is in `course_helpers/exercises/answers`.

Cells
-----
- The first code cell is tagged `setup`: it imports everything that any later cell uses. No other
  cell imports, but for a `script` cell, which is a program of its own, and for
  `from matplotlib.figure import …` in the one cell that draws with it: a browser alone may have
  no matplotlib.
- Tags come from `TAGS`; each stands in its own section, and a topic has each of `REQUIRED_TAGS`.
- A `script` cell is a whole program. Its first line is exactly `SCRIPT_MAGIC`: it hands the rest of
  the cell to a Python process of its own, as if it stood in a file. It works on every system,
  prints into the notebook, and `asyncio.run` is right in it. A test runs the same text as a file
  and compares what it prints with the stored output. No other cell uses magics.
- One idea a cell: at most `CODE_LINES` lines of code, `SCRIPT_LINES` in a script, `MARKDOWN_WORDS`
  words of text (tables and the opening cell are not counted).
- The whole lesson has at most `LESSON_WORDS` words and `LESSON_LINES` lines of code. All cells are
  counted but those of exercises (they have minutes of their own) and speaker notes. A word stands
  between blanks and has a letter or a digit; markup and addresses are left out. Lines of code are
  those that are not blank, setup and script included. Those in `OVER_BUDGET` are still longer.
- No answer is in sight before the learner has answered. The source of a cell with `predict` or
  `play` is folded (`"jupyter": {"source_hidden": true}`); the program that it asks about stands in
  a cell before. After a question in bold, and where the program of a question with buttons is run
  as *example* or *see*, the outputs are folded (`"outputs_hidden": true`): running the cell
  unfolds them. Lab shows the first line of what is folded: let it give nothing away. The text that
  answers is in `<details>`.
- Slides: a cell with a level-1 or level-2 heading has `"slideshow": {"slide_type": "slide"}`. Other
  cells continue the slide (no slide type, or `-`) or have another of `SLIDE_TYPES`. No
  slide of more than one cell is taller than a screen of 1280 × 720: `python -m authoring.slides`
  measures the cells in the browser, and begins a `subslide` where one is needed.
- Times are in seconds, as in the programs (`0.05 s`), in text, figures and outputs.
- Every picture has an alternative text of at least `ALTERNATIVE_TEXT` characters, and different
  pictures have different ones: `![text](…)` in markdown, in outputs `metadata["image/png"]["alt"]`.
- Nothing is written to stderr. A cell that ends in an exception is tagged `raises-exception`, and
  does end in one; an `ExceptionGroup` is caught and printed (IPython would write it to stderr).
- An output that differs from run to run is avoided (simulate it), else sanitised by the narrowest
  pattern in `sanitize.cfg`, else, as the last resort, its cell is tagged `nbval-ignore-output` and
  asserts something instead.
- The notebook runs twice in one kernel, and leaves no task behind.
"""

from __future__ import annotations

from typing import Final

TOPIC_SECTIONS: Final = (
    "The example",
    "See it",
    "Turn the knobs",
    "Break it",
    "Notebook or script",
    "In practice",
    "Remember",
)

YOUR_TURN: Final = "Your turn"
"""The section that the command writes, where a topic has exercises."""

INTRODUCTION_SECTIONS: Final = (
    "Contents",
    "The loop is already running",
    "Read a timeline",
    "Real clock and virtual clock",
    "Save your work",
)

OPENING_LABELS: Final = ("You will do:", "You will learn:", "You need:", "Time:")

TAGS: Final = {
    "exercise": "a cell of an exercise: course.py exercises writes it from the answers file",
    "setup": "the first code cell: imports all that the notebook needs",
    "example": "the document's example, run in the notebook's own loop",
    "see": "a run recorded, and its picture",
    "explorer": "the program with its parameters as knobs",
    "sweep": "the still picture under the explorer: the same program over a grid of settings",
    "break-it": "a classic mistake, run and seen",
    "mend": "the mistake above, mended",
    "script": "the topic as a program of its own, run in a process of its own",
    "raises-exception": "ends in an exception, and is meant to",
    "nbval-ignore-output": "output cannot be compared at all: the cell asserts something instead",
}

TAG_SECTIONS: Final = {
    "example": "The example",
    "see": "See it",
    "explorer": "Turn the knobs",
    "sweep": "Turn the knobs",
    "break-it": "Break it",
    "mend": "Break it",
    "script": "Notebook or script",
}
"""Where a tag stands in a topic notebook; the others stand anywhere."""

REQUIRED_TAGS: Final = ("setup", *TAG_SECTIONS)
"""Tags that every topic notebook has."""

MINUTES: Final = (15, 30)
"""The least and the most that a notebook may take, with its exercises."""

LONGEST: Final = 45
"""The most that a notebook of `OVER_BUDGET` may take."""

SCRIPT_MAGIC: Final = '%%script "{sys.executable}"'

SLIDE_TYPES: Final = ("slide", "subslide", "fragment", "skip", "notes", "-")

CODE_LINES: Final = 40
SCRIPT_LINES: Final = 80
MARKDOWN_WORDS: Final = 130
LESSON_WORDS: Final = 1300
LESSON_LINES: Final = 180

OVER_BUDGET: Final = (
    "03_events",
    "04_conditions",
    "06_priority_queues",
    "07_subprocesses",
    "08_streaming_output",
    "09_graceful_shutdown",
    "10_threads",
    "11_debugging",
    "12_custom_event_loop",
    "13_timeouts",
    "14_retries",
    "15_context_variables",
)
"""Notebooks that are longer than a lesson may be, until somebody shortens them."""

ALTERNATIVE_TEXT: Final = 40
