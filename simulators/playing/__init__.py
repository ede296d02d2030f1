"""Scenarios: what happens at a counter, and what must come of it, written down as YAML.

scenario   the file, read and checked before anything is started
verbs      what a step may say
stage      the counter on which it is played
matching   what must be, held against what is
report     for people, and as JUnit's XML
command    `pos-simulators play`
"""
