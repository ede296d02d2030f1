"""The least way from a scanner to a register: reads the line, writes the socket, blocking.

python -m tests.benchmarks.bare_scanner DEVICE PORT
"""

import os
import socket
import sys

if __name__ == "__main__":
    line = os.open(sys.argv[1], os.O_RDONLY | os.O_NOCTTY)
    register = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    register.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    register.sendall(b"\r")
    while data := os.read(line, 4096):
        register.sendall(data)
