"""A whole shop on simulated devices: broker, central office, daemon, and what lies on the shelf.

    opening        everything, started in order and ended in reverse
    devices        the simulators on the counter
    box            the daemon on its plug, which can be pulled
    cable          the network cable between box and office, which can be pulled too
    configuration  the daemon's TOML
    head_office    the lists that the office keeps for the shop
    products       what the shop sells
    programs       a process, and what it said last

The daemon and the office run as the programs that they are, in processes of their own.
"""
