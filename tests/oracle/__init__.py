"""The proof that what a recording says is so.

Programs at random (`language`), written as Python (`source`), keep a log of their own of who did
what, when and at which line (`log`). Each runs twice: once unrecorded, with a `witness` in the
recorder's place that adds to the log what asyncio does underneath, and once recorded. The two logs
must be the same, so what is true of the first run (`truth`) is true of the second: `of_model`,
`of_findings`, `of_errors` and so on compare with it every kind of statement that the package can
make about the recording. `table` lists the kinds, and which judge each has.

Hundreds of programs are tried in an ordinary run of the tests. By hand as many as one likes, with
the Python that runs it:

    python -m tests.oracle --programs 10000

It prints each kind of untruth, how often it was said, and the smallest program that shows it.
"""
