"""`python -m tests.oracle`: judge many programs, and show what is not so."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.oracle.examining import examine, program_of, smallest
from tests.oracle.expected import EXPECTED_FALSE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.oracle")
    parser.add_argument("--programs", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first (default: 0)")
    parser.add_argument("--all", action="store_true", help="reduce those that are known, too")
    options = parser.parse_args()
    found: Counter[str] = Counter()
    shown: dict[str, int] = {}
    began = time.perf_counter()
    for seed in range(options.first, options.first + options.programs):
        program, way = program_of(seed)
        for untruth in examine(program, way):
            found[untruth.kind] += 1
            shown.setdefault(untruth.kind, seed)
    elapsed = time.perf_counter() - began
    unexpected = sum(number for kind, number in found.items() if kind not in EXPECTED_FALSE)
    print(
        f"Python {sys.version.split()[0]}: {options.programs:,} programs from {options.first:,} on"
        f" in {elapsed:.0f} s: {unexpected:,} false statements"
        f" and {sum(found.values()) - unexpected:,} of kinds that are known to be false"
    )
    for kind, number in found.most_common():
        known = " (known)" if kind in EXPECTED_FALSE else ""
        print(f"\n{number:6,} × {kind}{known}, first in program {shown[kind]:,}")
        if not known or options.all:
            program, way = program_of(shown[kind])
            try:
                small, untruth = smallest(program, way, kind)
            except LookupError:
                print("       not so again when it was tried once more")
                continue
            print(
                f"       said: {untruth.said}\n       true: {untruth.true}\n       {way}: {small}"
            )
            text = way.written(small)
            for line, each in enumerate(text.splitlines(), 1):
                print(f"       {line:4} {each}")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
