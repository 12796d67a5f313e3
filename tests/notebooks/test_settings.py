"""What the site's explorers can be turned to is stored, and was made by today's notebooks."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbformat.v4 import new_output

from authoring import release, settings
from authoring.execute import PRACTICE
from authoring.kernel import NOTEBOOKS, ROOT, clean_environment
from course_helpers.explorer.interface import MIME as EXPLORER
from course_helpers.views.page.picture import MIME as PICTURE
from tests.notebooks.building import code, save

#: Shows the last of an explorer's settings, and what there is of the others before they are shown.
LAST = """
from course_helpers.explorer.settings import settings
turned = []
made = settings(_._widgets, _._questions, lambda knobs: turned.append(knobs) or {})
made["settings"][-1].update(_._at(turned[-1]))
display({"application/json": made}, raw=True)
"""
TOLD = "display({'application/json': _.settings()}, raw=True)"
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.stem))
def test_what_is_stored_was_made_by_todays_code_and_begins_with_the_notebooks_picture(
    path: Path,
) -> None:
    made_anew = f"run `python -m authoring.settings {path.stem}`"
    assert settings.is_of_its_notebook(path), made_anew
    assert settings.has_its_game(path), made_anew


def test_there_are_no_settings_of_a_notebook_that_is_gone_and_they_stay_small() -> None:
    stored = sorted(settings.FOLDER.iterdir())
    files = (settings.file_of, settings.game_file_of)
    known = {settings.MADE_BY, *(file_of(path).name for file_of in files for path in PATHS)}
    assert {path.name for path in stored} <= known
    assert sum(path.stat().st_size for path in stored) < 1_000_000, "a clone carries all of them"


@pytest.mark.slow
def test_what_is_stored_is_what_the_package_makes_today() -> None:
    """All knobs, positions and questions of one notebook, and what its last setting shows."""
    path = NOTEBOOKS / "06_priority_queues.ipynb"
    with clean_environment():
        made = asyncio.run(settings.told_below(path, LAST))
    stored = settings.read(path)
    for setting in stored["settings"][:-1]:
        del setting["words"], setting["pictures"], setting["figures"]
    assert made == stored


@pytest.mark.slow
def test_what_is_stored_of_a_game_is_what_it_comes_to_today() -> None:
    path = NOTEBOOKS / "01_locks.ipynb"
    with clean_environment():
        made = asyncio.run(settings.told_below(path, TOLD, settings.stored_game))
    assert made == settings.unpacked(settings.game_file_of(path))


def explorer(folder: Path, first: str) -> Path:
    """A notebook whose first cell comes before that of an explorer, and its stored settings."""
    shown = {EXPLORER: {}, PICTURE: '[{"real": false}]'}
    shows = code("1 + 1", outputs=[new_output("display_data", shown)])
    path = save([code(first), shows], folder / "01_cats.ipynb")
    (folder / f"{path.stem}.json.gz").write_bytes(b"as it was")
    return path


def run(folder: Path, *names: str) -> subprocess.Popen[str]:
    """`python -m authoring.settings` on a folder of notebooks, which has their settings, too."""
    program = (
        "import sys; from pathlib import Path; from authoring import settings;"
        f"settings.NOTEBOOKS = settings.FOLDER = Path({str(folder)!r});"
        "sys.exit(settings.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, *names]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_cell_that_fails_is_told_with_its_notebook(tmp_path: Path) -> None:
    path = explorer(tmp_path, "1 / 0")
    with run(tmp_path, "01") as process:
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors.splitlines()[0].partition(":")[0]) == (1, path.name), errors
    assert "ZeroDivisionError" in errors
    assert "Traceback (most recent call last):\n  File" not in errors
    assert errors.splitlines()[-1] == "Its settings are as they were."
    assert (tmp_path / "01_cats.json.gz").read_bytes() == b"as it was"


@pytest.mark.slow
@pytest.mark.real_time
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a POSIX signal")
def test_interrupted_it_ends_its_kernel_and_stores_nothing(tmp_path: Path) -> None:
    started = tmp_path / "started"
    endless = f"open({str(started)!r}, 'w').write(str(__import__('os').getpid()))\nwhile True: pass"
    explorer(tmp_path, endless)
    with run(tmp_path, "01") as process:
        while not (started.exists() and started.read_text()) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors.partition(".")[0]) == (130, "Interrupted"), errors
    assert (tmp_path / "01_cats.json.gz").read_bytes() == b"as it was"
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_what_was_stored_goes_with_its_explorer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    path = save([code("1 + 1")], tmp_path / "02_dogs.ipynb")
    settings.file_of(path).write_bytes(b"of an explorer that was there")
    settings.note(path, "an older package")
    assert settings.main([]) == 0
    assert not settings.file_of(path).exists()
    assert settings.made_by() == {}
    assert settings.is_current(path)


def test_a_game_that_was_stored_goes_where_no_explorer_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    path = save([code("1 + 1")], tmp_path / "02_dogs.ipynb")
    settings.game_file_of(path).write_bytes(b"of a game that was there")
    assert settings.main([]) == 0
    assert not settings.game_file_of(path).exists()
    assert settings.is_current(path)


def test_a_notebook_without_an_explorer_has_nothing_to_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    save([code("1 + 1")], tmp_path / "02_dogs.ipynb")
    assert settings.main(["02"]) == settings.main([]) == 0
    assert settings.of_another_package() == []
    assert [path.name for path in tmp_path.iterdir()] == ["02_dogs.ipynb"]


def test_settings_are_out_of_date_when_what_makes_them_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    for name in ("views/words.py", "views/drawing/letter_widths.json", "exercises/rules.py"):
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("1")
    for name in ("NOTEBOOKS", "FOLDER"):
        monkeypatch.setattr(settings, name, tmp_path)
    monkeypatch.setattr(settings, "PACKAGE", package)
    path = explorer(tmp_path, "1 + 1")
    (tmp_path / PRACTICE).mkdir()
    save([code("1 + 1")], tmp_path / PRACTICE / path.name)
    assert settings.of_another_package() == ["01_cats"], "nobody knows what made them"
    settings.note(path, settings.package())
    assert settings.of_another_package() == []
    (package / "exercises" / "rules.py").write_text("2")
    assert settings.of_another_package() == [], "no explorer is made with exercises"
    for name in ("views/words.py", "views/drawing/letter_widths.json"):
        (package / name).write_text("2")
        assert settings.of_another_package() == ["01_cats"]
        assert not settings.is_current(path)
        settings.note(path, settings.package())
    (package / "views" / "words.py").rename(package / "views" / "named.py")
    assert settings.of_another_package() == ["01_cats"]
    settings.note(path, settings.package())
    (package / "views" / "new.py").write_text("1")
    assert settings.of_another_package() == ["01_cats"]
    monkeypatch.setattr(release, "notes", lambda _: "All that is new.")
    assert release.main(["v1"]) == 1, "a release's site shows what its package makes"
