"""A Caisse-AP terminal out of a capture."""

import asyncio

from drivers.wire.caisse_ap import FieldReader, redact_fields
from simulators.replay.player import READ_SIZE, Replay


class CaisseApReplay(Replay):
    """One connection for each request, as the protocol wants it."""

    protocol = "caisse_ap"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        fields, request = FieldReader(), b""
        while not fields.asked:
            data = await reader.read(READ_SIZE)
            if not data:
                return
            fields.receive_data(data)
            request += data
        if not self.hear("fields", redact_fields(request).decode(), str):
            self.miss("A request")
            return
        while (said := self.speak()) is not None:
            writer.write(said.message.encode())
        await reader.read(READ_SIZE)
