"""Reason codes of MQTT 5.0 (2.4) that change what we do. 3.1.1 gives 0 for every PUBACK."""

SUCCESS = 0x00
NO_MATCHING_SUBSCRIBERS = 0x10
"""The broker took it and threw it away."""
FAILURE = 0x80
"""This one and all above it mean no."""
UNSUPPORTED_VERSION = 0x84
NOT_AUTHORISED = 0x87
SESSION_TAKEN_OVER = 0x8E
