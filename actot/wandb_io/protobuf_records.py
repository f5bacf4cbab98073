"""The records of a `.wandb` file, decoded straight from protobuf's wire format.

Only the fields that a run needs are decoded: importing the client for its message classes takes
longer than reading most runs. Source: the numbers in wandb_internal.proto (wandb 0.31).
"""

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from actot.foreign_text import scrub
from actot.records import Series, make_series
from actot.wandb_io.wandb_entry import MOST_AXES, OWN_ENTRY
from actot.wandb_io.wire_format import fields_of, signed, varint

HISTORY, CONFIG, METRIC, RUN, EXIT = 2, 5, 12, 17, 18
VALUE_JSON = 16
# Tags as they stand in the file: field number and wire type in one byte, two for a number over 15.
NUMBER_TAG, HISTORY_TAG, SUMMARY_TAG = 0x08, 0x12, 0x1A
ITEM_TAG, NESTED_KEY_TAG, VALUE_TAG = 0x0A, 0x12, b"\x82\x01"
DIGITS = frozenset(b"-0123456789")
BOOLEANS = {b"true": b"1", b"false": b"0"}
DEEPEST = 40  # levels of a config
MOST_CHANGES = 20  # of a config, that are kept
STEPS = range(-(2**63), 2**63)
TEXT_FIELDS = {1: "run_id", 2: "entity", 3: "project", 6: "group", 8: "name"}
# Written bare by some clients, as JSON texts by others.
NON_FINITE = frozenset(
    quote + text + quote for quote in (b"", b'"') for text in (b"NaN", b"Infinity", b"-Infinity")
)
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
class History:
    """The points of a run in the order in which they were logged, one entry per number.

    `keys` holds the place of each point's key in `names`, `texts` its number as JSON text; a row has
    its step in `steps` and its number of points in `counts`.
    """

    names: dict[str, int] = field(default_factory=dict)
    keys: list[int] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    heads: dict[bytes, int] = field(default_factory=dict)

    def place(self, name: str) -> int:
        """The place of a key among the names."""
        return self.names.setdefault(name, len(self.names))

    def columns(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Steps and values by key, in the order in which they were logged."""
        steps = np.repeat(np.array(self.steps, dtype=np.int64), self.counts)
        keys = np.array(self.keys, dtype=np.int64)
        try:
            values = np.array(list(map(float, self.texts)), dtype=np.float64)
        except ValueError:
            numbers = [_number(text) for text in self.texts]
            good = np.array([n is not None for n in numbers])
            values = np.array([n for n in numbers if n is not None], dtype=np.float64)
            steps, keys = steps[good], keys[good]
        order = keys.argsort(kind="stable")
        ends = np.searchsorted(keys[order], np.arange(len(self.names) + 1))
        return {
            name: (steps[order[low:high]], values[order[low:high]])
            for name, low, high in zip(self.names, ends[:-1], ends[1:], strict=True)
            if high > low and name != "_step"
        }


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
            _take_history(value, found.history)
        elif number == CONFIG:
            _take_config(value, found)
        elif number == METRIC:
            _take_metric(value, found)
        elif number == RUN:
            _take_run(value, found)
        elif number == EXIT:
            found.exit_code = int(dict(fields_of(value)).get(1, 0))


def _take_history(row: bytes, history: History) -> None:
    """Add one row: its items, then its step. Nothing is added for a row without a step."""
    keys: list[int] = []
    texts: list[bytes] = []
    heads, pos, size = history.heads, 0, len(row)
    while pos < size and row[pos] == ITEM_TAG:
        # Nearly every item is tag, length, key tag, key length, key, value tag (2), value length, value.
        # What lies between the two lengths tells the key, and that the item has this form.
        end = pos + 2 + row[pos + 1]
        start = pos + 6 + row[pos + 3]
        key = heads.get(row[pos + 2 : start])
        if key is None or row[pos + 1] > 127 or start + 1 + row[start] != end:
            end = _take_item(row, pos, history, keys, texts)
        else:
            text = row[start + 1 : end]
            if text and (text[0] in DIGITS or text in NON_FINITE):
                keys.append(key)
                texts.append(text)
            elif text in BOOLEANS or text[:1] == b"{":
                _take_item(row, pos, history, keys, texts)
        pos = end
    step = next(
        (signed(dict(fields_of(v)).get(1, 0)) for n, v in fields_of(row[pos:]) if n == 2), None
    )
    if step is None:
        at = history.names.get("_step")
        step = next((_whole(t) for k, t in zip(keys, texts, strict=True) if k == at), None)
    if step is not None:
        if step not in STEPS:
            raise ValueError("a step that no 64 bits hold")
        history.steps.append(step)
        history.counts.append(len(keys))
        history.keys += keys
        history.texts += texts


def _take_item(row: bytes, pos: int, history: History, keys: list[int], texts: list[bytes]) -> int:
    """Add one item of any form, and learn the short form of its key; where the next item begins."""
    length, start = varint(row, pos + 1)
    end = start + length
    path, text = next(_items(row[pos:end]), ([], b""))
    if not path or end > len(row):
        raise ValueError("an item without a key, or longer than its row")
    key = history.place(".".join(path))
    raw = path[0].encode()
    if len(path) == 1 and len(raw) < 128:
        history.heads[bytes([NESTED_KEY_TAG, len(raw)]) + raw + VALUE_TAG] = key
    if text and (text[0] in DIGITS or text in NON_FINITE):
        keys.append(key)
        texts.append(text)
    elif text in BOOLEANS:
        keys.append(key)
        texts.append(BOOLEANS[text])
    elif text[:1] == b"{":
        for name, number in _numbers_within(text, ".".join(path)):
            keys.append(history.place(name))
            texts.append(number)
    return end


def _numbers_within(text: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The numbers of a dict that an old client logged as one value; a picture or a table is none."""
    with suppress(ValueError, RecursionError):
        waiting = [(name, json.loads(text))]
        while waiting:
            at, node = waiting.pop()
            if isinstance(node, dict) and "_type" not in node and name != OWN_ENTRY:
                waiting += [(f"{at}.{key}", below) for key, below in reversed(node.items())]
            elif isinstance(node, bool | int | float):
                yield at, repr(float(node)).encode()


def _whole(text: bytes) -> int:
    try:
        return int(text)
    except ValueError:
        return int(float(text))


def _number(text: bytes) -> float | None:
    """The number in a JSON text; W&B writes NaN and Inf as JSON strings."""
    try:
        return float(text.strip(b'"'))
    except ValueError:
        return None


def _items(buf: bytes) -> Iterator[tuple[list[str], bytes]]:
    """(key path, JSON text) of the items of a history row or a config update."""
    for number, item in fields_of(buf):
        if number != 1 or not isinstance(item, bytes):
            continue
        path, text = [], b""
        for inner, value in fields_of(item):
            if inner == VALUE_JSON:
                text = value
            elif inner in (1, 2):
                path.append(value.decode("utf-8", "replace"))
        if path:
            yield path, text


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
    for path, text in _items(record):
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
