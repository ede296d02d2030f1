"""What a check finds, and what to do about it."""

import enum

import msgspec


class Grade(enum.StrEnum):
    """How it is."""

    GOOD = "good"
    CARE = "care"
    """It works, and will not for ever, or not with everything."""
    BAD = "bad"
    """It does not work."""
    ABSENT = "absent"
    """This machine does not have or does not tell it; nothing is wrong with that."""


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was looked at.

    Attributes:
        name: What was looked at.
        found: How it is.
        mend: What to do, often a command to type; empty where nothing has to be done.
    """

    name: str
    grade: Grade
    found: str
    mend: str = ""


def good(name: str, found: str) -> Check:
    """All is well."""
    return Check(name=name, grade=Grade.GOOD, found=found)


def care(name: str, found: str, mend: str) -> Check:
    """Somebody should see to it."""
    return Check(name=name, grade=Grade.CARE, found=found, mend=mend)


def bad(name: str, found: str, mend: str) -> Check:
    """It does not work."""
    return Check(name=name, grade=Grade.BAD, found=found, mend=mend)


def absent(name: str, found: str) -> Check:
    """Not there, and nothing wrong with that."""
    return Check(name=name, grade=Grade.ABSENT, found=found)
