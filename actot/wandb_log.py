"""The binary file that the W&B client writes for one run: `run-ID.wandb` in, what it holds out.

A 7-byte header, then LevelDB log blocks of 32 KiB: every chunk carries a CRC32 over its type and
data, the chunks of a record joined are one record (see wandb_record.py).
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from actot.errors import BadInput
from actot.wandb_record import DECODING_ERRORS, RunFile, take

HEADER = b":W&B"
HEADER_SIZE = 7
BLOCK = 32 * 1024
CHUNK_HEADER = struct.Struct("<IHB")
OPEN_END = "the file ends in the middle of a record"
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
HEAD, TAIL = BLOCK, BLOCK // 4  # what a listing reads of a file, at least


def read(path: Path, *, start: int = 0) -> RunFile:
    """Everything whole in the file from byte `start` on; `warnings` say what was skipped, where.

    Raises: BadInput for a file that cannot be opened, is empty, or is no W&B run file.
    """
    first = start - start % BLOCK
    data = _bytes(path, first)
    if first == 0:
        _check_header(data, path)
    found = RunFile(end=start)
    for message, end in _messages(data, first, max(start, HEADER_SIZE), found.warnings):
        _take(message, found, history=True)
        found.end = end
    if not found.run_id and start == 0:
        raise BadInput(f"{path.name}: holds no whole run record; the file was cut at its beginning")
    return found


def read_ends(path: Path) -> RunFile:
    """The run record, the config and the end of the run, from the head and the tail of the file.

    Absent: the history; a config update in the middle of a long file.
    Raises: BadInput as `read`.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            size = os.fstat(file.fileno()).st_size
            begin = max(HEAD, (size - TAIL) // BLOCK * BLOCK)
            file.seek(begin)
            tail = file.read()
    except OSError as e:
        raise BadInput(f"{path.name}: cannot be read ({e.strerror}); check its permissions") from e
    _check_header(head, path)
    found = RunFile()
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
    for message, _ in _messages(data, first, max(first, HEADER_SIZE), warnings):
        _take(message, found, history=False)
    if whole:
        found.warnings += warnings


def _take(message: bytes, found: RunFile, *, history: bool) -> None:
    try:
        take(message, found, history=history)
    except DECODING_ERRORS:
        found.warnings.append("a record that passed its checksum could not be decoded; skipped")


def _bytes(path: Path, first: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(first)
            return file.read()
    except OSError as e:
        raise BadInput(f"{path.name}: cannot be read ({e.strerror}); check its permissions") from e


def _check_header(data: bytes, path: Path) -> None:
    if not data:
        raise BadInput(f"{path.name}: the file is empty; the run was killed before its first write")
    if not data.startswith(HEADER[: len(data)]):
        raise BadInput(f"{path.name}: not a W&B run file; expected run-ID.wandb as wandb writes it")


def _messages(
    data: bytes, first: int, start: int, warnings: list[str]
) -> Iterator[tuple[bytes, int]]:
    """The whole records and the byte after each. `data` begins at byte `first`, a block's start.

    A damaged chunk costs the rest of its block and the record that it is part of.
    """
    pos, parts, size = start, None, first + len(data)
    while pos < size:
        room = BLOCK - pos % BLOCK
        if room < CHUNK_HEADER.size:
            pos += room
            continue
        if pos + CHUNK_HEADER.size > size:
            warnings.append(f"{OPEN_END} (byte {size})")
            return
        crc, length, kind = CHUNK_HEADER.unpack_from(data, pos - first)
        begin = pos + CHUNK_HEADER.size - first
        end = begin + length
        fits = length + CHUNK_HEADER.size <= room and FULL <= kind <= LAST
        if fits and end > len(data):
            warnings.append(f"{OPEN_END} (byte {size})")
            return
        if not fits or zlib.crc32(data[begin - 1 : end]) != crc:
            warnings.append(f"damaged data at byte {pos}, skipped to the next block")
            pos, parts = pos + room, None
            continue
        pos = end + first
        if kind == FULL:
            parts = None
            yield data[begin:end], pos
        elif kind == FIRST:
            parts = [data[begin:end]]
        elif parts is not None:
            parts.append(data[begin:end])
            if kind == LAST:
                yield b"".join(parts), pos
                parts = None
    if parts is not None:
        warnings.append(f"{OPEN_END} (byte {size})")
