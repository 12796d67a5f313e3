"""What a release says: `python -m authoring.release v0.1.0` prints its notes, or what is wrong.

The version stands in `pyproject.toml`. A release's notes are what `CHANGELOG.md` has under the
heading of that version. The explorers of its site show what the package of that release makes.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from authoring import settings
from authoring.kernel import ROOT


def version(project: Path = ROOT) -> str:
    """The course's version."""
    read = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    return str(read["project"]["version"])


def releases(project: Path = ROOT) -> dict[str, str]:
    """What the changelog says of each version, the newest first; and `Unreleased`."""
    changelog = (project / "CHANGELOG.md").read_text("utf-8")
    _, *sections = re.split(r"^## ", changelog, flags=re.MULTILINE)
    titled = [section.partition("\n") for section in sections]
    return {title.split()[0]: notes.strip() for title, _, notes in titled}


def notes(tag: str, project: Path = ROOT) -> str:
    """The notes of the release with this tag.

    Raises ValueError, with a sentence, if it is not the version that stands in `pyproject.toml`, or
    the changelog does not say what is new in it.
    """
    wanted = version(project)
    if tag != f"v{wanted}":
        raise ValueError(f"pyproject.toml says version {wanted}: its tag is v{wanted}, not {tag}.")
    found = releases(project)
    if not found.get(wanted):
        raise ValueError(f"CHANGELOG.md has nothing under a heading `## {wanted} (date)`.")
    # GitHub breaks a line of a release's notes wherever it is broken here.
    return re.sub(r"(?<!\n)\n(?![\n-]) *", " ", found[wanted])


def main(arguments: Sequence[str]) -> int:
    """Print the notes of the release whose tag is the one argument; 0 if all is as it must be."""
    if len(arguments) != 1:
        print("Say which: python -m authoring.release v0.1.0", file=sys.stderr)
        return 2
    try:
        print(notes(arguments[0]))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if outdated := settings.of_another_package():
        print(f"{settings.MADE_BEFORE} {', '.join(outdated)}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
