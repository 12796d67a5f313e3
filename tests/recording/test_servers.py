"""Servers: when one serves, its connections, and who waits for it."""

from __future__ import annotations

import asyncio
import sys

import pytest

from course_helpers.recording.model import Recording, Resource
from course_helpers.simulation.errors import Deadlock
from course_helpers.simulation.run import simulate
from course_helpers.views import words
from course_helpers.views.drawing.planning import resources
from course_helpers.views.replay.narration import moments, text
from course_helpers.views.summary import summary


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    await asyncio.sleep(1)
    writer.close()


async def client(port: int, delay: float) -> None:
    await asyncio.sleep(delay)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\n")
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.gather(client(port, 0), client(port, 0.5))
    server.close()


def recorded() -> tuple[Recording, Resource]:
    recording = simulate(main())
    [server] = recording.resources
    return recording, server


def test_what_a_server_does_is_recorded() -> None:
    _, server = recorded()
    assert (server.label, server.kind) == ("server", "Server")
    assert [(change.time, change.action, change.value) for change in server.changes] == [
        (0, "seen", 0),
        (0, "start", 0),
        (0, "connect", 1),
        (0.5, "connect", 2),
        (1, "disconnect", 1),
        (1.5, "disconnect", 0),
        (1.5, "close", 0),
    ]


def test_it_is_told() -> None:
    recording, _ = recorded()
    told = [
        text(sentence, recording)
        for moment in moments(recording)
        for sentence in moment.sentences
        if "server:" in text(sentence, recording) or "server has" in text(sentence, recording)
    ]
    assert told == [
        "main() starts server: open connections: 0.",
        "server has one connection more: open connections: 1.",
        "server has one connection more: open connections: 2.",
        "server has one connection less: open connections: 1.",
        "server has one connection less: open connections: 0.",
        "main() closes server: open connections: 0.",
    ]


def test_it_is_summed_up_and_drawn() -> None:
    recording, _ = recorded()
    assert "open connections: at most 2, 0 at the end" in str(summary(recording))
    assert "open connections: at most 2; nobody waited." in words.alternative(recording)
    bands, _ = resources.bands(recording)
    assert [(band.label, band.counts, band.most) for band in bands] == [
        ("server", "open connections", 2)
    ]


def test_who_waits_for_clients_waits_for_those_of_that_server() -> None:
    async def waits() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        await server.serve_forever()

    with pytest.raises(Deadlock, match=r"waits\(\) waits for clients of server \(line \d+\)"):
        simulate(waits())


@pytest.mark.skipif(sys.version_info < (3, 12, 1), reason="it does not wait there")
def test_who_waits_for_the_end_waits_for_the_connections() -> None:
    async def waits() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await asyncio.sleep(1)
        server.close()
        await server.wait_closed()
        writer.close()

    with pytest.raises(Deadlock, match="waits for the connections of server to be closed"):
        simulate(waits())
