"""Changes of a config in words."""

from collections.abc import Sequence

from actot.analysis import config_values
from actot.analysis.config_changes import Change
from actot.output.messages import texts
from actot.output.wording import joined

MOST_STRETCHES = 3  # of what was dropped from a long list or added to it


def sides(change: Change, lang: str) -> tuple[str, str]:
    """The two values as text; of long lists `40` and `20 episodes, 20-39 dropped`."""
    base, value = change.base, change.value
    are_lists = isinstance(base, list | tuple) and isinstance(value, list | tuple)
    if are_lists and (config_values.is_long(base) or config_values.is_long(value)):
        return str(len(base)), _list(change.knob, base, value, lang)
    return config_values.show(base), config_values.show(value)


def _list(knob: str, base: Sequence[object], value: Sequence[object], lang: str) -> str:
    known = {config_values.stamp(v) for v in base}, {config_values.stamp(v) for v in value}
    parts = [f"{len(value)} {knob.rpartition('.')[2]}"]
    for values, others, text in (
        (base, known[1], texts(lang).list_dropped),
        (value, known[0], texts(lang).list_added),
    ):
        gone = [v for v in values if config_values.stamp(v) not in others]
        if gone:
            stretches = config_values.stretches(gone)
            more = ["…"] if len(stretches) > MOST_STRETCHES else []
            parts.append(text.format(values=joined([*stretches[:MOST_STRETCHES], *more], lang)))
    if len(parts) == 1:
        parts.append(texts(lang).list_reordered)
    return texts(lang).comma.join(parts)


def change(moved: Change, lang: str) -> str:
    """`lr 1e-05 → 0.0002 (20x)`."""
    base, value = sides(moved, lang)
    times = f" ({ratio(moved.ratio)})" if moved.ratio else ""
    return f"{moved.knob} {base} → {value}{times}"


def changes(moved: Sequence[Change], lang: str) -> str:
    """Changes of one knob from one value: `1e-05 → 0.0002 (20x), 0.0003 (30x)`."""
    values = [sides(c, lang)[1] + (f" ({ratio(c.ratio)})" if c.ratio else "") for c in moved]
    return f"{sides(moved[0], lang)[0]} → {joined(values, lang)}"


def ratio(times: float | None) -> str:
    """`20x`, "" where there is none."""
    return "" if times is None else f"{times:.4g}x"
