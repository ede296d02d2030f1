"""A counter for other people's test suites: a synchronous hand for each device, and a daemon.

    counter    what a test does and looks at
    loop       the event loop behind it, in a thread of its own
    fixtures   what `pytest --pos-counter` brings

The pytest plug-in itself is `simulators.pytest_plugin`.
"""

from simulators.testing.counter import Counter, CounterError, Device, Drawer, open_counter

__all__ = ["Counter", "CounterError", "Device", "Drawer", "open_counter"]
