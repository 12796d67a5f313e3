"""The standards of a notebook: each a function that yields a sentence for every departure.

A sentence says which notebook, which cell, and what to do. `anatomy.py` is where an author reads
what is asked; here it is checked.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from nbformat import NotebookNode

from authoring.anatomy import (
    ALTERNATIVE_TEXT,
    CODE_LINES,
    INTRODUCTION_SECTIONS,
    LESSON_LINES,
    LESSON_WORDS,
    LONGEST,
    MARKDOWN_WORDS,
    MINUTES,
    OPENING_LABELS,
    OVER_BUDGET,
    REQUIRED_TAGS,
    SCRIPT_LINES,
    SCRIPT_MAGIC,
    SLIDE_TYPES,
    TAG_SECTIONS,
    TAGS,
    TOPIC_SECTIONS,
    YOUR_TURN,
)
from authoring.reading import Cell, Page, Token, find, matches, plain, sentences, table_rows, tokens

Standard = Callable[[Page], Iterator[str]]

STANDARDS: Final[list[Standard]] = []

MACHINE_PATH: Final = (
    r"((?<![\w/])~/(?=[\w.])|/(home|root|Users|tmp|private|var|opt|usr|work)/|\b[A-Z]:\\)\S+"
)


def standard(function: Standard) -> Standard:
    """Put a function among the standards."""
    STANDARDS.append(function)
    return function


@standard
def title(page: Page) -> Iterator[str]:
    """It opens with its title, and has one."""
    first = page.cells[0] if page.cells else None
    titles = [text for cell in page.cells for level, text in cell.headings if level == 1]
    if first is None or not first.headings or first.blocks[0]["type"] != "heading":
        yield f"{page.name}: Begin with a markdown cell that begins with the title, `# …`."
    if len(titles) != 1:
        yield f"{page.name}: Have one level-1 heading, the title; there are {len(titles)}."
    topic = page.course.get("topic")
    if not isinstance(topic, str) or not topic:
        yield f'{page.name}: Put the topic into the notebook\'s metadata: "course": {{"topic": …}}.'
    elif not page.introduces and titles and not matches(titles[0], topic):
        yield f"{page.name}: Begin the title with the topic, {topic!r}, not {titles[0]!r}."


@standard
def opening(page: Page) -> Iterator[str]:
    """The first cell of a topic says what the problem is, what is in it, and how long it takes."""
    if page.introduces or not page.cells:
        return
    first = page.cells[0]
    paragraphs = [plain(block) for block in first.blocks if block["type"] == "paragraph"]
    if not paragraphs or sentences(paragraphs[0]) != 1:
        yield f"{first.place}: State the problem under the title, in a paragraph of one sentence."
    bold = [plain(token).strip() for token in find("strong", first.blocks)]
    for label in OPENING_LABELS:
        if label not in bold:
            yield f"{first.place}: Add a line that begins with `**{label}**`."


@standard
def minutes(page: Page) -> Iterator[str]:
    """Its minutes are the same in its metadata, its text, the contents and the README."""
    own = page.course.get("minutes")
    least, most = MINUTES
    if page.path.stem in OVER_BUDGET:
        most = LONGEST
    if type(own) is not int or not least <= own <= most:
        yield (
            f"{page.name}: Put {least} to {most} minutes into the notebook's metadata, "
            f'"course": {{"minutes": …}}; it says {own!r}.'
        )
        return
    if not page.introduces and page.cells:
        first = page.cells[0]
        said = re.search(r"Time: (\d+) minutes", " ".join(map(plain, first.blocks)))
        if said is None or int(said[1]) != own:
            yield f"{first.place}: Say `**Time:** {own} minutes`, as the metadata does."
    lists = {"README.md": (page.path.parents[1] / "README.md", f"{page.path.parent.name}/")}
    introduction = page.path.with_name("00_introduction.ipynb")
    if not page.introduces:
        lists[introduction.name] = (introduction, "")
    for name, (path, folder) in lists.items():
        said_there = _listed_minutes(_text(path)).get(f"{folder}{page.name}")
        if said_there != str(own):
            yield (
                f"{page.name}: Give it a row in {name}'s table of notebooks, with a link to "
                f"{folder}{page.name} and {own} in its column Minutes; it says {said_there!r}."
            )


@standard
def sections(page: Page) -> Iterator[str]:
    """Its sections are those of the anatomy, in that order."""
    expected = INTRODUCTION_SECTIONS if page.introduces else TOPIC_SECTIONS
    found = [heading for heading, _ in page.sections[1:] if heading != YOUR_TURN]
    if len(found) != len(expected) or not all(map(matches, found, expected)):
        yield (
            f"{page.name}: Have the level-2 headings {', '.join(expected)}, in this order "
            f"(each may go on after a colon); there are {', '.join(found) or 'none'}."
        )


@standard
def contents(page: Page) -> Iterator[str]:
    """The introduction lists every notebook in order, with minutes and what one needs."""
    if not page.introduces:
        return
    blocks = [block for cell in page.section("Contents") for block in cell.blocks]
    table = next(find("table", blocks), None)
    if table is None:
        yield f"{page.name}: Have a table of the notebooks in the section Contents."
        return
    head, *rows = table_rows(table)
    columns = [plain(cell).strip() for cell in head]
    for column in ("Minutes", "You need"):
        if column not in columns:
            yield f"{page.name}: Give the table in Contents a column {column!r}."
    links = [link["attrs"]["url"] for row in rows for link in find("link", row)]
    expected = [path.name for path in page.siblings if path != page.path]
    if links != expected:
        yield (
            f"{page.name}: Link from the table in Contents to each other notebook, in order: "
            f"{', '.join(expected)}; it links to {', '.join(links) or 'none'}."
        )
    for row in rows:
        if not all(plain(cell).strip() for cell in row):
            yield f"{page.name}: Fill every cell of the row {plain(row[0])!r} in Contents."


@standard
def neighbours(page: Page) -> Iterator[str]:
    """The first cell links to the notebook before, the notebook after, and the contents."""
    if page.introduces or not page.cells:
        return
    position = page.siblings.index(page.path)
    wanted = {"the contents": "00_introduction.ipynb#Contents"}
    if position > 0:
        wanted["the notebook before"] = page.siblings[position - 1].name
    if position + 1 < len(page.siblings):
        wanted["the notebook after"] = page.siblings[position + 1].name
    for what, url in wanted.items():
        if url not in page.cells[0].links:
            yield f"{page.cells[0].place}: Link to {what}, `{url}`."


@standard
def tags(page: Page) -> Iterator[str]:
    """Its tags are known, stand where they belong, and are all there."""
    for cell in page.cells:
        for tag in cell.tags:
            if tag not in TAGS:
                yield f"{cell.place}: Take away the tag {tag!r}; the tags are {', '.join(TAGS)}."
    if not page.introduces:
        for heading, cells in page.sections:
            for cell in cells:
                for tag in cell.tags:
                    home = TAG_SECTIONS.get(tag)
                    if home is not None and not matches(heading, home):
                        yield f"{cell.place}: Move it to {home!r}, where {tag!r} belongs."
        present = {tag for cell in page.code for tag in cell.tags}
        for tag in REQUIRED_TAGS:
            if tag not in present:
                yield f"{page.name}: Add a code cell tagged {tag!r}: {TAGS[tag]}."
    setup = [number for number, cell in enumerate(page.code) if "setup" in cell.tags]
    if setup != [0]:
        yield f"{page.name}: Tag the first code cell, and no other, 'setup'."


@standard
def mistakes(page: Page) -> Iterator[str]:
    """Each mistake is followed by its mend."""
    broken = None
    for cell in page.code:
        if "break-it" in cell.tags:
            if broken:
                yield f"{broken.place}: Follow this mistake by a cell tagged 'mend'."
            broken = cell
        if "mend" in cell.tags:
            if not broken:
                yield f"{cell.place}: Put a cell tagged 'break-it' before this mend."
            broken = None
    if broken:
        yield f"{broken.place}: Follow this mistake by a cell tagged 'mend'."


@standard
def questions(page: Page) -> Iterator[str]:
    """Turning the knobs answers questions."""
    if page.introduces:
        return
    section = page.section("Turn the knobs")
    texts = [plain(block) for cell in section for block in cell.blocks]
    texts += [text for cell in section for text in cell.beside_knobs]
    asked = sum(len(re.findall(r"\?(?=\s|$)", text.strip())) for text in texts)
    if asked < 2:
        yield f"{page.name}: Ask two or three questions in 'Turn the knobs'; there are {asked}."


@standard
def remember(page: Page) -> Iterator[str]:
    """It ends with three sentences to remember, and where to read on."""
    if page.introduces:
        return
    blocks = [block for cell in page.section("Remember") for block in cell.blocks]
    lists = [block for block in blocks if block["type"] == "list"]
    items = [plain(item) for item in lists[0]["children"]] if lists else []
    if len(items) != 3 or any(sentences(item) != 1 for item in items):
        yield f"{page.name}: Begin 'Remember' with a list of three items, a sentence each."
    before = blocks[: blocks.index(lists[0])] if lists else []
    if not any("<details>" in block.get("raw", "") for block in before):
        yield f"{page.name}: Fold the three sentences of 'Remember': the learner says them first."
    after = blocks[blocks.index(lists[0]) + 1 :] if lists else []
    if not any(link["attrs"]["url"].startswith("https://") for link in find("link", after)):
        yield f"{page.name}: Say under the three sentences where to read on: an https link."


@standard
def python(page: Page) -> Iterator[str]:
    """Code cells are plain Python, only scripts begin with a magic, and all are compared."""
    for cell in page.code:
        if re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)", cell.source):
            yield f"{cell.place}: Take the comment for nbval away: every cell is compared."
        if "script" not in cell.tags and _parsed(cell.source) is None:
            yield f"{cell.place}: Write plain Python: no magics, no `!`, and no error of syntax."
        if "nbval-ignore-output" in cell.tags:
            tree = _parsed(cell.source)
            if tree is None or not any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
                yield f"{cell.place}: Assert something, as its output is not compared."


@standard
def imports(page: Page) -> Iterator[str]:
    """The first code cell imports all that the others use, but for what matplotlib draws with.

    A browser alone has to fetch that, for the cell alone that says `from matplotlib.figure import`.
    """
    for cell in page.code[1:]:
        tree = None if "script" in cell.tags else _parsed(cell.source)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ImportFrom) and node.module == "matplotlib.figure":
                continue
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"{cell.place}: Move `{ast.unparse(node)}` to the first code cell."


@standard
def scripts(page: Page) -> Iterator[str]:
    """A script is a whole program, run in a process of its own."""
    for cell in page.code:
        if "script" not in cell.tags:
            continue
        magic, _, program = cell.source.partition("\n")
        if magic != SCRIPT_MAGIC:
            yield f"{cell.place}: Begin the script with exactly `{SCRIPT_MAGIC}`."
        elif _parsed(program, top_level_await=False) is None:
            yield f"{cell.place}: The script is not Python."
        if "asyncio.run(" not in program:
            yield f"{cell.place}: Start the script's loop with `asyncio.run(…)`."
        if not cell.printed:
            yield f"{cell.place}: Let the script print something, and execute the notebook."


@standard
def lengths(page: Page) -> Iterator[str]:
    """One idea a cell."""
    for number, cell in enumerate(page.cells):
        if cell.kind == "code":
            most = SCRIPT_LINES if "script" in cell.tags else CODE_LINES
            if (lines := len(cell.source.splitlines())) > most:
                yield f"{cell.place}: Split it: {lines} lines, and {most} at most are one idea."
        elif number > 0:
            prose = [plain(block) for block in cell.blocks if block["type"] != "table"]
            if (words := sum(len(text.split()) for text in prose)) > MARKDOWN_WORDS:
                yield f"{cell.place}: Split it: {words} words, at most {MARKDOWN_WORDS} in a cell."
        if not cell.source.strip():
            yield f"{cell.place}: Delete it: it is empty."


@standard
def budget(page: Page) -> Iterator[str]:
    """Its lesson is short enough; what is over belongs into an exercise, or goes."""
    words, lines = page.words, page.lines
    if page.path.stem in OVER_BUDGET:
        return
    if words > LESSON_WORDS:
        yield f"{page.name}: Shorten it: its lesson has {words} words, of {LESSON_WORDS} at most."
    if lines > LESSON_LINES:
        yield f"{page.name}: Shorten it: {lines} lines of code, of {LESSON_LINES} at most."


@standard
def answers(page: Page) -> Iterator[str]:
    """No answer is in sight before the learner has answered."""
    if page.path.stem in OVER_BUDGET:
        return
    for cell, following in pairwise(page.lesson):
        if cell.asks and not folded(cell, "source"):
            yield f"{cell.place}: Fold its source: it gives the answer away."
        bold = [plain(part).rstrip() for part in find("strong", cell.blocks)]
        asked = any(text.endswith("?") for text in bold) and "<details>" not in cell.source
        shows = following.kind == "code" and not following.asks and "explorer" not in following.tags
        if asked and shows and not folded(following, "outputs"):
            yield f"{following.place}: Fold its outputs: they answer the question before it."

    for cell, following in pairwise(page.code):
        runs_it = {"example", "see"}.intersection(following.tags)
        if cell.asks and runs_it and not folded(following, "outputs"):
            yield f"{following.place}: Fold its outputs: they answer the question before it."


def folded(cell: Cell, part: Literal["source", "outputs"]) -> bool:
    """Whether JupyterLab shows three dots in place of a cell's source, or of its outputs."""
    return bool(cell.node.metadata.get("jupyter", {}).get(f"{part}_hidden"))


