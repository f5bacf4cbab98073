"""The binary file that the W&B client writes for one run: `run-ID.wandb` in, what it holds out.

A 7-byte header, then LevelDB log blocks of 32 KiB: every chunk carries a CRC32 over its type and
data, the chunks of a record joined are one record (see wandb_record.py).
"""

import copy
import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from actot.errors import BadInput
from actot.files import allowed_paths
from actot.wandb_io.protobuf_records import DECODING_ERRORS, RunFile, take

HEADER = b":W&B"
HEADER_SIZE = 7
BLOCK = 32 * 1024
CHUNK_HEADER = struct.Struct("<IHB")
OPEN_END = "the file ends in the middle of a record"
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
HEAD, TAIL = BLOCK, BLOCK // 4  # what a listing reads of a file, at least
LARGEST = 2_000_000_000  # bytes; a file is read whole
MOST_KEYS, MOST_WARNINGS = 100_000, 100


def read(
    path: Path,
    *,
    start: int = 0,
    config: Mapping[str, Any] = MappingProxyType({}),
    reached: int | None = None,
) -> RunFile:
    """Everything whole in the file from byte `start` on; `warnings` say what was skipped, where.

    `config` and the step that was `reached` are those of what stands before `start`.
    A file whose run record is damaged is a run without name and config; its id stands in its name.
    Raises: BadInput for a file that cannot be opened, is empty, too large, or no W&B run file.
    """
    first = start - start % BLOCK
    data = _bytes(path, first)
    found = RunFile(end=start, config=copy.deepcopy(dict(config)), reached=reached)
    if first == 0:
        _check_header(data, path, found.warnings)
    for message, end in _messages(data, first, max(start, HEADER_SIZE), found.warnings):
        _take(message, end, found, history=True)
        found.end = end
        if len(found.history.names) > MOST_KEYS:
            raise BadInput(
                f"{path.name}: more than {MOST_KEYS} different keys; a step or a time in a key makes each "
                "row a metric of its own: log it as a value"
            )
    if not found.run_id and start == 0:
        named = re.fullmatch(r"run-(.+)\.wandb", path.name)
        if not named or not found.history.steps:
            raise BadInput(
                f"{path.name}: holds no whole run record; the file was cut at its beginning"
            )
        found.run_id = named[1]
        found.warnings.append("the run record is damaged; name, config and start are unknown")
    return found


def read_ends(path: Path) -> RunFile:
    """The run record, the config and the end of the run, from the head and the tail of the file.

    Absent: the history; a config update in the middle of a long file.
    Raises: BadInput as `read`.
    """
    try:
        with allowed_paths.opened(path) as file:
            head = file.read(HEAD)
            size = os.fstat(file.fileno()).st_size
            begin = max(HEAD, (size - TAIL) // BLOCK * BLOCK)
            file.seek(begin)
            tail = file.read()
    except OSError as e:
        raise BadInput(f"{path.name}: cannot be read ({e.strerror}); check its permissions") from e
    found = RunFile()
    _check_header(head, path, found.warnings)
    _take_all(head, 0, found, whole=size <= HEAD)
    if not found.run_id:
        # A config longer than the head, or a damaged one.
        return read(path)
    if tail:
        _take_all(tail, begin, found, whole=True)
    return found


def _take_all(data: bytes, first: int, found: RunFile, *, whole: bool) -> None:
    """Take all records but the history; a stretch that is cut on purpose is no damage."""
    warnings: list[str] = []
    for message, end in _messages(data, first, max(first, HEADER_SIZE), warnings):
        _take(message, end, found, history=False)
    if whole:
        found.warnings += warnings


def _take(message: bytes, end: int, found: RunFile, *, history: bool) -> None:
    try:
        take(message, found, history=history)
    except DECODING_ERRORS:
        text = (
            f"the record that ends at byte {end} passed its checksum but cannot be decoded; skipped"
        )
        _warn(found.warnings, text)


def _warn(warnings: list[str], text: str) -> None:
    """Add a warning; a file of nothing but damage does not fill the memory with them."""
    if len(warnings) < MOST_WARNINGS:
        warnings.append(text)
    elif len(warnings) == MOST_WARNINGS:
        warnings.append("more is damaged than is listed here")


def _bytes(path: Path, first: int) -> bytes:
    try:
        with allowed_paths.opened(path) as file:
            size = os.fstat(file.fileno()).st_size - first
            if size > LARGEST:
                raise BadInput(
                    f"{path.name}: {size / 1e6:.0f} MB, larger than the {LARGEST / 1e6:.0f} MB that are "
                    "read; log less often, or fewer keys"
                )
            file.seek(first)
            return file.read(LARGEST)
    except OSError as e:
        raise BadInput(f"{path.name}: cannot be read ({e.strerror}); check its permissions") from e


def _check_header(data: bytes, path: Path, warnings: list[str]) -> None:
    """Raises: BadInput for a file that is empty, or has neither W&B's header nor a whole first record."""
    if not data:
        raise BadInput(f"{path.name}: the file is empty; the run was killed before its first write")
    if data.startswith(HEADER[: len(data)]):
        return
    if len(data) < HEADER_SIZE + CHUNK_HEADER.size or not _is_whole(data, HEADER_SIZE):
        raise BadInput(f"{path.name}: not a W&B run file; expected run-ID.wandb as wandb writes it")
    warnings.append("damaged data at byte 0, the mark of a W&B run file")


def _is_whole(data: bytes, pos: int) -> bool:
    """Whether a chunk at this place fits its checksum."""
    crc, length, kind = CHUNK_HEADER.unpack_from(data, pos)
    begin = pos + CHUNK_HEADER.size
    part = data[begin - 1 : begin + length]
    return FULL <= kind <= LAST and len(part) == length + 1 and zlib.crc32(part) == crc


def _messages(
    data: bytes, first: int, start: int, warnings: list[str]
) -> Iterator[tuple[bytes, int]]:
    """The whole records and the byte after each. `data` begins at byte `first`, a block's start.

    A damaged chunk costs the rest of its block and the record that it is part of.
    """
    pos, parts, size, opened = start, None, first + len(data), start
    while pos < size:
        room = BLOCK - pos % BLOCK
        if room < CHUNK_HEADER.size:
            pos += room
            continue
        opened = opened if parts is not None else pos
        if pos + CHUNK_HEADER.size > size:
            break
        crc, length, kind = CHUNK_HEADER.unpack_from(data, pos - first)
        begin = pos + CHUNK_HEADER.size - first
        end = begin + length
        fits = length + CHUNK_HEADER.size <= room and FULL <= kind <= LAST
        if fits and end > len(data):
            break
        if not fits or zlib.crc32(data[begin - 1 : end]) != crc:
            _warn(warnings, f"damaged data at byte {pos}, skipped to the next block")
            pos, parts = pos + room, None
            continue
        pos = end + first
        if parts is not None and kind in (FULL, FIRST):
            _warn(warnings, f"the record that begins at byte {opened} has no end; skipped")
        if kind == FULL:
            parts = None
            yield data[begin:end], pos
        elif kind == FIRST:
            parts, opened = [data[begin:end]], begin - CHUNK_HEADER.size + first
        elif parts is not None:
            parts.append(data[begin:end])
            if kind == LAST:
                yield b"".join(parts), pos
                parts = None
    if pos < size or parts is not None:
        _warn(warnings, f"{OPEN_END} that begins at byte {opened}; read up to there")
