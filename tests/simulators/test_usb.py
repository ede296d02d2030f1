import asyncio
import shutil

import pytest

from drivers.wire.usbip import (
    ImportReply,
    ImportRequest,
    Message,
    Result,
    Status,
    Submit,
    Unlink,
    Unlinked,
    UsbIpReader,
)
from simulators.usb import UsbHost
from tests.drivers.usb_devices import Echo


class Borrower:
    """A USB/IP client of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.messages = UsbIpReader()

    async def ask(self, *messages: Message) -> Message:
        for message in messages:
            if isinstance(message, Submit) and message.is_in:
                self.messages.expect(message.sequence)
            self.writer.write(message.encode())
        return await self.next()

    async def next(self) -> Message:
        async with asyncio.timeout(10):
            while (message := self.messages.next_event()) is None:
                data = await self.reader.read(4096)
                if not data:
                    raise EOFError
                self.messages.receive_data(data)
        return message


async def borrow(host: UsbHost, bus_id: str) -> tuple[Borrower, ImportReply]:
    borrower = Borrower(*await asyncio.open_connection(host.host, host.port))
    reply = await borrower.ask(ImportRequest(bus_id))
    assert isinstance(reply, ImportReply)
    return borrower, reply


async def test_stock_usbip_lists_what_is_plugged_in() -> None:
    command = shutil.which("usbip")
    assert command, "script/setup test installs usbip"
    async with UsbHost() as host:
        echo = Echo()
        host.plug_in(echo.device, "1-3")
        process = await asyncio.create_subprocess_exec(
            command,
            *("--tcp-port", str(host.port), "list", "-r", host.host),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        text = (await process.communicate())[0].decode()
        assert process.returncode == 0
    assert "1-3: Seiko Epson Corp." in text
    assert "(04b8:0e15)" in text
    assert "0 - Printer / Printer / Bidirectional (07/01/02)" in text


async def test_port_is_for_one_device_and_a_device_for_one_borrower() -> None:
    async with UsbHost() as host:
        echo = Echo()
        host.plug_in(echo.device, "1-1")
        with pytest.raises(ValueError, match="1-1"):
            host.plug_in(Echo().device, "1-1")
        borrower, reply = await borrow(host, "1-1")
        assert reply.device is not None
        assert reply.device.bus_id == "1-1"
        for bus_id, status in (("1-1", Status.BUSY), ("1-2", Status.NO_DEVICE)):
            other, refusal = await borrow(host, bus_id)
            assert refusal.status == status
            other.writer.close()
        borrower.writer.close()


async def test_transfer_that_is_taken_back_has_no_result_and_takes_nothing() -> None:
    async with UsbHost() as host:
        echo = Echo()
        host.plug_in(echo.device)
        borrower, _ = await borrow(host, "1-1")
        look = Submit(1, 0x10001, is_in=True, endpoint=2, length=8)
        assert await borrower.ask(look, Unlink(2, 0x10001, 1)) == Unlinked(2, -104)
        echo.device.send(0x82, b"kept")
        again = Submit(3, 0x10001, is_in=True, endpoint=2, length=8)
        assert await borrower.ask(again) == Result(3, 0, 4, b"kept")
        assert await borrower.ask(Unlink(4, 0x10001, 3)) == Unlinked(4, 0)
        borrower.writer.close()


async def test_endpoint_that_is_not_there_stalls() -> None:
    async with UsbHost() as host:
        host.plug_in(Echo().device)
        borrower, _ = await borrow(host, "1-1")
        for submit in (
            Submit(1, 0x10001, is_in=True, endpoint=9, length=8),
            Submit(2, 0x10001, is_in=False, endpoint=9, length=1, data=b"x"),
        ):
            assert await borrower.ask(submit) == Result(submit.sequence, -32)
        borrower.writer.close()


async def test_who_talks_nonsense_is_shown_the_door_and_gives_the_device_back() -> None:
    async with UsbHost() as host:
        echo = Echo()
        host.plug_in(echo.device)
        borrower, _ = await borrow(host, "1-1")
        assert echo.device.taken
        borrower.writer.write(b"\xff" * 64)
        with pytest.raises((EOFError, ConnectionError)):
            await borrower.next()
        borrower.writer.close()
        other, reply = await borrow(host, "1-1")
        assert reply.status == Status.OK
        other.writer.close()


async def test_pulled_device_ends_its_borrowers_connection_and_the_list() -> None:
    async with UsbHost() as host:
        echo = Echo()
        host.plug_in(echo.device)
        borrower, _ = await borrow(host, "1-1")
        host.unplug(echo.device)
        with pytest.raises((EOFError, ConnectionError)):
            await borrower.next()
        borrower.writer.close()
        assert not host.exported()
        assert not host.plugged_in(echo.device)
        with pytest.raises(ValueError, match="not plugged in"):
            host.address(echo.device)
