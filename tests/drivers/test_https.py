import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from drivers.transport import LinkLostError
from drivers.transport.https import (
    LARGEST_BODY,
    HttpsClient,
    NothingSentError,
    UntrustedPeerError,
)
from simulators.nexo_terminal.certificates import Certificates, certificates, server_context
from tests.shifting_loop import advance

NAME = "V400m-1.test.terminal.adyen.com"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Answer = Callable[[bytes], Awaitable[bytes]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"), NAME)


@contextlib.asynccontextmanager
async def server(certificate: Path, answer: bytes | None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answer each request with these bytes and close; None never answers."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head, re.IGNORECASE)
            heard.append(head + await reader.readexactly(int(length[1]) if length else 0))
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
        writer.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context(certificate))
    async with listening:
        yield f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}", heard


def client(url: str, files: Certificates, name: str | None = None) -> HttpsClient:
    context = ssl.create_default_context(cafile=str(files.root))
    context.check_hostname = name is None
    pattern = re.compile(name) if name else None
    return HttpsClient(url, context, connect_timeout=5.0, common_name=pattern)


async def test_request_is_posted_whole_and_its_answer_returned(files: Certificates) -> None:
    async with server(files.right, OK) as (url, heard):
        sent = []
        response = await client(url, files).post(
            "/nexo/", b"{}", {"X-API-Key": "key"}, lambda: sent.append(True)
        )
    assert (response.status, response.body) == (200, b"ok")
    assert sent == [True]
    assert heard[0].startswith(b"POST /nexo/ HTTP/1.1\r\n")
    assert b"X-API-Key: key\r\n" in heard[0]
    assert heard[0].endswith(b"\r\n\r\n{}")


async def test_interim_and_chunked_answers_are_understood(files: Certificates) -> None:
    chunked = (
        b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"
    )
    async with server(files.right, b"HTTP/1.1 100 Continue\r\n\r\n" + chunked) as (url, _):
        response = await client(url, files).post("/", b"{}", {})
    assert (response.status, response.body) == (503, b"ok")


@pytest.mark.parametrize("name", [NAME.replace(".", r"\."), r"V400m-\d+\.test\..*"])
async def test_name_in_the_certificate_may_stand_for_the_hosts(
    files: Certificates, name: str
) -> None:
    async with server(files.right, OK) as (url, _):
        assert (await client(url, files, name).post("/", b"{}", {})).status == 200


async def test_stranger_is_told_nothing(files: Certificates) -> None:
    for certificate, name in ((files.wrong_name, NAME), (files.other_root, NAME)):
        async with server(certificate, OK) as (url, heard):
            with pytest.raises(UntrustedPeerError):
                await client(url, files, name).post("/", b"secret", {})
            assert heard == []


async def test_nobody_there_means_that_nothing_left(files: Certificates) -> None:
    async with server(files.right, OK) as (url, _):
        pass
    with pytest.raises(NothingSentError):
        await client(url, files).post("/", b"{}", {})
    with pytest.raises(NothingSentError):
        await client("https://nobody.invalid", files).post("/", b"{}", {})


async def test_server_without_a_handshake_is_given_up(files: Certificates) -> None:
    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        arrived.set()
        with contextlib.suppress(OSError):
            await reader.read()
        writer.transport.abort()
        gone.set()

    arrived, gone = asyncio.Event(), asyncio.Event()
    silent = await asyncio.start_server(wait, "127.0.0.1", 0)
    async with silent:
        url = f"https://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
        posting = asyncio.create_task(client(url, files).post("/", b"{}", {}))
        await arrived.wait()
        advance(5.1)
        with pytest.raises(NothingSentError):
            await posting
        await gone.wait()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(LARGEST_BODY + 1),
    ],
    ids=["nothing", "another protocol", "half", "endless"],
)
async def test_what_is_no_whole_answer_is_a_lost_link(files: Certificates, answer: bytes) -> None:
    async with server(files.right, answer) as (url, heard):
        with pytest.raises(LinkLostError) as raised:
            await client(url, files).post("/", b"{}", {})
    assert not isinstance(raised.value, NothingSentError)
    assert len(heard) == 1


async def test_closing_breaks_what_is_under_way(files: Certificates) -> None:
    async with server(files.right, None) as (url, _):
        https, sent = client(url, files), asyncio.Event()
        posting = asyncio.create_task(https.post("/", b"{}", {}, sent.set))
        await sent.wait()
        https.close()
        with pytest.raises(LinkLostError):
            await posting
