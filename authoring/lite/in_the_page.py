"""Compile what Python in a page imports up to the first picture: `compile.mjs` runs this there.

A module of a package is written to `/compiled/packages`, one of Python's own to `/compiled/own`.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import marshal
import sys
from pathlib import Path

from course_helpers import simulate, timeline

# Never compared with its source: it is unpacked together with that.
UNCHECKED = 0b01.to_bytes(4, "little")


def compiled(source: bytes, place: str) -> bytes:
    """A module as Python keeps it in a file."""
    code = compile(source, place, "exec", dont_inherit=True)
    header = importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source)
    return header + marshal.dumps(code)


def keep(place: str, source: bytes) -> None:
    """Write a module where the archive has it from which it was imported."""
    _, in_package, name = place.partition("/site-packages/")
    if in_package:
        target = Path("/compiled/packages", importlib.util.cache_from_source(name))
    else:
        # Python looks into an archive for it, and there beside its source.
        target = Path("/compiled/own", place.partition(".zip/")[2] + "c")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(compiled(source, place))


# As the kernel does before the first cell, and the widgets with it.
for each in ("micropip", "piplite.piplite", "pyodide_kernel", "ipywidgets"):
    importlib.import_module(each)
timeline(simulate(asyncio.sleep(1)))._repr_mimebundle_()
for module in list(sys.modules.values()):
    spec = getattr(module, "__spec__", None)
    if spec and spec.has_location and spec.origin.endswith(".py"):
        keep(spec.origin, spec.loader.get_data(spec.origin))
