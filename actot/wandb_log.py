"""The binary file that the W&B client writes for one run: `run-ID.wandb` in, what it holds out.

A 7-byte header, then LevelDB log blocks of 32 KiB: every chunk carries a CRC32 over its type and
data, the chunks of a record joined are one protobuf message. Only the fields that a run needs are
decoded, straight from the wire format: importing the client for its message classes takes longer
than reading most runs. Source: the message numbers of wandb_internal.proto (wandb 0.31).
"""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actot.errors import BadInput
from actot.records import Series, make_series

HEADER = b":W&B"
HEADER_SIZE = 7
BLOCK = 32 * 1024
CHUNK_HEADER = struct.Struct("<IHB")
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
HISTORY, CONFIG, RUN, EXIT = 2, 5, 17, 18
VALUE_JSON = 16
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
    versions: dict[str, str] = field(default_factory=dict)
    points: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    revision: str = ""

    def series(self) -> dict[str, Series]:
        """The logged series by key."""
        return {key: make_series(key, s, v) for key, (s, v) in self.points.items()}


def read(path: Path, *, history: bool = True) -> RunFile:
    """Everything whole in the file, or all but the history; `warnings` say what was skipped, where.

    Raises: BadInput for a file that cannot be opened, is empty, or is no W&B run file.
    """
    try:
        data = path.read_bytes()
    except OSError as e:
        raise BadInput(f"{path.name}: cannot be read ({e.strerror}); check its permissions") from e
    if not data:
        raise BadInput(f"{path.name}: the file is empty; the run was killed before its first write")
    if not data.startswith(HEADER[: len(data)]):
        raise BadInput(f"{path.name}: not a W&B run file; expected run-ID.wandb as wandb writes it")
    found = RunFile()
    for message in _messages(data, found.warnings):
        try:
            _take(message, found, history)
        except DECODING_ERRORS:
            found.warnings.append("a record that passed its checksum could not be decoded; skipped")
    if not found.run_id:
        raise BadInput(f"{path.name}: holds no whole run record; the file was cut at its beginning")
    return found


def _messages(data: bytes, warnings: list[str]) -> Iterator[bytes]:
    """The whole records; a damaged chunk costs the rest of its block and the record it is part of."""
    pos, parts = HEADER_SIZE, None
    while pos < len(data):
        room = BLOCK - pos % BLOCK
        if room < CHUNK_HEADER.size:
            pos += room
            continue
        if pos + CHUNK_HEADER.size > len(data):
            warnings.append(f"the file ends in the middle of a record (byte {len(data)})")
            return
        crc, length, kind = CHUNK_HEADER.unpack_from(data, pos)
        start = pos + CHUNK_HEADER.size
        end = start + length
        fits = length + CHUNK_HEADER.size <= room and FULL <= kind <= LAST
        if fits and end > len(data):
            warnings.append(f"the file ends in the middle of a record (byte {len(data)})")
            return
        if not fits or zlib.crc32(data[start - 1 : end]) != crc:
            warnings.append(f"damaged data at byte {pos}, skipped to the next block")
            pos, parts = pos + room, None
            continue
        pos = end
        if kind == FULL:
            parts = None
            yield data[start:end]
        elif kind == FIRST:
            parts = [data[start:end]]
        elif parts is not None:
            parts.append(data[start:end])
            if kind == LAST:
                yield b"".join(parts)
                parts = None
    if parts is not None:
        warnings.append(f"the file ends in the middle of a record (byte {len(data)})")


def _varint(buf: bytes, pos: int) -> tuple[int, int]:
    byte = buf[pos]
    if byte < 0x80:
        return byte, pos + 1
    value, shift = byte & 0x7F, 7
    while True:
        pos += 1
        byte = buf[pos]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, pos + 1
        shift += 7


