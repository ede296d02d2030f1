"""Cards that people hold to a simulated reader: a deck of them, each with a past.

chips   what they are made of
deck    who they are

A card knows no reader. What it is asked and answers are the bytes of `drivers.wire.card`; the
readers beside this folder carry them.
"""
