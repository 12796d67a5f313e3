"""What repo2docker would build, without building it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def image_steps(folder: Path, *options: str) -> str:
    """What it says of the image of a folder, which has the course's environment and last step."""
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", *options, "."],
        cwd=folder,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"' in output
    assert "RUN ./binder/postBuild" in output
    return output
