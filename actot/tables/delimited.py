"""The columns of delimiter-separated text: commas, tabs, semicolons or bars, the one that its header has most of.

Ragged rows are left out and counted; a semicolon makes a comma inside of a number a decimal comma.
"""

import csv
import io
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from actot.errors import BadInput
from actot.foreign_text import legible
from actot.tables.file_formats import Limits, check_shape, suffix

DECIMAL_COMMA = r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)$"


def read(
    name: str, data: bytes, limits: Limits, warnings: list[str]
) -> tuple[list[str], list[pa.Array]]:
    """(header, a column of text for each of its cells) of UTF-8. Raises: BadInput."""
    data = re.sub(rb"\A(?i:sep=[^\r\n]{0,3}[\r\n]+)?[\r\n]*", b"", data, count=1)
    # A header that is one long line without an end is no header.
    start = re.match(rb"[^\r\n]{0,4000000}", data)
    head = start.group().decode("utf-8", "ignore") if start else ""
    delimiter = _delimiter(name, head)
    width = head.count(delimiter) + 1
    lines = max(data.count(b"\n"), data.count(b"\r")) + 1
    check_shape(name, width if '"' not in head else 1, lines * width, limits)
    if data[-1:] not in b"\r\n":
        warnings.append("the last line has no line break; its last cell may be cut")
    try:
        header, cells, ragged = _by_arrow(name, data, delimiter, limits)
    except (pa.ArrowException, StopIteration, csv.Error):
        header, cells, ragged = _by_line(name, data.decode(), delimiter, limits)
    if ragged and not len(cells[0]):
        raise BadInput(
            f"{name}: its header has {len(header)} cells (the first is {legible(header[0], 30)!r}), no row has as "
            "many; check the delimiter"
        )
    if ragged:
        warnings.append(f"{ragged} row(s) have another number of cells than the header; left out")
    if delimiter == ";":
        cells = [pc.replace_substring_regex(c, DECIMAL_COMMA, r"\1.\2") for c in cells]
    return header, cells


def _delimiter(name: str, head: str) -> str:
    outside = re.sub(r'"[^"]*"', "", head)
    # On a tie the suffix decides.
    order = "\t,;|" if suffix(name)[:4].lower() == ".tsv" else ",;\t|"
    return max(order, key=outside.count)


def _by_arrow(
    name: str, data: bytes, delimiter: str, limits: Limits
) -> tuple[list[str], list[pa.Array], int]:
    """(header, columns of text, number of ragged rows). Raises: ArrowException where quotes do not close."""
    quoted = data.count(b'"')
    if quoted % 2:
        raise pa.ArrowInvalid("a quote that does not close")
    text = io.StringIO(data[:4_000_000].decode("utf-8", "ignore"), newline="")
    header = next(csv.reader(text, delimiter=delimiter))
    check_shape(name, len(header), 0, limits)
    ragged = 0

    def skip(_: Any) -> str:
        nonlocal ragged
        ragged += 1
        return "skip"

    found = arrow_csv.read_csv(
        pa.BufferReader(data),
        # The header is read as a row, so that two columns may have one name.
        arrow_csv.ReadOptions(autogenerate_column_names=True, block_size=8 << 20),
        arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=quoted > 0, invalid_row_handler=skip
        ),
        arrow_csv.ConvertOptions(
            column_types={f"f{i}": pa.string() for i in range(len(header))},
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )
    if found.num_columns != len(header):
        raise pa.ArrowInvalid("another header")
    return header, [c.combine_chunks() for c in found.slice(1).columns], ragged


def _by_line(
    name: str, text: str, delimiter: str, limits: Limits
) -> tuple[list[str], list[pa.Array], int]:
    """The same for a damaged file: every line on its own, so that a stray quote costs one line."""
    header: list[str] = []
    rows, ragged = [], 0
    for line in re.split(r"\r\n|\n|\r", text):
        if not line:
            continue
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            cells = []
        if not header:
            header = cells or [line[:100]]
            check_shape(name, len(header), 0, limits)
        elif len(cells) == len(header):
            rows.append(cells)
        else:
            ragged += 1
    columns = zip(*rows, strict=True) if rows else ([] for _ in header)
    return header, [pa.array([c or None for c in cells], pa.string()) for cells in columns], ragged
