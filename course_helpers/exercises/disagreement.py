"""A file for whoever thinks that a verdict is wrong: the answer, the report and the recording."""

from __future__ import annotations

import linecache
import platform
import tempfile
import zipfile
from pathlib import Path

from course_helpers.exercises import source
from course_helpers.exercises.report import Report


def write(report: Report, answer: object, path: Path) -> None:
    """Write the file; raises OSError where that is not possible."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("answer.py", _source(answer))
        python = f"Python {platform.python_version()} on {platform.platform()}"
        file.writestr("report.txt", f"{report.text}\n\n{python}\n")
        if report.recording is not None:
            with tempfile.TemporaryDirectory() as folder:
                recording = Path(folder) / "recording.json"
                report.recording.save(recording)
                file.write(recording, recording.name)


def _source(answer: object) -> str:
    file = source.file_of(answer)
    return "# its source is not known\n" if file is None else "".join(linecache.getlines(file))
