"""How a time is written: in seconds, wherever it stands, as the program's code has it."""

from __future__ import annotations


def seconds(value: float) -> str:
    """A moment or a length of time: `0 s`, `0.05 s`, `2.35 s`, `7,500 s`.

    No other unit is ever chosen, so that what is compared on a page can be compared. It has three
    digits, or those of the whole seconds, and none beyond the microsecond, but one at least: what
    is not nothing is not written as nothing (`0.0000004 s`), down to a nanosecond.
    """
    if value < 0:
        return f"-{seconds(-value)}"
    if value < 0.5e-9:
        return "0 s"
    if value >= 99.95:
        return f"{value:,.0f} s"
    digits = f"{float(f'{value:.3g}'):.6f}" if value >= 0.5e-6 else f"{float(f'{value:.1g}'):.9f}"
    return f"{digits.rstrip('0').rstrip('.')} s"
