"""A loop that awaits an answer from another process: time stands for it, and for nothing else that has sockets."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import threading
import time

import pytest

from emrs_mock.clocks.virtual import awaited_answers, child_processes
from emrs_mock.clocks.virtual.alarms import EMRServerlessStuckWarning
from emrs_mock.clocks.virtual.real_clock import Real
from tests.clocks.virtual.conftest import seconds_since_start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel does not tell what a connection has sent")

SERVER = """
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    while asked := connection.recv(100):
        if asked != b"nothing":
            time.sleep(0.15)
            connection.send(asked[:4])
            connection.send(asked[4:])
"""


@pytest.fixture(scope="module")
def port():
    """A server in another process, which takes 0.15 s for each answer, and sends it in two pieces, as many do.

    The second one is sent when the first one is acknowledged, by default 40 ms later.
    """
    with subprocess.Popen([sys.executable, "-S", "-c", SERVER], stdout=subprocess.PIPE, text=True) as child:
        yield int(child.stdout.readline())
        child.kill()


async def ask(port, times=1):
    """Ask the server on one connection, each time under a time-out of simulated seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(b"question")
        assert await asyncio.wait_for(reader.readexactly(8), 1) == b"question"
    writer.close()
    await writer.wait_closed()


def test_an_answer_comes_before_a_time_out(virtual, port):
    """However often, on connections that are kept and on new ones."""

    async def main():
        await ask(port, 2)
        await ask(port)

    asyncio.run(main())
    assert seconds_since_start(virtual) == 0


def test_an_answer_is_waited_for_by_threads_that_sleep(virtual, port):
    """Time stands for all of them."""
    sleeper = threading.Thread(target=time.sleep, args=(3600,))
    sleeper.start()
    asyncio.run(ask(port))
    assert seconds_since_start(virtual) == 0
    sleeper.join()
    assert seconds_since_start(virtual) == 3600


def test_an_idle_connection_costs_no_real_time_to_speak_of(virtual, port):
    """What was heard last is not waited for: a hundred sleeps beside it."""

    async def main():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"question")
        await reader.readexactly(8)
        began = Real.monotonic()
        for _ in range(100):
            await asyncio.sleep(60)
        writer.close()
        await writer.wait_closed()
        return Real.monotonic() - began

    assert asyncio.run(main()) < 5
    assert seconds_since_start(virtual) == 6000


def test_an_answer_that_does_not_come_is_left_behind_with_a_word(virtual, port, monkeypatch):
    """It names the server and the line; what is sent on, without an answer, costs nothing more."""
    monkeypatch.setattr(awaited_answers, "ANSWER_PATIENCE", 0.1)

    async def main():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"nothing")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.readexactly(8), 60)
        began = Real.monotonic()
        for _ in range(20):
            writer.write(b"nothing")
            await asyncio.sleep(60)
        assert Real.monotonic() - began < 1
        writer.close()
        await writer.wait_closed()

    with pytest.warns(EMRServerlessStuckWarning, match=rf"an answer of 127.0.0.1:{port}.*{re.escape(__file__)}"):
        asyncio.run(main())
    assert seconds_since_start(virtual) == 60 + 20 * 60


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_server_in_the_same_loop_takes_simulated_time(virtual, host):
    """An hour for its answer takes no real time to speak of."""

    async def serve(reader, writer):
        question = await reader.readexactly(8)
        await asyncio.sleep(3600)
        writer.write(question)
        writer.close()
        await writer.wait_closed()

    async def main():
        async with await asyncio.start_server(serve, host) as server:
            await ask_slowly(server.sockets[0].getsockname()[1])

    async def ask_slowly(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"question")
        assert await reader.readexactly(8) == b"question"
        writer.close()
        await writer.wait_closed()

    began = Real.monotonic()
    asyncio.run(main())
    assert Real.monotonic() - began < 4
    assert seconds_since_start(virtual) == 3600


