"""A notebook as its standards read it: cells by section, tags, headings, links, pictures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import mistune
import nbformat
from nbformat import NotebookNode

Token = dict[str, Any]

_ASKS = re.compile(r"^(predict\.\w+|play)\(", re.MULTILINE)
_MARKUP = re.compile(r"<[^>]*>")

_parse = mistune.create_markdown(renderer="ast", plugins=["table"])


def tokens(markdown: str) -> list[Token]:
    """The blocks of a markdown text."""
    parsed = _parse(markdown)
    assert not isinstance(parsed, str)  # it is, from a renderer of text
    return [token for token in parsed if token["type"] != "blank_line"]


def find(kind: str, blocks: list[Token]) -> Iterator[Token]:
    """Every token of this kind (`heading`, `link`, `list_item`, …), wherever it stands."""
    for token in blocks:
        if token["type"] == kind:
            yield token
        yield from find(kind, token.get("children", []))


def plain(token: Token) -> str:
    """A token's text without its markup."""
    if "children" in token:
        between = "\n" if token["type"] in ("list", "list_item", "table_row") else ""
        return between.join(plain(child) for child in token["children"])
    return " " if token["type"] in ("softbreak", "linebreak") else token.get("raw", "")


def sentences(text: str) -> int:
    """How many sentences a text has."""
    return len(re.findall(r"[.!?](?=\s|$)", text.strip()))


def matches(heading: str, title: str) -> bool:
    """Whether a heading is this title, or goes on after it with a colon."""
    return heading == title or heading.startswith(f"{title}:")


def table_rows(table: Token) -> list[list[Token]]:
    """The rows of a table, its head first, each a list of cells."""
    head, *body = table["children"]
    return [head["children"], *(row["children"] for part in body for row in part["children"])]


def describe(notebook: NotebookNode, index: int) -> str:
    """A cell in words: its execution count, as Jupyter shows it, and its first line."""
    cell = notebook.cells[index]
    line = next(iter(cell.source.strip().splitlines()), "")
    if cell.cell_type != "code":
        return f"the {cell.cell_type} cell {line!r}"
    before = [other for other in notebook.cells[:index] if other.cell_type == "code"]
    return f"cell [{1 + sum(bool(other.source.strip()) for other in before)}] {line!r}"


@dataclass(frozen=True)
class Cell:
    """One cell, with what the standards ask of it."""

    place: str
    """The notebook and the cell, in words, to begin a sentence with."""
    kind: str
    source: str
    tags: tuple[str, ...]
    slide: str
    node: NotebookNode

    @cached_property
    def blocks(self) -> list[Token]:
        """The blocks of a markdown cell; none of a code cell."""
        return tokens(self.source) if self.kind == "markdown" else []

    @property
    def outputs(self) -> list[NotebookNode]:
        """What a code cell has stored."""
        outputs: list[NotebookNode] = self.node.get("outputs", [])
        return outputs

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of each heading."""
        return [(t["attrs"]["level"], plain(t)) for t in find("heading", self.blocks)]

    @property
    def exercise(self) -> bool:
        """Whether it belongs to an exercise, which has a source and minutes of its own."""
        return "exercise" in self.node.metadata

    @property
    def asks(self) -> bool:
        """Whether it shows a question with buttons, or a game."""
        return self.kind == "code" and bool(_ASKS.search(self.source))

    @property
    def beside_knobs(self) -> list[str]:
        """What an explorer asks: the texts of its `questions=`."""
        if "explorer" not in self.tags:
            return []
        try:
            nodes = list(ast.walk(ast.parse(self.source)))
        except SyntaxError:  # another standard says so
            return []
        pairs = [
            pair
            for node in nodes
            if isinstance(node, ast.keyword) and node.arg == "questions"
            for pair in ast.walk(node.value)
            if isinstance(pair, ast.Tuple)
        ]
        return [ast.literal_eval(pair.elts[0]) for pair in pairs]

    @property
    def words(self) -> int:
        """How many words there are to read in its text, links' addresses and markup left out."""
        text = "\n".join(plain(block) for block in self.blocks)
        return sum(any(map(str.isalnum, word)) for word in _MARKUP.sub(" ", text).split())

    @property
    def lines(self) -> int:
        """How many lines of code it has that are not blank."""
        return sum(bool(line.strip()) for line in self.source.splitlines())

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [token["attrs"]["url"] for token in find("link", self.blocks)]

    @property
    def printed(self) -> str:
        """What it has stored of stdout."""
        return "".join(out.text for out in self.outputs if out.get("name") == "stdout")


@dataclass(frozen=True)
class Page:
    """A notebook of a course."""

    path: Path
    notebook: NotebookNode

    @classmethod
    def read(cls, path: Path) -> Page:
        """The notebook in a file."""
        return cls(path, nbformat.read(path, as_version=4))

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def introduces(self) -> bool:
        """Whether it is the course's introduction."""
        return self.name == "00_introduction.ipynb"

    @property
    def course(self) -> dict[str, Any]:
        """What its metadata says about its place in the course."""
        course: dict[str, Any] = self.notebook.metadata.get("course", {})
        return course

    @property
    def siblings(self) -> list[Path]:
        """All notebooks of the course, in order."""
        return sorted(self.path.parent.glob("*.ipynb"))

    @cached_property
    def cells(self) -> list[Cell]:
        """Its cells, in order."""
        return [
            Cell(
                place=f"{self.name}, {describe(self.notebook, index)}",
                kind=cell.cell_type,
                source=cell.source,
                tags=tuple(cell.metadata.get("tags", ())),
                slide=cell.metadata.get("slideshow", {}).get("slide_type", "") or "-",
                node=cell,
            )
            for index, cell in enumerate(self.notebook.cells)
        ]

    @property
    def code(self) -> list[Cell]:
        """Its code cells."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def lesson(self) -> list[Cell]:
        """What a learner reads of it: all cells but those of exercises, and speaker notes."""
        return [cell for cell in self.cells if not cell.exercise and cell.slide != "notes"]

    @property
    def words(self) -> int:
        """How many words its lesson has."""
        return sum(cell.words for cell in self.lesson if cell.kind == "markdown")

    @property
    def lines(self) -> int:
        """How many lines of code its lesson has, blank ones not counted."""
        return sum(cell.lines for cell in self.lesson if cell.kind == "code")

    @property
    def sections(self) -> list[tuple[str, list[Cell]]]:
        """Each level-2 heading with its cells; what stands before the first has the heading ''."""
        sections: list[tuple[str, list[Cell]]] = [("", [])]
        for cell in self.cells:
            for level, heading in cell.headings:
                if level == 2:
                    sections.append((heading, []))
            sections[-1][1].append(cell)
        return sections

    def section(self, title: str) -> list[Cell]:
        """The cells of the section with this title; none if there is no such section."""
        return next((cells for heading, cells in self.sections if matches(heading, title)), [])

    @property
    def anchors(self) -> set[str]:
        """What a link to a place in this notebook may say after its `#`, as JupyterLab makes it."""
        return {text.replace(" ", "-") for cell in self.cells for _, text in cell.headings}