@standard
def slides(page: Page) -> Iterator[str]:
    """The notebook can be shown as slides; how tall they are is measured in the browser."""
    for cell in page.cells:
        if cell.slide not in SLIDE_TYPES:
            yield f"{cell.place}: Choose one of the slide types {', '.join(SLIDE_TYPES)}."
        if any(level <= 2 for level, _ in cell.headings) and cell.slide != "slide":
            yield f"{cell.place}: Set its slide type to 'slide': it begins a section."
        if any(level <= 2 for level, _ in cell.headings[1:]) or (
            any(level <= 2 for level, _ in cell.headings) and cell.blocks[0]["type"] != "heading"
        ):
            yield f"{cell.place}: Begin a cell of its own with the heading of each section."


@standard
def pictures(page: Page) -> Iterator[str]:
    """Every picture has a text alternative of its own."""
    described: dict[str, str] = {}
    for cell in page.cells:
        found = [(plain(image), image["attrs"]["url"]) for image in find("image", cell.blocks)]
        for out in cell.outputs:
            if "image/png" in out.get("data", ()):
                alt = out.metadata.get("image/png", {}).get("alt", "")
                found.append((alt, out.data["image/png"]))
        for alt, picture in found:
            if len(alt) < ALTERNATIVE_TEXT:
                yield (
                    f"{cell.place}: Say in words what its picture shows, in {ALTERNATIVE_TEXT} "
                    f"characters or more; its text alternative is {alt!r}."
                )
            elif described.setdefault(alt, picture) != picture:
                yield f"{cell.place}: Two different pictures have the text alternative {alt!r}."
        for html in (*find("block_html", cell.blocks), *find("inline_html", cell.blocks)):
            if re.search(r"<(img|svg|a)\b", html["raw"]):
                yield f"{cell.place}: Write pictures and links in markdown, not in HTML."


