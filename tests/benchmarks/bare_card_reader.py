"""The least way from a tag to a register: finds it, writes its UID to the socket, blocking.

python -m tests.benchmarks.bare_card_reader PATH PORT
"""

import socket
import sys
import threading

import nfc  # type: ignore[import-untyped]  # nfcpy 1.0.4 has no types

INTERVAL = 0.01

if __name__ == "__main__":
    frontend = nfc.ContactlessFrontend(sys.argv[1])
    register = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    register.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    register.sendall(b"\r")
    wanted = nfc.clf.RemoteTarget("106A")
    there = False
    while True:
        found = frontend.sense(wanted, iterations=1)
        if there != (found is not None):
            there = found is not None
            register.sendall((found.sdd_res.hex().encode() if found else b"gone") + b"\r")
        threading.Event().wait(INTERVAL)
