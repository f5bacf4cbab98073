"""The rows of a `.wandb` file's history: keys and numbers in the order in which they were logged."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from actot.wandb_io.wandb_entry import OWN_ENTRY
from actot.wandb_io.wire_format import fields_of, signed, varint

VALUE_JSON = 16
# Tags as they stand in the file: field number and wire type in one byte, two for a number over 15.
ITEM_TAG, NESTED_KEY_TAG, VALUE_TAG = 0x0A, 0x12, b"\x82\x01"
DIGITS = frozenset(b"-0123456789")
BOOLEANS = {b"true": b"1", b"false": b"0"}
STEPS = range(-(2**63), 2**63)
# Written bare by some clients, as JSON texts by others.
NON_FINITE = frozenset(
    quote + text + quote for quote in (b"", b'"') for text in (b"NaN", b"Infinity", b"-Infinity")
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


def take_row(row: bytes, history: History) -> None:
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
    path, text = next(items_of(row[pos:end]), ([], b""))
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


def items_of(buf: bytes) -> Iterator[tuple[list[str], bytes]]:
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
