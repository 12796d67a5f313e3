"""Whether another process may have the other end of a socket or pipe that this one has.

A child process has what it was given, and what this one had when it was forked. Linux tells which
process has which file; elsewhere, whoever has a child process cannot know.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Iterator
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
    """Whether another process may have the other end of a socket that was connected in this one."""
    connection = socket.socket(fileno=file)
    try:
        other = _peer(connection)
    finally:
        connection.detach()
    if other is None or other not in map(_inode, own_files()):
        return bool(other) or has_children()
    return _another_has(other)


def has_children() -> bool:
    """Whether this process has a child process, one that has ended and was not asked for too."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except (AttributeError, ChildProcessError):  # Windows has none of these
        return False
    return True


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
    try:
        ends = connection.getpeername(), connection.getsockname()
    except OSError:
        return None
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
    """Whether a child process, or one of its children, has this socket or pipe."""
    if not has_children():
        return False
    wanted = f"socket:[{number}]", f"pipe:[{number}]"
    try:
        return any(link in wanted for link in _links_of(_children("self")))
    except OSError:  # it is not told who they are
        return True


def _children(process: str) -> list[str]:
    """The numbers of a process's children."""
    threads = Path("/proc", process, "task").iterdir()
    return [child for each in threads for child in (each / "children").read_text().split()]


def _links_of(processes: list[str]) -> Iterator[str]:
    """What processes have open, and what their children have."""
    for process in processes:
        # One that has ended meanwhile has nothing any more.
        with suppress(OSError):
            for file in Path("/proc", process, "fd").iterdir():
                with suppress(OSError):
                    yield str(file.readlink())
            yield from _links_of(_children(process))


def _inode(file: int) -> int | None:
    try:
        return os.fstat(file).st_ino
    except OSError:
        return None
