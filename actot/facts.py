"""What is said in a sentence: a small frozen dataclass, whose fields are the sentence's placeholders.

The sentences stand in one catalogue per language, `actot/output/messages/`, as `FAMILY_NAME`:
the absence `NotLogged` is `absence_not_logged` there.
"""

import re
from typing import ClassVar

WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class Fact:
    """The base of everything that a sentence is made from."""

    family: ClassVar[str]

    @property
    def name(self) -> str:
        """`not_logged` for NotLogged."""
        return name_of(type(self))


class Absence(Fact):
    """Why a figure is missing."""

    family = "absence"


class Reason(Fact):
    """Why a verdict is what it is, or what a reader should know beside it."""

    family = "reason"


class Evidence(Fact):
    """One statement for or against a knob."""

    family = "evidence"


class Remark(Fact):
    """What the guard says of a value."""

    family = "guard"


class Answer(Fact):
    """What an isolation has found."""

    family = "answer"


class Surprise(Fact):
    """What a plan did not reckon with."""

    family = "surprise"


class Mistyped(Fact):
    """What is wrong with a value that somebody typed."""

    family = "typed"


def name_of(kind: type[Fact]) -> str:
    """`not_logged` for the class NotLogged."""
    return WORD_START.sub("_", kind.__name__).lower()
