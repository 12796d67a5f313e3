"""Say which account hosts this copy of the course: `python -m authoring.host ACCOUNT/REPOSITORY`.

README.md's link to Binder is the one place where it stands. The site takes it from there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from authoring.kernel import ROOT

README: Final = ROOT / "README.md"
_NAME: Final = r"[A-Za-z0-9][\w.-]*/[\w.-]+"
_ON_BINDER: Final = re.compile(rf"(?<=mybinder\.org/v2/gh/){_NAME}(?=/)")
_NOT_YET: Final = re.compile(r"\n\nWhoever hosts a copy .*?(?=\n\n)", re.DOTALL)


def repository(text: str) -> str:
    """Whose copy a README is of: the account and the repository on GitHub."""
    found = _ON_BINDER.search(text)
    assert found, "README.md has no link to Binder"
    return found[0]


def hosted_by(name: str, text: str) -> str:
    """A README whose links lead to that copy, and that asks for it no more."""
    return _NOT_YET.sub("", _ON_BINDER.sub(name, text))


def main(arguments: Sequence[str], readme: Path = README) -> int:
    """Fill in the name that the one argument gives; 0 if it is one."""
    (name,) = arguments
    if not re.fullmatch(_NAME, name):
        print(f"{name!r} is not ACCOUNT/REPOSITORY, as in GitHub's address.", file=sys.stderr)
        return 2
    readme.write_text(hosted_by(name, readme.read_text("utf-8")), "utf-8")
    print(f"README.md leads to Binder with {name}: commit it, and push it there.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
