"""What the pages of the repository point to is there: links, commands, modules, files."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

import course
from authoring import release
from authoring.kernel import ROOT
from authoring.reading import Page, find, plain, tokens

# At the top and one folder below. What lies deeper is part of something, such as an exercise.
PAGES = sorted(
    path for pattern in ("*.md", "[a-z]*/*.md", ".github/*.md") for path in ROOT.glob(pattern)
)
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
COURSE = re.compile(r"^(?:py|python3?) course\.py(.*)")
MODULE = re.compile(r"^\S*python3? -m (\S+)")


@pytest.fixture(params=PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def page(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def anchors(path: Path) -> set[str]:
    """What may stand after a `#` in a link to this file."""
    if path.suffix == ".ipynb":
        return Page.read(path).anchors
    if path.suffix != ".md":
        return set()
    headings = find("heading", tokens(path.read_text("utf-8")))
    return {
        re.sub(r"[^\w\- ]", "", plain(heading).lower()).replace(" ", "-") for heading in headings
    }


def written(path: Path) -> Iterator[str]:
    """Each line of code of a page, in blocks for a shell and within sentences."""
    blocks = tokens(path.read_text("utf-8"))
    for block in find("block_code", blocks):
        if not block.get("attrs", {}).get("info"):
            yield from block["raw"].splitlines()
    for code in find("codespan", blocks):
        yield code["raw"]


def test_links_resolve(page: Path) -> None:
    dead = []
    for link in find("link", tokens(page.read_text("utf-8"))):
        target, _, anchor = link["attrs"]["url"].partition("#")
        if target.startswith(("http:", "https:")):
            continue
        path = (page.parent / unquote(target)).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            dead.append(link["attrs"]["url"])
    assert dead == []


def understood(arguments: list[str]) -> bool:
    """Whether course.py has this command."""
    try:
        course.parse(arguments)
    except SystemExit as ended:
        return ended.code == 0  # from --help
    return True


def test_commands_are_understood(page: Path) -> None:
    for line in written(page):
        if command := COURSE.match(line):
            assert understood(shlex.split(command[1], comments=True)), line
        elif module := MODULE.match(line):
            assert importlib.util.find_spec(module[1]), line


def test_files_that_are_named_are_there(page: Path) -> None:
    missing = []
    for line in written(page):
        for word in shlex.split(line) if COURSE.match(line) else [line]:
            path = re.fullmatch(r"(?:\.?[a-z]\w*/)[\w./]*", word.partition("::")[0])
            made = ("screenshots", ".venv")  # not there before something has run
            if path and not any(name in word for name in made):
                places = (ROOT / path[0], page.parent / path[0])
                missing += [] if any(place.exists() for place in places) else [word]
    assert missing == []


def test_every_stage_that_may_fail_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(course, "run", lambda *command: 0)
    course.test([])
    stages = re.findall(r"^== (.*) ==$", capsys.readouterr().out, re.MULTILINE)
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    _, _, section = page.partition("\n## When the gate fails\n")
    rows = re.findall(r"^\| ([a-z ,]+) \|", section, re.MULTILINE)
    assert {"linter", "tests"} <= set(stages)
    assert set(stages) <= {stage for row in rows for stage in row.split(", ")}


def test_the_version_is_the_newest_that_the_changelog_has() -> None:
    unreleased, newest, *_ = release.releases()
    assert unreleased == "Unreleased"
    assert newest == release.version()
    assert release.notes(f"v{newest}")


@pytest.mark.parametrize(
    ("tag", "changelog", "says"),
    [
        ("v1.2.3", "## 1.2.3 (today)\n\n- One\n  thing.\n- Another.\n", None),
        ("1.2.3", "## 1.2.3 (today)\n\n- One\n  thing.\n- Another.\n", "its tag is v1.2.3"),
        ("v1.2.4", "## 1.2.4 (today)\n\nNew.\n", "says version 1.2.3"),
        ("v1.2.3", "## 1.2.2 (today)\n\nNew.\n", "nothing under a heading"),
        ("v1.2.3", "## 1.2.3 (today)\n\n## 1.2.2\n\nNew.\n", "nothing under a heading"),
    ],
)
def test_a_tag_without_its_notes_is_refused(
    tmp_path: Path, tag: str, changelog: str, says: str | None
) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(f"# Changes\n\n## Unreleased\n\n{changelog}")
    if says is None:
        assert release.notes(tag, tmp_path) == "- One thing.\n- Another."
    else:
        with pytest.raises(ValueError, match=says):
            release.notes(tag, tmp_path)


def test_forms_for_issues_can_be_filled_in() -> None:
    assert FORMS
    for path in FORMS:
        form = yaml.safe_load(path.read_text("utf-8"))
        if path.name == "config.yml":
            assert set(form) <= {"blank_issues_enabled", "contact_links"}
            continue
        assert {"name", "description", "body"} <= set(form), path.name
        ids = [part["id"] for part in form["body"]]
        assert len(set(ids)) == len(ids), path.name
        for part in form["body"]:
            assert part["type"] in {"input", "textarea", "dropdown", "checkboxes"}, path.name
            assert part["attributes"]["label"], path.name
