"""Values of configs: as the trainer reads them, as text, and when two are equal."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

ABSENT = "absent"


ABSENT_STAMP = repr(ABSENT)


NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
LONGEST_LIST = 2_000  # letters of a text that may spell a list
SHOWN = 3  # stretches and values of a long list
LONG = 8  # values of a list, or keys of a dict, that are shown in full


def ratio(a: Any, b: Any) -> float | None:
    """b / a where both are numbers and a is not 0."""
    if _is_number(a) and _is_number(b) and a != 0 and b != 0:
        return b / a
    return None


def show(value: Any) -> str:
    """A config value as text: `1e-05`, `true`, `null`, `(0.5,2)`, `(0-39)`, `(enable true, scale 2)`."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list | tuple):
        parts = stretches(value) if is_long(value) else [show(v) for v in value]
        return f"({_few(parts)})" if is_long(value) else f"({','.join(parts)})"
    if isinstance(value, Mapping) and value:
        parts = [f"{key} {show(inner)}" for key, inner in value.items()]
        return f"{len(parts)} keys" if len(parts) > LONG else f"({', '.join(parts)})"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def is_long(value: Any) -> bool:
    """Whether a value is a list that is told in words."""
    return isinstance(value, list | tuple) and len(value) > LONG


def stretches(values: Sequence[Any]) -> list[str]:
    """The values of a list as text, whole numbers that follow one another as `20-39`."""
    texts = []
    whole = enumerate(values)
    for _, same in groupby(whole, key=lambda pair: _start(*pair)):
        run = [value for _, value in same]
        texts += [show(v) for v in run] if len(run) < 3 else [f"{show(run[0])}-{show(run[-1])}"]
    return texts


def _start(place: int, value: Any) -> tuple[bool, Any]:
    """Equal for whole numbers that follow one another."""
    is_whole = _is_number(value) and float(value).is_integer()
    return (True, value - place) if is_whole else (False, place)


def _few(parts: Sequence[str]) -> str:
    return ", ".join([*parts[:SHOWN], *(["…"] if len(parts) > SHOWN else [])])


def equal(a: Any, b: Any) -> bool:
    """Equal as a trainer sees it: 1 is 1.0, but true is not 1; null and what is empty are absent."""
    return stamp(a) == stamp(b)


def plain(value: Any) -> Any:
    """A value as the trainer reads it: YAML's "1e-5" is a number, a list is a tuple."""
    if isinstance(value, str):
        return float(value) if NUMBER.fullmatch(value) else _spelled_list(value)
    if isinstance(value, list | tuple):
        return tuple(plain(v) for v in value)
    return value


def _spelled_list(text: str) -> Any:
    """The list that a text spells, `[1, 2]` or `(0.5, 2)`, or the text itself."""
    if text[:1] + text[-1:] not in ("[]", "()") or len(text) > LONGEST_LIST:
        return text
    try:
        return plain(json.loads(f"[{text[1:-1].strip().rstrip(',')}]".replace("'", '"')))
    except (ValueError, RecursionError):
        return text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def stamp(value: Any) -> str:
    """A value as text, equal where a trainer sees equal values."""
    if _is_number(value):
        return f"{value:.12g}"
    if value is None or (isinstance(value, list | tuple | dict) and not value):
        return ABSENT_STAMP
    if isinstance(value, list | tuple):
        return "(" + ",".join(stamp(v) for v in value) + ")"
    if isinstance(value, Mapping):
        known = sorted((str(k), s) for k, v in value.items() if (s := stamp(v)) != ABSENT_STAMP)
        return repr(known) if known else ABSENT_STAMP
    return repr(value)
