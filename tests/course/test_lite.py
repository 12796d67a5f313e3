"""What Python has in the browser alone: the list of packages that the page loads."""

from __future__ import annotations

import zipfile
from pathlib import Path

from authoring.lite.pyodide import described


def test_a_wheel_is_described_as_pyodide_reads_it(tmp_path: Path) -> None:
    wheel = tmp_path / "Jupyter_Thing-1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in (
            "thing/__init__.py",
            "six.py",
            "thing/data.json",
            "Jupyter_Thing-1.2.dist-info/x",
        ):
            archive.writestr(name, "")
    found = described(wheel)
    assert (found["name"], found["version"]) == ("jupyter-thing", "1.2")
    assert found["file_name"] == wheel.name
    assert found["imports"] == ["six", "thing"]
    assert found["depends"] == []  # all are loaded together
    assert len(found["sha256"]) == 64
