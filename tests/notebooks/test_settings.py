"""What the site's explorers can be turned to is stored, and was made by today's notebooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from authoring import settings
from authoring.kernel import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.stem))
def test_what_is_stored_was_made_by_todays_code_and_begins_with_the_notebooks_picture(
    path: Path,
) -> None:
    assert settings.is_current(path), f"run `python -m authoring.settings {path.stem}`"


def test_there_are_no_settings_of_a_notebook_that_is_gone_and_they_stay_small() -> None:
    stored = sorted(settings.FOLDER.iterdir())
    assert {path.name for path in stored} <= {settings.file_of(path).name for path in PATHS}
    assert sum(path.stat().st_size for path in stored) < 1_000_000, "a clone carries all of them"
