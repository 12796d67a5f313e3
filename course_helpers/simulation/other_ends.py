"""Whether another process may have the other end of a socket or pipe that this one has.

A child process has what it was given, and what this one had when it was forked; so have those that
it starts, also when it has ended itself. Linux tells which process has which file; elsewhere,
whoever has a child process cannot know. Not seen are: what was handed to a process that is older
than this one, what one of another session has that may not be looked at, and, where it is not told
which file is the other end, processes that are no children.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import subprocess
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

# Of Linux's <linux/netlink.h>, <linux/sock_diag.h> and <linux/unix_diag.h>.
_DIAGNOSIS: Final = 4  # NETLINK_SOCK_DIAG
_BY_FAMILY: Final = 20  # SOCK_DIAG_BY_FAMILY
_PEER: Final = 2  # UNIX_DIAG_PEER
_SHOW_PEER: Final = 4  # UDIAG_SHOW_PEER
_HEADER: Final = struct.Struct("=IHHII")
_REQUEST: Final = struct.Struct("=BBHIIIII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_NUMBER: Final = struct.Struct("=I")
_ANY: Final = 0xFFFFFFFF

_LISTS: Final = ("ps", "-A", "-o", "pid=", "-o", "ppid=")

# The states of processes that have nothing any more, of proc_pid_stat(5).
_ENDED: Final = ("Z", "X")

# The files of this process, by number, on Linux and elsewhere.
_OWN_FILES: Final = ("/proc/self/fd", "/dev/fd")


def own_files() -> list[int]:
    """The numbers of the files that this process has open."""
    for folder in _OWN_FILES:
        try:
            return [int(path.name) for path in Path(folder).iterdir()]
        except OSError:
            continue
    return []


def pipe_may_be_elsewhere(file: int) -> bool:
    """Whether another process may have the other end of a pipe."""
    pipe = _inode(file)
    others = (each for each in own_files() if each != file)
    return pipe is None or pipe not in map(_inode, others) or _another_has(pipe)


def socket_may_be_elsewhere(file: int) -> bool:
    """Whether another process may have the other end of a socket that was connected in this one.

    One that is not connected, or no more, has no other end.
    """
    connection = socket.socket(fileno=file)
    try:
        connection.getpeername()
        other = _peer(connection)
    except OSError:
        return False
    finally:
        connection.detach()
    if other is None or other not in map(_inode, own_files()):
        return bool(other) or has_children()
    return _another_has(other)


def has_children() -> bool:
    """Whether this process may have a child process, one that has ended and was not asked for too.

    Windows gives no child what it is not told to.
    """
    if not hasattr(os, "waitid"):  # on macOS, before Python 3.13
        return hasattr(os, "fork") and _may_be_listed()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _may_be_listed() -> bool:
    """Whether `ps` lists a child process besides itself; it may be if `ps` does not tell."""
    try:
        with subprocess.Popen(_LISTS, stdout=subprocess.PIPE, text=True) as lists:
            told, _ = lists.communicate()
    except OSError:
        return True
    pairs = [line.split() for line in told.splitlines()]
    children = [process for process, parent in pairs if parent == str(os.getpid())]
    return children != [str(lists.pid)]


def _peer(connection: socket.socket) -> int | None:
    is_local = connection.family == getattr(socket, "AF_UNIX", None)
    return _local_peer(connection) if is_local else _peer_among_own(connection)


def _local_peer(connection: socket.socket) -> int | None:
    """The number of the socket at the other end: 0 if nobody has it yet, None if it is not told."""
    request = _REQUEST.pack(
        socket.AF_UNIX, 0, 0, _ANY, _inode(connection.fileno()) or 0, _SHOW_PEER, _ANY, _ANY
    )
    header = _HEADER.pack(_HEADER.size + len(request), _BY_FAMILY, 1, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _DIAGNOSIS) as kernel:
            kernel.settimeout(1)
            kernel.send(header + request)
            answer = kernel.recv(4096)
    except (AttributeError, OSError):
        return None
    length, kind, *_ = _HEADER.unpack_from(answer)
    at = _HEADER.size + 16  # behind what the kernel says of every socket
    while kind == _BY_FAMILY and at < length:
        size, what = _ATTRIBUTE.unpack_from(answer, at)
        if what == _PEER:
            return int(_NUMBER.unpack_from(answer, at + _ATTRIBUTE.size)[0])
        at += -(-size // 4) * 4
    return None


def _peer_among_own(connection: socket.socket) -> int | None:
    """The number of the socket of this process at the other end, if it is there."""
    ends = connection.getpeername(), connection.getsockname()
    return next((_inode(file) for file in own_files() if _ends(file) == ends), None)


def _ends(file: int) -> tuple[object, object] | None:
    """Where a socket of this process stands, and the one that it is connected with."""
    try:
        if not stat.S_ISSOCK(os.fstat(file).st_mode):
            return None
        own = socket.socket(fileno=file)
    except OSError:
        return None
    try:
        return own.getsockname(), own.getpeername()
    except OSError:
        return None
    finally:
        own.detach()


def _another_has(number: int) -> bool:
    """Whether another process has this socket or pipe."""
    wanted = f"socket:[{number}]", f"pipe:[{number}]"
    try:
        return any(_has(process, wanted) for process in _later_processes())
    except OSError:  # it is not told who they are
        return has_children()


def _later_processes() -> Iterator[int]:
    """The processes that were started after this one and run."""
    own = os.getpid()
    _, started = _state_and_start(own)
    for process in [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]:
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            state, start = _state_and_start(process)
            if process != own and start >= started and state not in _ENDED:
                yield process


def _state_and_start(process: int) -> tuple[str, int]:
    """The state of a process, and when it was started, in ticks of the kernel's clock."""
    # Behind the name, which is put in parentheses and may hold anything.
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return told[0], int(told[19])


def _has(process: int, wanted: Collection[str]) -> bool:
    """Whether a process has one of these open; one of this session that hides it may have."""
    try:
        for file in Path(f"/proc/{process}/fd").iterdir():
            with suppress(FileNotFoundError):
                if str(file.readlink()) in wanted:
                    return True
    except PermissionError:
        with suppress(ProcessLookupError):
            return os.getsid(process) == os.getsid(0)
    except (FileNotFoundError, ProcessLookupError):
        pass  # one that has ended meanwhile has nothing any more
    return False


def _inode(file: int) -> int | None:
    try:
        return os.fstat(file).st_ino
    except OSError:
        return None