def test_a_client_in_another_process_is_not_waited_for(virtual, monkeypatch):
    """A server here that has answered does not know whether another question comes."""
    monkeypatch.setattr(child_processes, "UNASKED", 0)
    program = (
        "import socket, sys, time; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        "s.send(b'question'); s.recv(8); time.sleep(600)"
    )

    async def main():
        served, gone = asyncio.Event(), asyncio.Event()

        async def serve(reader, writer):
            writer.write(await reader.readexactly(8))
            served.set()
            await reader.read()
            writer.close()
            gone.set()

        async with await asyncio.start_server(serve, "127.0.0.1") as server:
            port = server.sockets[0].getsockname()[1]
            child = subprocess.Popen([sys.executable, "-S", "-c", program, str(port)])
            await served.wait()
            began = Real.monotonic()
            await asyncio.sleep(60)
            took = Real.monotonic() - began
            child.kill()
            child.wait()
            await gone.wait()
        return took

    assert asyncio.run(main()) < 4


def test_what_a_thread_sends_to_a_loop_arrives_before_the_thread_sleeps_on(virtual):
    """Though the loop has to wake for it, and time could pass meanwhile."""
    ours, theirs = socket.socketpair()
    heard = []

    def send():
        for _ in range(10):
            theirs.send(b"x")
            time.sleep(1)
        theirs.close()

    async def main():
        reader, writer = await asyncio.open_connection(sock=ours)
        sender = threading.Thread(target=send)
        sender.start()
        while data := await reader.read(10):
            heard.append((data, seconds_since_start(virtual)))
        sender.join()
        writer.close()
        await writer.wait_closed()

    asyncio.run(main())
    assert heard == [(b"x", second) for second in range(10)]


# --- both ends in this process --------------------------------------------------------------------------------------


def run_with_server(main, serve):
    """Run `main(port)` with a server in a thread of the test, which serves one connection; returns what it returns."""
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        with server, server.accept()[0] as connection:
            serve(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        return asyncio.run(main(server.getsockname()[1]))
    finally:
        thread.join()


def received(connection, size):
    """So many bytes, or what came before the end."""
    data = b""
    while len(data) < size and (piece := connection.recv(size - len(data))):
        data += piece
    return data


def test_what_the_kernel_sends_later_comes_before_a_time_out(virtual):
    """A second small piece waits for the acknowledgement of the first one, for 40 real milliseconds."""

    def serve(connection):
        while received(connection, 8):
            for piece in (b"an", b"sw", b"er"):
                connection.sendall(piece)

    async def main(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(5):
            writer.write(b"question")
            assert await asyncio.wait_for(reader.readexactly(6), 1) == b"answer"
        writer.close()
        await writer.wait_closed()

    run_with_server(main, serve)
    assert seconds_since_start(virtual) < 0.01


def test_what_the_loop_has_written_arrives_before_a_time_out(virtual):
    """The other way round."""

    def serve(connection):
        while question := received(connection, 6):
            connection.sendall(question)

    async def main(port):
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", port))
            for _ in range(5):
                for piece in (b"an", b"sw", b"er"):
                    await loop.sock_sendall(client, piece)
                answer = b""
                while len(answer) < 6:
                    answer += await asyncio.wait_for(loop.sock_recv(client, 6), 1)
                assert answer == b"answer"

    run_with_server(main, serve)
    assert seconds_since_start(virtual) < 0.01


def test_what_is_not_read_holds_time_for_a_moment_only(virtual):
    """A server that sleeps leaves a large piece unsent: the time-outs of the loop come nevertheless."""

    def serve(connection):
        time.sleep(60)

    async def main(port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * 30_000_000)
        began = asyncio.get_running_loop().time()
        for _ in range(10):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(writer.drain(), 1)
        writer.transport.abort()
        return asyncio.get_running_loop().time() - began

    assert run_with_server(main, serve) == pytest.approx(10)