@standard
def times(page: Page) -> Iterator[str]:
    """Times are in seconds, as in code: what stands on one page can be compared."""
    for cell in page.cells:
        described = (out.get("metadata", {}).get("image/png", {}) for out in cell.outputs)
        pictures = (picture.get("alt", "") for picture in described)
        for text in (cell.source, *map(text_of, cell.outputs), *pictures):
            if found := re.search(r"[\d}][ _]([mµn]s|min)\b", text):
                yield f"{cell.place}: Give times in seconds, as the program does: {found[0]!r}."


@standard
def links(page: Page) -> Iterator[str]:
    """Links lead somewhere."""
    for cell in page.cells:
        for url in [*cell.links, *(i["attrs"]["url"] for i in find("image", cell.blocks))]:
            parts = urlsplit(url)
            if parts.scheme == "https" and parts.netloc:
                continue
            if parts.scheme or parts.netloc:
                yield f"{cell.place}: Link to https or to a file beside it, not to {url!r}."
                continue
            target = page.path.parent / unquote(parts.path) if parts.path else page.path
            if not target.exists():
                yield f"{cell.place}: The link {url!r} leads to a file that is not there."
            elif parts.fragment and target.suffix == ".ipynb":
                anchors = (page if target == page.path else Page.read(target)).anchors
                if unquote(parts.fragment) not in anchors:
                    yield f"{cell.place}: The link {url!r} leads to a heading that is not there."


