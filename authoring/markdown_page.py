"""A Markdown page whose code is run as the cells of a notebook are.

What a fenced block is, its first line says:

    python            a cell; all cells of a page share their variables and a running event loop
    python NAME.py    a file of that name beside the page: cells, scripts and tests may import it
    python script     a file of its own, run by Python
    python test       a file of its own, run by pytest
    text              what the block before it prints and shows, to the letter
    text real clock   the same by the real clock: figures differ, and further lines may stand there

A `<picture>` or an image shows the value of the cell before it. Everything else is prose.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import linecache
import os
import re
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(
    r"^```(?P<info>[^\n`]*)\n(?P<code>.*?)^```$"
    r"|(?P<picture><picture>.*?</picture>|!\[[^\]]*\]\((?!https?:)[^)]*\))",
    re.MULTILINE | re.DOTALL,
)
# A share that is nearly all or nothing is `over 99 %` or `under 1 %`, by the luck of the clock.
_FIGURE = re.compile(r"((over|under) (?=[\d.]+ %))?\d[\d,]*(\.\d+)?( (ms|s|%))?")


@dataclass
class Picture:
    """A picture in a page: its files, without and with a dark one, and its alternative text."""

    light: Path
    dark: Path | None
    alternative: str


@dataclass
class Block:
    """A block of code with what the page says that it prints, and the picture of its value."""

    info: str
    code: str
    line: int
    output: str | None = None
    real_clock: bool = False
    picture: Picture | None = None


@dataclass
class Shown:
    """What a block printed (with the text of its last expression), and that expression's value."""

    text: str
    value: Any


def blocks(page: Path) -> list[Block]:
    """The blocks of code of a page, in order."""
    text = page.read_text("utf-8")
    found: list[Block] = []
    for match in _BLOCK.finditer(text):
        if match["picture"]:
            picture = _picture(match["picture"], page.parent)
            if found and found[-1].picture is None and picture.light.suffix == ".png":
                found[-1].picture = picture
            continue
        language, _, kind = match["info"].partition(" ")
        if language == "python":
            line = text.count("\n", 0, match.start()) + 2
            found.append(Block(kind, match["code"], line))
        elif language == "text":
            found[-1].output = match["code"]
            found[-1].real_clock = kind == "real clock"
    return found


def pictures(page: Path) -> list[Picture]:
    """All pictures of a page that lie in the repository."""
    text = page.read_text("utf-8")
    return [
        _picture(match["picture"], page.parent)
        for match in _BLOCK.finditer(text)
        if match["picture"]
    ]


def _picture(markdown: str, folder: Path) -> Picture:
    def path(found: re.Match[str] | None) -> Path | None:
        return (folder / found[1]).resolve() if found else None

    if markdown.startswith("!"):
        light = path(re.search(r"\]\((.*)\)", markdown))
        alternative = re.search(r"!\[(.*)\]", markdown, re.DOTALL)
    else:
        light = path(re.search(r'\bsrc="([^"]*)"', markdown))
        alternative = re.search(r'\balt="([^"]*)"', markdown)
    assert light is not None, f"a picture without a file: {markdown}"
    dark = path(re.search(r'\bsrcset="([^"]*)"', markdown))
    return Picture(light, dark, alternative[1] if alternative else "")


async def main() -> None:
    """Stands for the reader's own program in a page that names none."""
    await asyncio.sleep(0.1)


def run(page: Path, folder: Path) -> list[tuple[Block, Shown]]:
    """Run every block of a page, with this folder as the one to write files into."""
    found = blocks(page)
    modules = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        with chdir(folder):
            return asyncio.run(_run(found, folder))
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - modules:
            if (folder / f"{name}.py").exists():
                del sys.modules[name]


async def _run(found: list[Block], folder: Path) -> list[tuple[Block, Shown]]:
    variables: dict[str, Any] = {"main": main}
    done = []
    for number, block in enumerate(found, 1):
        if block.info.endswith(".py"):
            (folder / block.info).write_text(block.code, "utf-8")
        elif block.info:
            done.append((block, _run_file(block, folder, number)))
        else:
            done.append((block, await _run_cell(block, f"<cell {number}>", variables)))
    return done


async def _run_cell(block: Block, name: str, variables: dict[str, Any]) -> Shown:
    # As a notebook does it: the recordings find their source, and the last expression is shown.
    linecache.cache[name] = (len(block.code), None, block.code.splitlines(True), name)
    tree = ast.parse(block.code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with redirect_stdout(printed):
        await _evaluate(compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), variables)
        if isinstance(last, ast.Expr):
            expression = ast.Expression(last.value)
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            value = await _evaluate(compile(expression, name, "eval", flags), variables)
    text = printed.getvalue()
    return Shown(text if value is None else f"{text}{value!r}\n", value)


async def _evaluate(code: CodeType, variables: dict[str, Any]) -> Any:
    value = eval(code, variables)
    return await value if code.co_flags & inspect.CO_COROUTINE else value


def _run_file(block: Block, folder: Path, number: int) -> Shown:
    path = folder / f"block_{number}.py"
    path.write_text(block.code, "utf-8")
    pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, *{"script": [], "test": pytest}[block.info], str(path)],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Shown(done.stdout, None)


def differs(block: Block, shown: Shown) -> str | None:
    """How what a block showed differs from what its page says; None where it does not."""
    if block.output is None:
        return None
    expected, found = block.output.splitlines(), shown.text.rstrip().splitlines()
    if block.real_clock:
        there = {_without_figures(line) for line in found}
        missing = [line for line in expected if _without_figures(line) not in there]
        return "\n".join(["not there:", *missing, "but:", *found]) if missing else None
    if [line.rstrip() for line in expected] != [line.rstrip() for line in found]:
        return "\n".join(["it says:", *expected, "but it is:", *found])
    return None


def _without_figures(line: str) -> str:
    """The line with # for each figure, as columns are as wide as these, with single spaces."""
    return " ".join(_FIGURE.sub("#", line).split())
