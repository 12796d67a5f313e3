"""Other people's tests, recorded: they come out as they do bare.

    python -m tests.third_party

fetches the source of three libraries, installs them into an environment of its own in a temporary
folder, runs their tests twice, bare and with every loop recorded, and compares what became of each
test. It also says what was recorded: how many loops and events, whether the recorder had a fault,
and whether anything is in a recording that holds of none. It needs a package index and a minute or
two, and is no part of the gate.
"""
