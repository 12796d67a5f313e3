"""Who is at the other end of the sockets and pipes that a loop listens to.

What two sockets of one program say to each other is the program's own doing, and takes no time.
Another process or machine needs time that nobody can tell in virtual seconds.
"""

from __future__ import annotations

import os
import selectors
import socket
import stat
from collections.abc import Mapping
from enum import Enum, auto
from time import perf_counter
from typing import Final, NamedTuple, TypeAlias

from course_helpers.simulation.other_ends import (
    own_files,
    pipe_may_be_elsewhere,
    socket_may_be_elsewhere,
)

# Real seconds of silence after which who has answered is believed to say no more by himself.
_QUIET: Final = 0.37

_ANOTHER: Final = "another process"

# Where Linux keeps the number of bytes sent, in its struct tcp_info.
_BYTES_SENT: Final = slice(200, 208)


class _Side(Enum):
    """What is at the other end."""

    INSIDE = auto()
    ELSEWHERE = auto()
    NOBODY_YET = auto()  # it is being connected
    CLIENTS = auto()  # it listens
    UNKNOWN = auto()  # no socket: a pipe, or a process's end


_Files: TypeAlias = Mapping[int, selectors.SelectorKey]


class _Connection(NamedTuple):
    side: _Side
    host: str = ""


class Connections:
    """Keeps track of the files that a loop listens to, by their number."""

    def __init__(self) -> None:
        self._own_file = -1
        # By number: who listens to it, which file it is, what is at its other end.
        self._known: dict[int, tuple[object, int, _Connection]] = {}
        self._own_ports: set[int] = set()
        self._sent: dict[int, int] = {}
        self._asked: set[int] = set()  # something was written there and is not answered
        self._heard: dict[int, float] = {}

    def set_apart(self, file: int) -> None:
        """Leave out a file of the loop's own, by which threads and signals wake it."""
        self._own_file = file

    def is_outside(self, file: int, files: _Files) -> bool:
        """Whether what comes there is from outside the program, so that it may come at any time."""
        self._update(files)
        return self._known[file][2].side in (_Side.ELSEWHERE, _Side.UNKNOWN)

    def note_heard(self, file: int) -> None:
        """Something has come from outside."""
        self._heard[file] = perf_counter()
        self._asked.discard(file)

    def holding(self, files: _Files) -> list[str]:
        """The connections from which something is to be expected before time may pass, in words."""
        self._update(files)
        found = []
        for file, (_, _, connection) in self._known.items():
            if connection.side is _Side.NOBODY_YET:
                found.append("a connection that is being made")
            elif connection.side is _Side.ELSEWHERE and self._is_busy(file):
                found.append(f"the connection to {connection.host}")
        return found

    def may_bring(self, files: _Files, children: set[int]) -> list[str]:
        """Where something may still come from, in words.

        `children` are the files by which the loop hears of child processes. A server that nobody in
        the program connects to waits in vain, and so does who reads what only the program writes:
        the other end was the program's, and no other process has got it: see `other_ends`.
        """
        self._update(files)
        found = []
        for file, (_, _, connection) in self._known.items():
            if connection.side is _Side.ELSEWHERE:
                found.append(f"the connection to {connection.host}")
            elif connection.side is _Side.UNKNOWN and file not in children:
                found += ["input from a pipe"] if pipe_may_be_elsewhere(file) else []
            elif connection.side is _Side.INSIDE and socket_may_be_elsewhere(file):
                found.append(f"the connection to {_ANOTHER}")
        return found

    def in_vain(self, files: _Files) -> list[str]:
        """Why nothing comes from the program's own sockets, in sentences."""
        self._update(files)
        sides = {connection.side for _, _, connection in self._known.values()}
        found = []
        if _Side.CLIENTS in sides:
            found.append("Nobody in the program connects to its server.")
        if _Side.INSIDE in sides:
            found.append("Nobody in the program writes to the connections that it reads.")
        return found

    def _update(self, files: _Files) -> None:
        for file in self._known.keys() - files.keys():
            self._forget(file)
        new = []
        for file, key in files.items():
            if file == self._own_file:
                continue
            known = self._known.get(file)
            if known is None or known[0] is not key.data or known[2].side is _Side.NOBODY_YET:
                # Somebody else listens to it: it may be another file of the same number.
                identity = os.fstat(file).st_ino
                if known is None or known[1] != identity or known[2].side is _Side.NOBODY_YET:
                    self._forget(file)
                    self._own_ports |= _port(file)
                    new.append((file, key, identity))
                else:
                    self._known[file] = key.data, identity, known[2]
        for file, key, identity in new:
            self._known[file] = key.data, identity, self._other_end(file, key.events)

    def _forget(self, file: int) -> None:
        self._asked.discard(file)
        for table in (self._known, self._sent, self._heard):
            table.pop(file, None)

    def _is_busy(self, file: int) -> bool:
        sent = _bytes_sent(file)
        if sent != self._sent.get(file, 0):
            self._sent[file] = sent
            self._asked.add(file)
        heard = self._heard.setdefault(file, perf_counter())
        return file in self._asked or perf_counter() < heard + _QUIET

    def _other_end(self, file: int, events: int) -> _Connection:
        try:
            connection = socket.socket(fileno=file)
        except OSError:
            return _Connection(_Side.UNKNOWN)
        try:
            if connection.type == socket.SOCK_DGRAM:
                return _Connection(_Side.INSIDE)
            if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return _Connection(_Side.CLIENTS)
            try:
                peer = connection.getpeername()
            except OSError:  # nobody is there any more, or nobody is there yet
                waiting = bool(events & selectors.EVENT_WRITE)
                return _Connection(_Side.NOBODY_YET if waiting else _Side.INSIDE)
            if connection.family in (socket.AF_INET, socket.AF_INET6):
                return self._internet(str(peer[0]), peer[1])
            if _is_own(connection):
                return _Connection(_Side.INSIDE)
            return _Connection(_Side.ELSEWHERE, _ANOTHER)
        finally:
            connection.detach()

    def _internet(self, host: str, port: int) -> _Connection:
        if _is_loopback(host):
            if port not in self._own_ports:
                for file in own_files():
                    self._own_ports |= _port(file)
            if port in self._own_ports:
                return _Connection(_Side.INSIDE)
        return _Connection(_Side.ELSEWHERE, f"{host}, port {port}")


def _is_own(connection: socket.socket) -> bool:
    """Whether this process is at both ends of a local socket; only Linux tells."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(told[:4], "little") == os.getpid()


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address  # here, because few programs need it

    return ip_address(host.partition("%")[0]).is_loopback


def _port(file: int) -> set[int]:
    """The port of one of this process's sockets, if it has one."""
    try:
        if not stat.S_ISSOCK(os.fstat(file).st_mode):
            return set()
        own = socket.socket(fileno=file)
    except OSError:
        return set()
    try:
        internet = own.family in (socket.AF_INET, socket.AF_INET6)
        return {own.getsockname()[1]} if internet else set()
    except OSError:
        return set()
    finally:
        own.detach()


def _bytes_sent(file: int) -> int:
    """How many bytes have been sent by a TCP connection; 0 where that is not told."""
    connection = socket.socket(fileno=file)
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_SENT.stop)
    except (OSError, AttributeError):
        return 0
    finally:
        connection.detach()
    return int.from_bytes(told[_BYTES_SENT], "little")
