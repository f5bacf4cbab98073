"""The columns of delimiter-separated text: commas, tabs, semicolons or bars, the one that its header has most of.

Ragged rows are left out and counted; a semicolon makes a comma inside of a number a decimal comma. Comment lines on
top are skipped, a header that stands again is left out, and a first row of numbers is no header.
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
from actot.tables import marks
from actot.tables.file_formats import Limits, check_shape, suffix

NUMERIC = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?nan|[+-]?inf", re.I)
COMMENTS = re.compile(rb"(?:#[^\r\n]*(?:\r\n|\n|\r)[\r\n]*)+")


def read(
    name: str, data: bytes, limits: Limits, warnings: list[str]
) -> tuple[list[str], list[pa.Array], bool]:
    """(header, a column of text for each of its cells, whether the header is made up) of UTF-8. Raises: BadInput."""
    data = re.sub(rb"\A(?i:sep=[^\r\n]{0,3}[\r\n]+)?[\r\n]*", b"", data, count=1)
    data = _uncommented(data)
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
    cells, again = _without_headers(header, cells)
    if again:
        warnings.append(f"the header stands {again} time(s) more in between; left out")
    if delimiter == ";":
        cells = [marks.decimal_commas(c) for c in cells]
    if len(header) > 1 and all(NUMERIC.fullmatch(h.strip()) for h in header):
        first = [h.replace(",", ".") if delimiter == ";" else h for h in header]
        cells = [
            pa.concat_arrays([pa.array([h], c.type), c]) for h, c in zip(first, cells, strict=True)
        ]
        return [str(at) for at in range(1, len(header) + 1)], cells, True
    return header, cells, False


def _uncommented(data: bytes) -> bytes:
    """Without the comment lines on top; where the last of them is the header of what follows, that stays."""
    comments = COMMENTS.match(data)
    if not comments:
        return data
    rest = data[comments.end() :]
    last = re.split(rb"[\r\n]+", comments.group().strip())[-1].lstrip(b"# \t")
    first = re.split(rb"[\r\n]", rest[:4_000_000], maxsplit=1)[0]
    alike = [mark for mark in b",;\t|" if 0 < last.count(mark) == first.count(mark)]
    cells = re.split(rb"[,;\t|]", first)
    if (
        alike
        and not last.startswith(b"{")
        and all(NUMERIC.fullmatch(c.decode("latin-1").strip()) or not c.strip() for c in cells)
    ):
        return last + b"\n" + rest
    return rest


def _without_headers(header: list[str], cells: list[pa.Array]) -> tuple[list[pa.Array], int]:
    """(the columns, how many rows were the header once more): logs that were appended to hold it again."""
    if not cells or not len(cells[0]):
        return cells, 0
    same = pc.equal(cells[0], header[0]).fill_null(False)
    if not pc.any(same).as_py():
        return cells, 0
    for column, name in zip(cells[1:], header[1:], strict=True):
        same = pc.and_(same, pc.equal(column.fill_null(""), name))
    keep = pc.invert(same)
    return [c.filter(keep) for c in cells], pc.sum(same).as_py() or 0


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