@standard
def stored_outputs(page: Page) -> Iterator[str]:
    """It is stored as one run from the top left it, on any machine."""
    for number, cell in enumerate([c for c in page.code if c.source.strip()], 1):
        if cell.node.execution_count != number:
            yield f"{cell.place}: Execute the notebook: this is not of one run from the top."
        for out in cell.outputs:
            if out.get("name") == "stderr":
                yield f"{cell.place}: It wrote to stderr: print what is meant, mend what is not."
            if out.output_type == "error" and "raises-exception" not in cell.tags:
                yield f"{cell.place}: An exception ended it: mend it or tag it 'raises-exception'."
            text = text_of(out)
            if found := re.search(MACHINE_PATH, text):
                yield f"{cell.place}: Its output names a file of one machine, {found[0]!r}."
            if found := re.search(r"\bat 0x[0-9a-f]{6,}\b", text):
                yield f"{cell.place}: Its output has an address of this run, {found[0]!r}."


def text_of(output: NotebookNode) -> str:
    """All that an output says in text."""
    data = output.get("data", {})
    texts = [
        output.get("text", ""),
        output.get("evalue", ""),
        *output.get("traceback", []),
        *(value for kind, value in data.items() if kind.startswith("text/")),
    ]
    return "\n".join(texts)


def _parsed(source: str, *, top_level_await: bool = True) -> ast.AST | None:
    """The syntax tree of a cell or, without `await` at its top level, of a script."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if top_level_await else 0
    try:
        compile(source, "<cell>", "exec", flags, dont_inherit=True)
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _text(path: Path) -> list[Token]:
    """The blocks of a README or of a notebook; none if the file is not there."""
    if not path.exists():
        return []
    if path.suffix == ".md":
        return tokens(path.read_text(encoding="utf-8"))
    return [block for cell in Page.read(path).cells for block in cell.blocks]


def _listed_minutes(blocks: list[Token]) -> dict[str, str]:
    """What tables with a column Minutes say about each file that a row of theirs links to."""
    said = {}
    for table in find("table", blocks):
        head, *rows = table_rows(table)
        columns = [plain(cell).strip() for cell in head]
        if "Minutes" not in columns:
            continue
        for row in rows:
            for link in find("link", row):
                said[link["attrs"]["url"]] = plain(row[columns.index("Minutes")]).strip()
    return said
