"""Build the course for a browser alone: `python -m authoring.lite [FOLDER]`, `lite` by default.

What is built are files for any web server. JupyterLite is JupyterLab without a server; its Python
is Pyodide, which runs in the page. The builder has an environment of its own, beside the course's,
so that no learner has to install it: `requirements.lock` in this folder says which, and
`browser.lock` what Python has in the browser. The first lines of each say how it is made.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from authoring import tool_environment
from authoring.kernel import NOTEBOOKS, ROOT
from authoring.lite import pyodide
from course import LAB_EXTENSIONS, LAB_SETTINGS

HERE: Final = Path(__file__).parent
PYTHON: Final = tool_environment.python_of("lite")
EXTENSIONS: Final = tool_environment.folder_of("lite") / "share/jupyter/labextensions"

_KERNEL: Final = "@jupyterlite/pyodide-kernel-extension"
_MARK: Final = "jupyter-lite.json"  # what is built has it, and nothing else in the repository
_BEFORE_FIRST_CELL: Final = "course_helpers/running_loop/before_first_cell.py"
# What a learner's work has left beside the notebooks.
_LEARNERS: Final = ("progress.json", "*_mine_*", "*_disagree.zip", ".*", "__pycache__")
_SETTINGS: Final = {
    **LAB_SETTINGS,
    # Light or dark as the reader's system is.
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
}
# Its sign turns while Python starts, which takes a tenth of all that the first picture takes of the
# processor. The line at the bottom of the page says the same.
_DISABLED: Final = ("@jupyterlite/apputils-extension:kernel-status",)


def main(arguments: Sequence[str]) -> int:
    """Build into the folder that the one argument names; 0 if that went well."""
    target = Path(*arguments[:1]).resolve() if arguments else ROOT / "lite"
    if target.exists() and not (target / _MARK).exists() and any(target.iterdir()):
        print(f"{target} holds something else than this: name another folder.", file=sys.stderr)
        return 2
    try:
        set_up()
        build(target)
    except subprocess.CalledProcessError as error:
        print(f"The course was not built for the browser: {error}", file=sys.stderr)
        return 1
    print(f"Serve {target}, such as by `{Path(sys.executable).name} -m http.server -d {target}`")
    return 0


def set_up() -> None:
    """Make the builder's environment, or bring it up to date."""
    tool_environment.bring_up_to_date("lite", HERE / "requirements.lock")
    shutil.copytree(LAB_EXTENSIONS, EXTENSIONS, dirs_exist_ok=True)


def build(target: Path) -> None:
    """Build all files."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        packages = pyodide.stage(source / "static" / "pyodide", wheels(Path(folder) / "wheels"))
        write(source / "overrides.json", _SETTINGS)
        write(source / _MARK, {"jupyter-config-data": _configuration(packages)})
        shutil.copytree(NOTEBOOKS, source / "files", ignore=shutil.ignore_patterns(*_LEARNERS))
        made = Path(folder) / "made"
        lite = (PYTHON, "-m", "jupyterlite_core", "build", "--lite-dir", source)
        options = ("--no-sourcemaps", "--no-unused-shared-packages", "--apps", "lab")
        subprocess.run([*lite, *options, "--output-dir", made], check=True, cwd=folder)
        fetch_early(made)
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(made, target)


def fetch_early(made: Path) -> None:
    """Have the page fetch Python's files while JupyterLab starts, and not when it has started."""
    page = made / "lab" / "index.html"
    files = sorted(path.name for path in (made / "static" / "pyodide").iterdir())
    links = "".join(f'<link rel="prefetch" href="../static/pyodide/{name}">' for name in files)
    page.write_text(page.read_text("utf-8").replace("</head>", f"{links}</head>", 1), "utf-8")


def wheels(folder: Path) -> list[Path]:
    """All that Python has in the browser beside Pyodide's own, as wheels."""
    folder.mkdir(parents=True)
    pip = (sys.executable, "-m", "pip", "-qq", "download", "--no-deps", "--require-hashes")
    pure = ("--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none")
    locked = ("--python-version", "3.14", "--dest", folder, "--requirement", HERE / "browser.lock")
    subprocess.run([*pip, *pure, *locked], check=True)
    hatchling = (sys.executable, "-m", "hatchling", "build", "--target", "wheel")
    subprocess.run([*hatchling, "--directory", folder], check=True, cwd=ROOT, capture_output=True)
    kernels = (EXTENSIONS / _KERNEL / "static" / "pypi").glob("*.whl")
    # For ipywidgets there is one of an older version, too.
    found = [*folder.glob("*.whl"), *kernels]
    return [wheel for wheel in sorted(found) if not wheel.name.startswith("widgetsnbextension-3")]


def _configuration(packages: list[str]) -> dict[str, Any]:
    """All packages are there when the kernel has started, so that nothing is installed later."""
    environment = {"PYTHONSTARTUP": f"{pyodide.PACKAGES}/{_BEFORE_FIRST_CELL}"}
    kernel = {"loadPyodideOptions": {"packages": packages, "env": environment}}
    return {
        "appName": "Advanced asyncio, seen",
        "disabledExtensions": list(_DISABLED),
        "litePluginSettings": {f"{_KERNEL}:kernel": kernel},
    }


def write(path: Path, value: object) -> None:
    """Write a file of JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2), "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
