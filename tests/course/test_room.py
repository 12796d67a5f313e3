"""What a machine is told about a class that it is to be used in."""

from __future__ import annotations

import shutil
import webbrowser
from types import SimpleNamespace

import psutil
import pytest

from authoring import room


def all_is_well() -> None:
    """All is well"""


def nothing_is_well() -> str:
    """Nothing is well"""
    return "Mend it."


def test_a_machine_is_ready_if_every_check_is_passed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(room, "CHECKS", (all_is_well, all_is_well))
    assert room.main() == 0
    assert capsys.readouterr().out.splitlines() == [
        *["✓ All is well."] * 2,
        "This machine is ready.",
    ]


def test_one_fault_is_enough_and_the_rest_is_looked_at_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(room, "CHECKS", (nothing_is_well, all_is_well))
    assert room.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "✗ Nothing is well. Mend it.",
        "✓ All is well.",
        "This machine is not ready: see ✗ above.",
    ]


def test_a_full_machine_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=200_000_000))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000))
    assert room.memory() == f"0.2 GB are free, of {room.MEMORY}: close programs."
    assert room.disk() == f"0.0 GB are free, of {room.DISK}: make room."


def test_a_machine_without_a_browser_is_told_which_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "chromium" else None)
    assert room.browser() is None, "without a screen, as from another machine, it cannot be opened"
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert "install Firefox" in (room.browser() or "")


@pytest.mark.slow
def test_a_notebook_that_does_not_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "NOTEBOOK", "notebooks/none.ipynb")
    assert "notebooks/none.ipynb does not" in (room.notebook() or "")
