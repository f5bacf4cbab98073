"""What is wrong with a value that somebody typed, and what would do."""

from dataclasses import dataclass

from actot.facts import Mistyped


@dataclass(frozen=True)
class OfField(Mistyped):
    """What every sentence names: the knob, what was typed, and a value that would do."""

    knob: str
    typed: str
    like: str


@dataclass(frozen=True)
class NoNumber(OfField):
    """A text, a truth value, or two numbers where one is wanted."""


@dataclass(frozen=True)
class NotFinite(OfField):
    """NaN, an infinity, or a number too large to be one."""


@dataclass(frozen=True)
class NotWhole(OfField):
    """A part of one where whole ones are counted."""


@dataclass(frozen=True)
class TooSmall(OfField):
    """A number below what makes sense."""

    least: int


@dataclass(frozen=True)
class NotShort(OfField):
    """As long as a whole run, where a short one is wanted."""

    full: int


@dataclass(frozen=True)
class NoSeed(OfField):
    """Neither 0 nor a whole number above it."""


@dataclass(frozen=True)
class NoSwitch(OfField):
    """Neither true nor false."""


@dataclass(frozen=True)
class NoList(OfField):
    """No list, or one of another length or of other things."""


@dataclass(frozen=True)
class NoText(OfField):
    """A list or nothing where a name is wanted."""


@dataclass(frozen=True)
class Unclosed(OfField):
    """A bracket or a quotation mark without its other one."""
