"""Values that people type: what a knob takes, and what is said where a text is none of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actot.analysis import config_values
from actot.analysis.config_values import ABSENT
from actot.analysis.run_summary import RunSummary
from actot.experiments.guard import PlanContext
from actot.experiments.mistyped import (
    NoList,
    NoNumber,
    NoSeed,
    NoSwitch,
    NoText,
    NotFinite,
    NotWhole,
    TooSmall,
    Unclosed,
)
from actot.facts import Mistyped

SEEDS = "seed"  # the group of the knobs that are seeds
SWITCH = {"true": True, "false": False}
OPENING, CLOSING, QUOTES = "[({", "])}", "'\""
LONGEST = 60  # letters of what was typed that are said


@dataclass(frozen=True)
class _Field:
    """What a knob takes: `known` are its values in the runs of the source, the anchor's first."""

    knob: str
    kind: str
    known: Sequence[Any]
    least: int | None

    @property
    def like(self) -> str:
        """A value that would do."""
        own = [v for v in self.known if v not in (ABSENT, None)]
        usual = {"seed": "1", "whole": "1", "number": "0.1", "switch": "true", "list": "[1, 2]"}
        if not own or self.kind == "seed":
            return usual.get(self.kind, "a name")
        return written(own[0])


def read(context: PlanContext, knob: str, text: str) -> tuple[Any, ...] | Mistyped:
    """The values in a text with commas, or what is wrong with the first that is none."""
    field = _field(context, knob)
    tokens = _split(text)
    if tokens is None:
        return Unclosed(knob, text.strip()[:LONGEST], field.like)
    values = []
    for token in tokens:
        value = _value(field, token)
        if isinstance(value, Mistyped):
            return value
        values.append(value)
    return tuple(values)


def written(value: Any) -> str:
    """A value as one types it, so that reading it gives it again."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(written(v) for v in value)}]"
    if isinstance(value, float):
        return f"{value:.12g}"
    return config_values.show(value)


def _field(context: PlanContext, knob: str) -> _Field:
    entry = context.profile.knobs.get(knob)
    summaries = (context.anchor, *context.summaries)
    known = [v for r in summaries if (v := _own(r, knob)) != ABSENT]
    numbers = [v for v in known if isinstance(v, int | float) and not isinstance(v, bool)]
    least = None if any(v < 0 for v in numbers) else 0
    if entry is not None and entry.group == SEEDS:
        return _Field(knob, "seed", known, 0)
    if knob == context.profile.budget or (entry is not None and entry.integer):
        is_size = knob == context.profile.budget or (entry is not None and entry.scale == "log")
        return _Field(knob, "whole", known, 1 if is_size else least)
    if entry is not None and entry.scale != "category":
        return _Field(knob, "number", known, least)
    return _Field(knob, _kind(known), known, None if entry is not None else least)


def _own(summary: RunSummary, knob: str) -> Any:
    """A run's value of a knob, or of a path that a knob of the profile is read from."""
    value = summary.settings.value(knob)
    return summary.settings.flat.get(knob, ABSENT) if value == ABSENT else value


def _kind(known: Sequence[Any]) -> str:
    """What the values of a knob are that the profile says nothing more of."""
    kinds: set[type] = {type(v) for v in known if v is not None}
    if kinds <= {bool}:
        return "switch" if kinds else "text"
    if kinds <= {int, float}:
        return "number" if any(isinstance(v, float) and v % 1 for v in known) else "whole"
    return "list" if kinds <= {list, tuple} else "text"


def _split(text: str) -> list[str] | None:
    """What stands between the commas that are in no bracket; None where brackets or quotes do not close."""
    parts, open_, quote = [""], [], ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in QUOTES:
            quote = letter
        elif letter in OPENING:
            open_.append(CLOSING[OPENING.index(letter)])
        elif letter in CLOSING and (not open_ or open_.pop() != letter):
            return None
        elif letter in ",，" and not open_:
            parts.append("")
            continue
        parts[-1] += letter
    tokens = [p.strip() for p in parts]
    return None if open_ or quote else [t for t in tokens if t]


def _value(field: _Field, token: str) -> Any:
    """One value, or what is wrong with it."""
    about = (field.knob, token[:LONGEST], field.like)
    if token == "null" and None in field.known:
        return None
    tied = next((v for v in field.known if isinstance(v, list | tuple)), None)
    if field.kind == "list" or (tied is not None and token[0] in OPENING):
        return _list(token, field, tied, NoList(*about))
    if field.kind == "seed":
        return int(float(token)) if _is_count(_number(token)) else NoSeed(*about)
    if field.kind == "switch":
        return SWITCH.get(token.lower(), NoSwitch(*about))
    if field.kind == "text":
        return NoText(*about) if token[0] in OPENING else token.strip(QUOTES)
    value = _number(token)
    if value is None:
        return NoNumber(*about)
    if not math.isfinite(value):
        return NotFinite(*about)
    if field.kind == "whole" and value % 1:
        return NotWhole(*about)
    if field.least is not None and value < field.least:
        return TooSmall(*about, field.least)
    return int(value) if field.kind == "whole" else value


def _number(token: str) -> float | None:
    """The number, also one that is not finite; None for any other text."""
    if token.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
        return math.nan
    return float(token) if config_values.NUMBER.fullmatch(token) else None


def _is_count(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value >= 0 and value % 1 == 0


def _list(token: str, field: _Field, known: Any, wrong: NoList) -> Any:
    """A list like the known one: as long, its numbers finite."""
    if token[0] not in "[(" or token[-1] not in "])":
        return wrong
    parts = _split(token[1:-1])
    are_numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in known)
    if parts is None or (are_numbers and len(parts) != len(known)):
        return wrong
    if not are_numbers:
        return tuple(config_values.plain(p.strip(QUOTES)) for p in parts)
    values = [_number(p) for p in parts]
    return tuple(values) if all(v is not None and math.isfinite(v) for v in values) else wrong
