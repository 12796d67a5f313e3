"""Show a notebook in front of a class: `python -m authoring.present NOTEBOOK`.

JupyterLab is the deck, with jupyterlab-slideshow: the notebook's own cells, live, a slide at a
time. What that needs beside JupyterLab is files for the page only. They are kept apart in
`.venv/present`, as are the settings, so that nothing of it is in a learner's Lab.
`requirements.lock` in this folder says which; its first lines say how it is made.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from authoring.execute import find
from authoring.kernel import NOTEBOOKS, ROOT
from course import LAB_SETTINGS

HERE: Final = Path(__file__).parent
KEPT: Final = Path(sys.prefix) / "present"
PACKAGES: Final = KEPT / "packages"
CONFIGURATION: Final = KEPT / "config"

EXTENSIONS: Final = (PACKAGES / "share" / "jupyter" / "labextensions", HERE / "labextensions")
"""Where JupyterLab finds what makes a deck of a notebook."""

SETTINGS: Final[dict[str, dict[str, object]]] = {
    **LAB_SETTINGS,
    "jupyterlab-slideshow:plugin": {"active": True},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    # A slide that was shown once is measured at once when it comes again.
    "@jupyterlab/notebook-extension:tracker": {"kernelShutdown": True, "windowingMode": "none"},
}


def main(arguments: Sequence[str]) -> int:
    """Open the notebook that the one argument names as a deck; returns JupyterLab's exit status."""
    try:
        path = find(arguments, NOTEBOOKS)[0]
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    try:
        set_up()
    except subprocess.CalledProcessError as error:
        print(f"The deck's files could not be installed: {error}", file=sys.stderr)
        return 1
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(CONFIGURATION)}
    print("Starting JupyterLab as a deck. To stop it, press Ctrl-C here twice.", flush=True)
    process = subprocess.Popen(command(path), cwd=ROOT, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # JupyterLab got it as well, and asks for a second one
            continue


def set_up() -> None:
    """Install what makes the deck, if the lock has changed since, and write its settings."""
    lock = HERE / "requirements.lock"
    installed = KEPT / "installed.lock"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        uv = (sys.executable, "-m", "uv", "--quiet", "pip", "install", "--python", sys.executable)
        chosen = ("--target", PACKAGES, "--no-deps", "--require-hashes", "-r", lock)
        subprocess.run([*uv, *chosen], check=True)
        installed.write_bytes(lock.read_bytes())
    settings = CONFIGURATION / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(SETTINGS), encoding="utf-8")


def command(notebook: Path) -> list[str]:
    """What starts JupyterLab on a notebook of the course, for this machine only."""
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{notebook.relative_to(ROOT).as_posix()}",
        "--ServerApp.ip=localhost",
        "--ServerApp.allow_root=True",
        "--Application.log_level=WARN",
        *(f"--LabServerApp.extra_labextensions_path={folder}" for folder in EXTENSIONS),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
