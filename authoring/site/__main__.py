"""Build the course's site: `python -m authoring.site [FOLDER] [--lite]`, `site` by default.

With `--lite`, each notebook's page also leads to the course for the browser alone, which
`course.py lite` then builds into the folder `lite` of the site.

Sphinx has an environment of its own, beside the course's, so that no learner has to install it. Its
packages are those of `requirements.lock` in this folder, whose first lines say how it is made.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from authoring import host, settings, tool_environment
from authoring.kernel import ROOT
from authoring.site.staging import HOME, stage
from course import LAB_EXTENSIONS

BROWSER: Final = "lite"
"""The folder of the site for the course in the browser alone."""

HERE: Final = Path(__file__).parent
OURS: Final = ("course.css", "explorer.js", "question.js")
PYTHON: Final = tool_environment.python_of("site")


def main(arguments: Sequence[str]) -> int:
    """Build the site into the folder that is named; 0 if that went well."""
    parser = argparse.ArgumentParser(prog="python -m authoring.site")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "site")
    parser.add_argument("--lite", action="store_true")
    options = parser.parse_args(arguments)
    target: Path = options.folder.resolve()
    if target.exists() and not (target / ".nojekyll").exists() and any(target.iterdir()):
        print(f"{target} holds something else than a site: name another folder.", file=sys.stderr)
        return 2
    if outdated := settings.of_another_package():
        print(f"{settings.MADE_BEFORE} {', '.join(outdated)}.", file=sys.stderr)
    try:
        tool_environment.bring_up_to_date("site", HERE / "requirements.lock")
        build(target, BROWSER if options.lite else "")
    except subprocess.CalledProcessError as error:
        print(f"The site was not built: {error}", file=sys.stderr)
        return 1
    print(f"Open {target / 'index.html'}")
    return 0


def build(target: Path, browser: str) -> None:
    """Build the site; what Sphinx would warn of is an error. `browser` is as for `stage`."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        binder = f"https://mybinder.org/v2/gh/{repository()}/HEAD?urlpath=lab/tree/"
        stage(source, binder, browser)
        painter = LAB_EXTENSIONS / "course-helpers" / "picture.js"
        for file in (*(HERE / name for name in OURS), painter):
            shutil.copy(file, source / "_static")
        shutil.copy(HERE / "conf.py", source)
        made = Path(folder) / "made"
        strict = ("--fail-on-warning", "--keep-going", "--quiet", "--jobs", "auto")
        sphinx = (PYTHON, "-m", "sphinx", *strict, "--doctree-dir", folder)
        subprocess.run([*sphinx, source, made], check=True)
        shutil.copy((made / HOME).with_suffix(".html"), made / "index.html")
        (made / ".nojekyll").touch()  # GitHub's pages leave out what begins with _, otherwise
        shutil.rmtree(made / "_sources")
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(made, target)


def repository() -> str:
    """Whose copy of the course this is: as GitHub says while it publishes, else as README does."""
    if name := os.environ.get("GITHUB_REPOSITORY"):
        return name
    return host.repository((ROOT / HOME).read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
