"""The records of a `.wandb` file, decoded straight from protobuf's wire format.

Only the fields that a run needs are decoded: importing the client for its message classes takes
longer than reading most runs. Source: the numbers in wandb_internal.proto (wandb 0.31).
"""

import copy
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from actot.foreign_text import scrub
from actot.records import Series, make_series
from actot.wandb_io import history_rows
from actot.wandb_io.history_rows import History
from actot.wandb_io.wandb_entry import MOST_AXES, OWN_ENTRY
from actot.wandb_io.wire_format import fields_of, signed, varint

HISTORY, CONFIG, METRIC, RUN, EXIT = 2, 5, 12, 17, 18
# Tags as they stand in the file: field number and wire type in one byte.
NUMBER_TAG, HISTORY_TAG, SUMMARY_TAG = 0x08, 0x12, 0x1A
DEEPEST = 40  # levels of a config
MOST_CHANGES = 20  # of a config, that are kept
TEXT_FIELDS = {1: "run_id", 2: "entity", 3: "project", 6: "group", 8: "name"}
# What a record that is none of ours can do to the decoder.
DECODING_ERRORS = (
    AttributeError,
    IndexError,
    OSError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass
class RunFile:
    """What one file says: the run record, the config, the history by key, and what was wrong.

    Absent: `run_id` is "" where the run record was lost, `exit_code` None where no end was recorded.
    `end` is the byte after the last whole record: reading goes on there when the file has grown.
    `axes`: the declared step metric by key or pattern. `earlier`: each config that a later record changed, with the last step that was logged under it; `reached`: the
    last step of an earlier look, where only the rest is read.
    """

    run_id: str = ""
    name: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    entity: str = ""
    project: str = ""
    created: str = ""
    exit_code: int | None = None
    config: dict[str, Any] = field(default_factory=dict)
    earlier: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    reached: int | None = None
    axes: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    history: History = field(default_factory=History)
    warnings: list[str] = field(default_factory=list)
    end: int = 0

    def series(self) -> dict[str, Series]:
        """The logged series by key."""
        return {key: make_series(key, s, v) for key, (s, v) in self.history.columns().items()}


def take(message: bytes, found: RunFile, *, history: bool = True) -> None:
    """Add one record to what was found; kinds that a run does not need are passed over by their tag.

    Raises: one of DECODING_ERRORS for a record that is none of W&B's.
    """
    # A record begins with its number; the tag after it says what it is. Summaries are half of a file.
    at = varint(message, 1)[1] if message[0] == NUMBER_TAG else 0
    if message[at] == SUMMARY_TAG or (message[at] == HISTORY_TAG and not history):
        return
    for number, value in fields_of(message):
        if number == HISTORY and history:
            history_rows.take_row(value, found.history)
        elif number == CONFIG:
            _take_config(value, found)
        elif number == METRIC:
            _take_metric(value, found)
        elif number == RUN:
            _take_run(value, found)
        elif number == EXIT:
            found.exit_code = int(dict(fields_of(value)).get(1, 0))


def _take_config(record: bytes, found: RunFile) -> None:
    """Add the values of a config; one that cannot be read is left out with a word."""
    # Only what comes after a logged step is a change on the way.
    step = found.history.steps[-1] if found.history.steps else found.reached
    before = None if step is None else copy.deepcopy(found.config)
    _add_config(record, found)
    if before and is_changed(before, found.config) and len(found.earlier) < MOST_CHANGES:
        found.earlier.append((int(step or 0), before))


def is_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a value that was there is another one now; W&B's own entry does not count."""
    return any(after.get(k) != v for k, v in before.items() if k != OWN_ENTRY)


def _add_config(record: bytes, found: RunFile) -> None:
    for path, text in history_rows.items_of(record):
        place = found.config
        try:
            value = _json(text, DEEPEST - len(path)) if text else None
            for part in path[:-1]:
                place = place.setdefault(part, {}) if isinstance(place, dict) else {}
            place[path[-1]] = value
        except DECODING_ERRORS:
            key = ".".join(path[:DEEPEST])[:60]
            found.warnings.append(f"the value {key!r} of the config cannot be read; left out")


def _json(text: bytes, levels: int) -> Any:
    """A JSON value of at most so many levels, without half surrogate pairs. Raises: ValueError."""
    value = json.loads(text)
    if levels >= text.count(b"[") + text.count(b"{") and b"\\" not in text:
        return value
    return _tamed(value, levels)


def _tamed(node: Any, levels: int) -> Any:
    if levels < 0:
        raise ValueError("too deep for a config")
    if isinstance(node, dict):
        return {scrub(k): _tamed(v, levels - 1) for k, v in node.items()}
    if isinstance(node, list):
        return [_tamed(v, levels - 1) for v in node]
    return scrub(node) if isinstance(node, str) else node


def _take_metric(record: bytes, found: RunFile) -> None:
    """Add a declared metric: 1 is its name, 2 a pattern of names, 4 its step metric."""
    facts = {n: v.decode("utf-8", "replace") for n, v in fields_of(record) if n in (1, 2, 4)}
    name = facts.get(1) or facts.get(2)
    if name and facts.get(4) and len(found.axes) < MOST_AXES:
        found.axes[name] = facts[4]


def _take_run(record: bytes, found: RunFile) -> None:
    tags = []
    for number, value in fields_of(record):
        if number == 4:
            _take_config(value, found)
        elif number == 10:
            tags.append(value.decode("utf-8", "replace"))
        elif number in TEXT_FIELDS:
            setattr(found, TEXT_FIELDS[number], value.decode("utf-8", "replace"))
        elif number == 17:
            seconds = signed(dict(fields_of(value)).get(1, 0))
            # A time outside of the calendar is no time.
            with suppress(ValueError, OverflowError, OSError):
                found.created = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
        elif number == 19:
            # Telemetry: 4 is the Python version, 5 the version of the client.
            facts = dict(fields_of(value))
            for at, name in ((4, "python"), (5, "wandb")):
                if isinstance(facts.get(at), bytes):
                    found.versions[name] = facts[at].decode("utf-8", "replace")
        elif number == 21:
            commit = dict(fields_of(value)).get(2)
            if commit:
                found.versions["git commit"] = commit.decode("utf-8", "replace")
    found.tags = tuple(tags)
