"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file, UTF-8, in the place of whatever has that path.

    It is written beside the path first and then moved, so that an error or an interrupt half-way
    leaves what was there before. Raises OSError when the file cannot be written.
    """
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder: name a file in it")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent}: make it first")
    part = target.with_name(f"{target.name}.{os.urandom(4).hex()}.part")
    try:
        part.write_text(text, "utf-8", newline="\n")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