def _fields(buf: bytes) -> Iterator[tuple[int, Any]]:
    """(field number, value) of a message: bytes for length-delimited fields, an int for the others."""
    pos, size = 0, len(buf)
    while pos < size:
        tag, pos = _varint(buf, pos)
        wire = tag & 7
        if wire == 2:
            length, pos = _varint(buf, pos)
            if pos + length > size:
                raise ValueError("a field is longer than its message")
            yield tag >> 3, buf[pos : pos + length]
            pos += length
        elif wire == 0:
            value, pos = _varint(buf, pos)
            yield tag >> 3, value
        elif wire in (1, 5):
            width = 8 if wire == 1 else 4
            yield tag >> 3, int.from_bytes(buf[pos : pos + width], "little")
            pos += width
        else:
            raise ValueError(f"unknown wire type {wire}")


def _take(message: bytes, found: RunFile, history: bool) -> None:
    """Add one record to what was found; kinds that a run does not need are passed over by their tag."""
    for number, value in _fields(message):
        if number == HISTORY:
            if history:
                _take_history(value, found.points)
        elif number == CONFIG:
            _take_config(value, found.config)
        elif number == RUN:
            _take_run(value, found)
        elif number == EXIT:
            facts = dict(_fields(value))
            found.exit_code = facts.get(1, 0)


def _items(buf: bytes) -> Iterator[tuple[list[str], bytes]]:
    """(key path, JSON text) of the items of a history row or a config update."""
    for number, item in _fields(buf):
        if number != 1 or not isinstance(item, bytes):
            continue
        path, text = [], b""
        for inner, value in _fields(item):
            if inner == VALUE_JSON:
                text = value
            elif inner in (1, 2):
                path.append(value.decode("utf-8", "replace"))
        if path:
            yield path, text


def _number(text: bytes) -> float | None:
    """The number in a JSON text; None for anything else. W&B writes NaN and Inf as JSON strings."""
    try:
        return float(text.strip(b'"')) if text[:1] != b'"' or text in NON_FINITE else None
    except ValueError:
        return None


NON_FINITE = (b'"NaN"', b'"Infinity"', b'"-Infinity"')


def _take_history(row: bytes, points: dict[str, tuple[list[int], list[float]]]) -> None:
    values, step = {}, None
    for path, text in _items(row):
        number = _number(text)
        if number is not None:
            values[".".join(path)] = number
    if "_step" in values:
        step = int(values.pop("_step"))
    else:
        # An absent number inside a present message is protobuf's way to write 0.
        step = next((dict(_fields(v)).get(1, 0) for n, v in _fields(row) if n == 2), None)
    if step is None:
        return
    for key, value in values.items():
        steps, column = points.setdefault(key, ([], []))
        steps.append(step)
        column.append(value)


def _take_config(record: bytes, config: dict[str, Any]) -> None:
    for path, text in _items(record):
        place = config
        for part in path[:-1]:
            place = place.setdefault(part, {}) if isinstance(place, dict) else {}
        place[path[-1]] = json.loads(text) if text else None


def _take_run(record: bytes, found: RunFile) -> None:
    tags = []
    for number, value in _fields(record):
        if number == 4:
            _take_config(value, found.config)
        elif number == 10:
            tags.append(value.decode("utf-8", "replace"))
        elif number in TEXT_FIELDS:
            setattr(found, TEXT_FIELDS[number], value.decode("utf-8", "replace"))
        elif number == 17:
            seconds = dict(_fields(value)).get(1, 0)
            found.created = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
        elif number == 19:
            facts = dict(_fields(value))
            for at, name in ((4, "python"), (5, "wandb")):
                if isinstance(facts.get(at), bytes):
                    found.versions[name] = facts[at].decode("utf-8", "replace")
        elif number == 21:
            commit = dict(_fields(value)).get(2)
            if commit:
                found.versions["git commit"] = commit.decode("utf-8", "replace")
    found.tags = tuple(tags)


TEXT_FIELDS = {1: "run_id", 2: "entity", 3: "project", 6: "group", 8: "name"}
