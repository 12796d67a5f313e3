"""The proofs that a recording is true, and that recording is harmless.

The environment variable `COURSE_THOROUGH`, set to anything, has more of everything tried: all of
CPython's tests of tasks instead of a quarter, thousands of random programs instead of hundreds.
"""

import os

THOROUGH = bool(os.environ.get("COURSE_THOROUGH"))
