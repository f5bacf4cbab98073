"""Values of configs: as the trainer reads them, as text, and when two are equal."""

import math
import re
from typing import Any

ABSENT = "absent"


ABSENT_STAMP = repr(ABSENT)


NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def ratio(a: Any, b: Any) -> float | None:
    """b / a where both are numbers and a is not 0."""
    if _is_number(a) and _is_number(b) and a != 0 and b != 0:
        return b / a
    return None


def show(value: Any) -> str:
    """A config value as text: `1e-05`, `true`, `null`, `(0.5,2)`."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list | tuple):
        return "(" + ",".join(show(v) for v in value) + ")"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def equal(a: Any, b: Any) -> bool:
    """Equal as a trainer sees it: 1 is 1.0, but true is not 1; null and what is empty are absent."""
    return stamp(a) == stamp(b)


def plain(value: Any) -> Any:
    """A value as the trainer reads it: YAML's "1e-5" is a number, a list is a tuple."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return float(value)
    if isinstance(value, list | tuple):
        return tuple(plain(v) for v in value)
    return value


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
    return repr(value)
