"""What cells show of what a browser alone does not have, and those below them."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course_helpers.running_loop.refusals import refusals_are_told

REFUSED = "from course_helpers.browser import NotInBrowser\nraise NotInBrowser('There are no cats')"
OTHER = "raise ExceptionGroup('some', [OSError()])"
GROUP = "raise ExceptionGroup('all', [ValueError(), NotInBrowser('There are no dogs')])"


def test_a_refused_cell_says_so_in_one_sentence_and_what_it_would_have_made_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell = InteractiveShell()
    refusals_are_told(shell)

    def shown(code: str) -> tuple[str, str]:
        shell.run_cell(code)
        told = capsys.readouterr()
        return told.out, told.err

    error, said = shown("recording")
    assert "name 'recording' is not defined" in error
    assert said == ""
    error, said = shown(REFUSED)
    assert error == ""
    assert said.startswith("NotInBrowser: There are no cats in a browser alone. Cells that need ")
    assert len(said.splitlines()) == 1
    error, said = shown("recording")
    assert error == ""
    assert said.startswith("NameError: name 'recording' is not defined. A cell above was refused")
    error, said = shown(GROUP)
    assert (error, said.partition(" in a browser")[0]) == ("", "NotInBrowser: There are no dogs")
    for code, kind in (
        ("1 / 0", "ZeroDivisionError"),
        ("raise ExceptionGroup('', [OSError()])", "OSError"),
    ):
        error, said = shown(code)
        assert kind in error
        assert said == ""
