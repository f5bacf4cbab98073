"""The files that tables come in: their suffixes, sizes and revisions, and their bytes as text.

Compressed files are unpacked and texts decoded as far as they are whole; what was lost is said in `warnings`.
Nothing here loads Arrow.
"""

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from actot.errors import BadInput

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
# Files of one trainer that are no table by their suffix.
LOGS = (
    (r"(\A|/)(trainer_state|eval_info)\.json\Z", ".json"),
    (r"(\A|/logs/|\Alogs/)log\.txt\Z", ".txt"),
)
MOST_COLUMNS = 10_000
GZIP = b"\x1f\x8b"
MOST_MEMBERS, PIECE = (
    100_000,
    1 << 16,
)  # parts of a gzip file, and bytes of it that are unpacked at a time


@dataclass(frozen=True)
class Limits:
    """Bytes of a file, bytes of what it unpacks to, and cells of its table."""

    file: int
    unpacked: int
    cells: int


DISK = Limits(1_000_000_000, 1_000_000_000, 400_000_000)
UPLOAD = Limits(50_000_000, 250_000_000, 50_000_000)


def suffix(name: str) -> str:
    """The suffix of a table that is read, as it stands, `.gz` included; "" for any other file."""
    found = re.search(r"(?ia)(\.(csv|tsv|jsonl|ndjson)(\.gz)?|\.parquet|\.json\.txt)\Z", name)
    return found.group() if found else next((s for n, s in LOGS if re.search(n, name)), "")


def stem(name: str) -> str:
    """The name of a table without its suffix."""
    return name.removesuffix(suffix(name))


def revision(path: Path) -> str:
    """What changes with the file; "" where it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return ""
    return f"{stat.st_mtime_ns}-{stat.st_size}"


def iso_time(seconds: float) -> str:
    """A Unix time in ISO 8601; "" outside of the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""


def check_size(name: str, size: int, limits: Limits) -> None:
    """Raises: BadInput for a file that is too large to be read."""
    if size > limits.file:
        raise BadInput(
            f"{name}: {size / 1e6:.0f} MB, larger than the {limits.file / 1e6:.0f} MB that are read; "
            "export fewer runs or columns"
        )


def check_shape(name: str, columns: int, cells: int, limits: Limits) -> None:
    """Raises: BadInput for a table that has too many columns or cells."""
    if columns > MOST_COLUMNS:
        raise BadInput(
            f"{name}: more than {MOST_COLUMNS} columns; export fewer, or a long table (step, key, value)"
        )
    if cells > limits.cells:
        raise BadInput(
            f"{name}: more than {limits.cells / 1e6:.0f} million cells; export fewer runs or columns"
        )


def unpack(name: str, data: bytes, limits: Limits, warnings: list[str]) -> bytes:
    """What a gzip file holds; of a damaged one, up to its last whole line. Any other file as it is."""
    if data[:2] != GZIP:
        return data
    parts, left, pos, members = [], limits.unpacked, 0, 0
    # A file may be padded, and hold several members one behind the other.
    while data.startswith(GZIP, pos):
        gz = zlib.decompressobj(wbits=31)
        members += 1
        while not gz.eof:
            # No copy of all that is left: a file may be large, and of many small members.
            piece = data[pos : pos + PIECE]
            try:
                part = gz.decompress(piece, 1 << 20)
            except zlib.error:
                part = piece = b""
            pos += len(piece) - len(gz.unconsumed_tail) - len(gz.unused_data)
            parts.append(part)
            left -= len(part)
            if left < 0 or members > MOST_MEMBERS:
                what = f"{limits.unpacked / 1e6:.0f} MB" if left < 0 else f"{MOST_MEMBERS} parts"
                raise BadInput(f"{name}: unpacks to more than {what}; export fewer runs")
            if not (part or piece or gz.eof):
                warnings.append("the gzip file is cut or damaged; read up to there")
                text = b"".join(parts)
                return text[: text.rfind(b"\n") + 1]
        padding = re.compile(rb"\0*").match(data, pos)
        pos = padding.end() if padding else pos
    return b"".join(parts)


def as_utf8(name: str, data: bytes, warnings: list[str]) -> bytes:
    """The text as UTF-8 without a byte order mark. Raises: BadInput for binary data."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    head = data[:4096]
    if sum(b < 9 or 13 < b < 32 for b in head) > len(head) / 10:
        raise BadInput(f"{name}: binary data, not text; export the table as CSV, JSONL or Parquet")
    try:
        data.decode()
        return data
    except UnicodeDecodeError:
        guess = data.decode("utf-8", "replace")
    lost = guess.count("\ufffd")
    if len(guess) - len(guess.encode("ascii", "ignore")) > 2 * lost:
        warnings.append(f"{lost} letter(s) are damaged; shown as �")
        return guess.encode()
    warnings.append("the text is not UTF-8; read as Latin-1")
    return data.decode("latin-1").encode()
