"""An MQTT 3.1.1 broker in one process, for machines without Mosquitto. Never for a shop.

    python -m simulators.embedded_broker PORT

Listens on the loopback and prints `running` when it does. Ends when its standard input ends, so
that it never outlives whoever started it.
"""

import asyncio
import logging
import sys

from amqtt.broker import Broker  # type: ignore[import-untyped]  # it ships no types

_PLUGIN = "amqtt.plugins.authentication.AnonymousAuthPlugin"


async def serve(port: int) -> None:
    """Serve until standard input ends."""
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {_PLUGIN: {"allow_anonymous": True}},
        }
    )
    await broker.start()
    sys.stdout.write("running\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    await broker.shutdown()


def main() -> None:
    """Run as a command."""
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
