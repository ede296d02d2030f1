"""Simulated devices that speak the real wires, with faults, hands and ledgers of their own.

The daemon cannot tell them from hardware: there is only another address in the TOML. A simulator
shares codecs with its driver (`drivers.wire`) and never behaviour.
"""
