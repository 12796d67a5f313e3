"""Say which account hosts this copy of the course: `python -m authoring.host ACCOUNT/REPOSITORY`.

It stands in README.md's link to Binder, from which the site takes it, and in what a hub hands out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from authoring.kernel import ROOT

README: Final = "README.md"
OTHERS: Final = ("hub/README.md", "hub/values.yaml")
"""What names the same copy as README.md does."""

_NAME: Final = r"[A-Za-z0-9][\w.-]*/[\w.-]+"
_ON_BINDER: Final = re.compile(rf"(?<=mybinder\.org/v2/gh/){_NAME}(?=/)")
_NOT_YET: Final = re.compile(r"\n\nWhoever hosts a copy .*?(?=\n\n)", re.DOTALL)


def repository(text: str) -> str:
    """Whose copy a README is of: the account and the repository on GitHub."""
    found = _ON_BINDER.search(text)
    assert found, "README.md has no link to Binder"
    return found[0]


def hosted_by(name: str, text: str, before: str) -> str:
    """A text whose links lead to that copy and not to the one before, and that asks for it no more.

    Within an address that is part of another address, the stroke is written otherwise.
    """
    for stroke in ("/", "%2F", "%252F"):
        text = text.replace(before.replace("/", stroke), name.replace("/", stroke))
    return _NOT_YET.sub("", text)


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Fill in the name that the one argument gives; 0 if it is one."""
    (name,) = arguments
    if not re.fullmatch(_NAME, name):
        print(f"{name!r} is not ACCOUNT/REPOSITORY, as in GitHub's address.", file=sys.stderr)
        return 2
    before = repository((root / README).read_text("utf-8"))
    for path in (root / file for file in (README, *OTHERS)):
        path.write_text(hosted_by(name, path.read_text("utf-8"), before), "utf-8")
    print(f"README.md and hub lead to {name}: commit them, and push them there.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
