"""Executing a notebook stores what it does, and nothing else; a failing one is left alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from authoring.execute import NotExecutedError, execute, find, main
from authoring.kernel import NOTEBOOKS, ROOT
from tests.notebooks.building import code, save, text, unexecuted

pytestmark = pytest.mark.slow

WIDGET = "application/vnd.jupyter.widget-view+json"
SHOWS_A_WIDGET = (
    f"display({{'image/png': 'AAAA', 'text/plain': 'a picture', '{WIDGET}': {{'model_id': 'x'}}}},"
    " metadata={'image/png': {'alt': 'a picture'}}, raw=True)"
)


def run(path: Path, **options: Any) -> bool:
    return asyncio.run(execute(path, **options))


def test_stores_what_happens_and_changes_nothing_the_second_time(tmp_path: Path) -> None:
    path = save(
        [
            text("# Title"),
            code("import asyncio\nawait asyncio.sleep(0)", "an old output\n"),
            unexecuted("for _ in range(3):\n    print('line')\n1 + 1"),
            unexecuted(""),
            unexecuted(SHOWS_A_WIDGET),
            code("asyncio.run(asyncio.sleep)", tags=["raises-exception"]),
            unexecuted(""),
        ],
        tmp_path / "notebook.ipynb",
        topic="Title",
        minutes=5,
    )
    lab = nbformat.read(path, as_version=4)
    lab.metadata["widgets"] = {"state": {}}
    lab.metadata["language_info"] = {"name": "python", "version": "3.99"}
    lab.cells[1].metadata = {"execution": {"iopub.status.busy": "2030"}, "scrolled": True}
    nbformat.write(lab, path)
    ids = [cell.id for cell in lab.cells]

    assert run(path)
    content = path.read_bytes()
    assert not run(path)
    assert path.read_bytes() == content

    notebook = nbformat.read(path, as_version=4)
    assert [cell.id for cell in notebook.cells] == ids[:-1]  # the empty one at the end is gone
    assert notebook.metadata.course == {"topic": "Title", "minutes": 5}
    assert set(notebook.metadata) == {"course", "kernelspec", "language_info"}
    assert "version" not in notebook.metadata.language_info
    _, first, second, empty, widget, fails = notebook.cells
    assert (first.outputs, first.metadata, first.execution_count) == ([], {}, 1)
    assert [out.output_type for out in second.outputs] == ["stream", "execute_result"]
    assert second.outputs[0].text == "line\n" * 3
    assert second.outputs[1].execution_count == second.execution_count == 2
    assert empty.execution_count is None
    assert widget.outputs[0].data == {"image/png": "AAAA", "text/plain": "a picture"}
    assert widget.outputs[0].metadata == {"image/png": {"alt": "a picture"}}
    assert fails.metadata.tags == ["raises-exception"]
    traceback = "".join(fails.outputs[0].traceback)
    assert "asyncio/runners.py" in traceback
    assert sys.base_prefix not in traceback.replace("~", str(Path.home()))
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_ids_that_are_missing_or_doubled_are_given_once_and_for_all(tmp_path: Path) -> None:
    path = save([text("a"), text("b"), text("c")], tmp_path / "notebook.ipynb")
    notebook = json.loads(path.read_text())
    notebook["nbformat_minor"] = 4
    del notebook["cells"][1]["id"]
    notebook["cells"][2]["id"] = notebook["cells"][0]["id"]
    path.write_text(json.dumps(notebook))

    run(path)
    content = path.read_bytes()
    assert not run(path)

    ids = [cell["id"] for cell in json.loads(content)["cells"]]
    assert ids == [notebook["cells"][0]["id"], "cell-2", "cell-3"]


@pytest.mark.real_time  # the first cell of the one that hangs has a second, too
@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (code("1 / 0"), ["cell [2] '1 / 0'", "not tagged raises-exception", "ZeroDivisionError"]),
        (
            code("raise ExceptionGroup('many', [OSError()])"),
            ["not tagged raises-exception", "many"],
        ),
        (code("import sys\nprint('oh', file=sys.stderr)"), ["wrote to stderr", "oh"]),
        (code("x = 1", tags=["raises-exception"]), ["raised nothing"]),
        (code("import asyncio\nawait asyncio.sleep(60)"), ["took longer than 1 s"]),
        (code("import os\nos._exit(1)"), ["kernel died"]),
    ],
    ids=["error", "exception group", "stderr", "raises nothing", "hangs", "dies"],
)
def test_says_which_cell_fails_and_why_and_writes_nothing(
    tmp_path: Path, cell: nbformat.NotebookNode, words: list[str]
) -> None:
    path = save([code("print('new')", "old\n"), cell], tmp_path / "notebook.ipynb")
    before = path.read_bytes()
    with pytest.raises(NotExecutedError) as caught:
        run(path, cell_timeout=1 if "took longer than 1 s" in words else 60)
    assert "cell [2]" in str(caught.value)
    for word in words:
        assert word in str(caught.value)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_a_file_that_is_edited_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notebook.ipynb"
    save([code(f"open({str(path)!r}, 'a').write(' ')")], path)
    with pytest.raises(NotExecutedError, match="edited"):
        run(path)
    assert path.read_text().endswith(" ")


def test_what_is_not_a_notebook_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notebook.ipynb"
    for content in ("", "{}", "[]", '{"cells": 3}'):
        path.write_text(content)
        with pytest.raises(NotExecutedError, match="not a notebook"):
            run(path)
        assert path.read_text() == content


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a POSIX signal")
def test_interrupted_it_ends_its_kernels_and_writes_nothing(tmp_path: Path) -> None:
    started = tmp_path / "started"
    sleeps = f"open({str(started)!r}, 'w').write(str(__import__('os').getpid()))\nwhile True: pass"
    path = save([code(sleeps)], tmp_path / "notebook.ipynb")
    before = path.read_bytes()
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from authoring import execute;"
            f"execute.NOTEBOOKS = Path({str(tmp_path)!r}); sys.exit(execute.main([]))",
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (started.exists() and started.read_text()) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, "Interrupted" in errors) == (130, True), errors
    assert path.read_bytes() == before
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_names(tmp_path: Path) -> None:
    paths = [save([text("# T")], tmp_path / name) for name in ("00_start.ipynb", "01_locks.ipynb")]
    assert find([], tmp_path) == paths
    for name in ("01", "01_locks", "01_locks.ipynb", "notebooks/01_locks.ipynb"):
        assert find([name, "01"], tmp_path) == paths[1:]
    with pytest.raises(LookupError, match=r"no notebook 'semaphores'.*00_start, 01_locks"):
        find(["01", "semaphores"], tmp_path)
    with pytest.raises(LookupError, match="no notebook in"):
        find([], tmp_path / "nowhere")


def test_an_unknown_name_is_answered_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no such notebook"]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert "no notebook" in captured.err.lower()
    assert NOTEBOOKS.name == "notebooks"
