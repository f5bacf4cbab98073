"""The columns of a table file: CSV, TSV, JSON lines or Parquet, gzipped or not, read as far as it is whole.

What was skipped is counted in the warnings of the table.
"""

import json
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from actot.errors import BadInput
from actot.foreign_text import legible, scrub
from actot.tables import delimited
from actot.tables.cells import Column
from actot.tables.file_formats import (
    SUFFIXES,
    UPLOAD,
    Limits,
    as_utf8,
    check_shape,
    check_size,
    suffix,
    unpack,
)

DEEPEST = 40
# The index of a data frame is no metric.
UNNAMED = re.compile(r"(Unnamed: \d+|__index_level_\d+__)?")
# The errors that a damaged Parquet file is read with.
PARQUET_ERRORS = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError)


@dataclass(frozen=True)
class Table:
    """The columns by name; the second column of a name is called `NAME#2`, and `again` says so."""

    rows: int
    columns: Mapping[str, Column]
    again: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read(name: str, data: bytes, limits: Limits = UPLOAD) -> Table:
    """The table in a file. Raises: BadInput for a file that is none, or larger than the limits."""
    check_size(name, len(data), limits)
    warnings: list[str] = []
    data = unpack(name, data, limits, warnings)
    if data[:4] == b"PK\x03\x04":
        raise BadInput(f"{name}: a zip or Excel file, not a table; save the sheet as CSV")
    if not data.strip():
        raise BadInput(f"{name}: the file is empty; export it again")
    kind = suffix(name).lower().removesuffix(".gz")
    if not kind:
        raise BadInput(f"{name}: not a table that is read; give one of {', '.join(SUFFIXES)}")
    if data[:4] == b"PAR1" or kind == ".parquet":
        table = _parquet(name, data, limits, warnings)
    elif kind in (".jsonl", ".ndjson"):
        table = _json_lines(name, as_utf8(name, data, warnings).decode(), limits, warnings)
    else:
        table = _csv(name, as_utf8(name, data, warnings), limits, warnings)
    if not table.rows:
        raise BadInput(f"{name}: holds no row of data; export it again")
    return table


def _csv(name: str, data: bytes, limits: Limits, warnings: list[str]) -> Table:
    header, cells = delimited.read(name, data, limits, warnings)
    columns, again = _by_name(header, map(Column, cells))
    return Table(len(cells[0]) if cells else 0, columns, again, tuple(warnings))


def _json_lines(name: str, text: str, limits: Limits, warnings: list[str]) -> Table:
    found: dict[str, tuple[array, list[Any]]] = {}
    row, cells, broken, first = 0, 0, 0, 0
    for at, line in enumerate(_lines(text), 1):
        if not line or line.isspace():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            item = None
        if type(item) is not dict:
            broken, first = broken + 1, first or at
            continue
        if any(type(v) is dict for v in item.values()):
            item = dict(_dotted(item))
        for key, value in item.items():
            if value is not None:
                column = found.get(key)
                if column is None:
                    check_shape(name, len(found) + 1, cells, limits)
                    column = found[key] = (array("q"), [])
                column[0].append(row)
                column[1].append(value)
        row, cells = row + 1, cells + len(item)
        if cells > limits.cells:
            check_shape(name, 0, cells, limits)
    if broken and not row:
        raise BadInput(f"{name}: no line is a JSON object; expected one object per line")
    if broken:
        warnings.append(
            f"{broken} line(s) are no JSON objects (the first is line {first}); left out"
        )
    columns = [Column(c, np.array(rows, dtype=np.int64)) for rows, c in found.values()]
    return Table(row, *_by_name(found, columns), tuple(warnings))


def _lines(text: str) -> Iterator[str]:
    # Not splitlines: JSON may hold a bare U+2028 inside a text.
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _dotted(item: Mapping[str, Any], stem: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in item.items():
        if type(value) is dict and depth < DEEPEST:
            yield from _dotted(value, f"{stem}{key}.", depth + 1)
        else:
            yield stem + key, value


def _parquet(name: str, data: bytes, limits: Limits, warnings: list[str]) -> Table:
    try:
        meta = pq.read_metadata(pa.BufferReader(data))
        check_shape(name, meta.num_columns, meta.num_rows * meta.num_columns, limits)
        leaves = [meta.schema.column(i) for i in range(meta.num_columns)]
        # A text stays in its dictionary: a small file may repeat a long one a million times.
        texts = [c.path for c in leaves if c.logical_type.type == "STRING"]
        file = pq.ParquetFile(
            pa.BufferReader(data), read_dictionary=texts, page_checksum_verification=True
        )
        names = list(dict.fromkeys(file.schema_arrow.names))
        # A few bytes may say a list of a hundred million.
        lists = {c.path.split(".")[0] for c in leaves if c.max_repetition_level}
    except PARQUET_ERRORS as e:
        raise BadInput(
            f"{name}: not a whole Parquet file ({legible(e)}); copy or export it again"
        ) from e
    header, columns = [], []
    for top in names:
        if top in lists:
            warnings.append(f"column {legible(top)} holds lists; left out")
            continue
        try:
            for leaf, cells in _flat(file.read(columns=[top])):
                if len(cells) == meta.num_rows:
                    header.append(leaf)
                    columns.append(Column(cells))
        except (*PARQUET_ERRORS, MemoryError):
            warnings.append(f"column {legible(top)} is damaged; left out")
    if not columns:
        raise BadInput(f"{name}: no column of it can be read; copy or export it again")
    return Table(meta.num_rows, *_by_name(header, columns), tuple(warnings))


def _flat(table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    """The columns with the fields of structs dotted, dates as text."""
    for _ in range(DEEPEST):
        if not any(pa.types.is_struct(t) for t in table.schema.types):
            break
        table = table.flatten()
    for leaf, column in zip(table.column_names, table.columns, strict=True):
        cells = column.combine_chunks()
        if pa.types.is_timestamp(cells.type):
            cells = cells.cast(pa.timestamp("us"), safe=False).cast(pa.string())
        elif pa.types.is_temporal(cells.type) or pa.types.is_binary(cells.type):
            cells = cells.cast(pa.string())
        cells.validate(full=True)
        yield leaf, cells


def _by_name(
    header: Iterable[str], columns: Iterable[Column]
) -> tuple[dict[str, Column], dict[str, tuple[str, int]]]:
    found: dict[str, Column] = {}
    again: dict[str, tuple[str, int]] = {}
    times: dict[str, int] = {}
    for raw, column in zip(header, columns, strict=True):
        name = scrub(raw).strip()
        if UNNAMED.fullmatch(name):
            continue
        times[name] = times.get(name, 0) + 1
        unique = name
        if unique in found:
            while unique in found:
                unique = f"{name}#{times[name]}"
                times[name] += unique in found
            again[unique] = (name, times[name])
        found[unique] = column
    return found, again
