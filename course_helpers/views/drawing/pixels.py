"""From a figure to the bytes of a PNG."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image


def png(figure: Figure, *, small: bool = True) -> bytes:
    """A figure, which has matplotlib's Agg canvas, as a PNG with no more colours than it needs.

    One that is not to be as `small` as can be is sooner written.
    """
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    output = io.BytesIO()
    # At 9 it would be 2 % smaller, and take three times as long.
    _few_colours(picture).save(output, "png", compress_level=8 if small else 3)
    return output.getvalue()


def _few_colours(picture: Image.Image) -> Image.Image:
    """The picture with its 256 most frequent colours: a third of the bytes, and sooner written.

    What is lost are shades at the edges of letters.
    """
    colours = picture.getcolors(1 << 16)
    if colours is None:
        return picture
    frequent: list[Any] = [colour for _, colour in sorted(colours, reverse=True)[:256]]
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for colour in frequent for channel in colour])
    reduced = picture.quantize(palette=palette, dither=Image.Dither.NONE)
    # Pillow finds the nearest colour on a coarse grid and may give one colour another's place:
    # each place gets the most frequent of the colours that were sent there.
    samples = Image.new("RGB", (len(frequent), 1))
    samples.putdata(frequent)
    places = samples.quantize(palette=palette, dither=Image.Dither.NONE).tobytes()
    exact = list(reduced.getpalette() or [])
    for place, colour in reversed(list(zip(places, frequent, strict=True))):
        exact[3 * place : 3 * place + 3] = colour
    reduced.putpalette(exact)
    return reduced
