"""How an output shows a widget, whatever the version of ipywidgets."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets


def widget_view(widget: widgets.DOMWidget) -> dict[str, Any]:
    """The widget as data of an output; Colab has ipywidgets 7, which displays and gives no data."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view}
