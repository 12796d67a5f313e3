"""What the README promises is there."""

from __future__ import annotations

import re

from tests.course.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_binder_link_opens_the_contents() -> None:
    (page,) = re.findall(r"https://mybinder\.org/v2/gh/\S+\?urlpath=lab/tree/([^)]+)", README)
    assert page == "notebooks/00_introduction.ipynb"
