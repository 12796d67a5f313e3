"""What an explorer shows of its figures: a table of those that are text; others as they are."""

from __future__ import annotations

import base64
import html
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from course_helpers.explorer.figures import Failure, Figure, value_of
from course_helpers.explorer.run import Run, shortened


def shown_of(
    figures: Iterable[Figure], run: Run, *, painted: bool
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The figures of a run, by label, as they are read; as outputs those that are more than text.

    Of a run that nothing was recorded of there are none. Where pictures are `painted` by a page,
    those that it can paint have no PNG, which takes longer than all else.
    """
    values: dict[str, str] = {}
    outputs: list[dict[str, Any]] = []
    for figure in figures if run.recording is not None else ():
        value = value_of(figure, run)
        bundle = (_for_page(value) if painted else None) or _bundle(value, figure.label)
        if bundle is not None:
            outputs.append(bundle)
            continue
        pairs = value.items() if isinstance(value, Mapping) else [(figure.label, value)]
        values |= {str(label): _as_text(entry) for label, entry in pairs}
    return values, outputs


def table(values: Mapping[str, str], before: Mapping[str, str]) -> str:
    """The table, in HTML, with what was different in the run before; empty without figures."""
    rows = [_row(label, text, before.get(label, text)) for label, text in values.items()]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _row(label: str, text: str, before: str) -> str:
    """A figure in the table, with what it was in the run before where that was different."""
    was = f"<td class='before'>before: {html.escape(before)}</td>" if before != text else ""
    return f"<tr><th scope='row'>{html.escape(label)}</th><td>{html.escape(text)}</td>{was}</tr>"


def _as_text(value: Any) -> str:
    """A figure's value as it is read: text as it is, numbers to six digits."""
    if isinstance(value, Failure):
        return f"✗ {value.sentence}"
    if isinstance(value, str):
        return value if len(value) <= 2000 else f"{value[:2000]}…"
    if isinstance(value, float):
        return f"{value:.6g}"
    return shortened(value)


def _for_page(value: Any) -> dict[str, Any] | None:
    """A picture as an output for a page that paints it; None for what it cannot paint."""
    data = value.for_page() if callable(getattr(value, "for_page", None)) else None
    return {"output_type": "display_data", "data": data, "metadata": {}} if data else None


def _bundle(value: Any, label: str) -> dict[str, Any] | None:
    """What a notebook would show of a value that is more than text, as an output; else None."""
    if value is None or isinstance(value, str | int | float | Failure | Mapping):
        return None
    from IPython.core.interactiveshell import InteractiveShell

    matplotlib = sys.modules.get("matplotlib.figure")  # who has a figure of it has imported it
    metadata: dict[str, Any] = {}
    if callable(getattr(value, "_repr_mimebundle_", None)):
        data = value._repr_mimebundle_()
        if isinstance(data, tuple):
            data, metadata = data
    elif matplotlib is not None and isinstance(value, matplotlib.Figure):
        from IPython.core.pylabtools import print_figure

        data = {"image/png": print_figure(value), "text/plain": label}
        metadata = {"image/png": {"alt": label}}
    else:
        formatter = InteractiveShell.instance().display_formatter
        data, metadata = formatter.format(value) if formatter is not None else ({}, {})
    if not set(data) - {"text/plain"}:
        return None
    encoded = {
        mime: base64.b64encode(content).decode() if isinstance(content, bytes) else content
        for mime, content in data.items()
    }
    return {"output_type": "display_data", "data": encoded, "metadata": metadata}
