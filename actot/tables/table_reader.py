"""The columns of a table file: CSV, TSV, JSON lines or Parquet, gzipped or not, read as far as it is whole.

What was skipped is counted in the warnings of the table.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from actot.errors import BadInput
from actot.foreign_text import scrub
from actot.tables import delimited, eval_info, json_rows, parquet_file, printed_log
from actot.tables.cells import Column
from actot.tables.file_formats import (
    SUFFIXES,
    UPLOAD,
    Limits,
    as_utf8,
    check_size,
    suffix,
    unpack,
)

# The index of a data frame is no metric.
UNNAMED = re.compile(r"(Unnamed: \d+|__index_level_\d+__)?")


@dataclass(frozen=True)
class Table:
    """The columns by name; the second column of a name is called `NAME#2`, and `again` says so.

    A headless table has no names: its columns are called `1`, `2`, ...
    """

    rows: int
    columns: Mapping[str, Column]
    again: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    headless: bool = False


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
    headless = False
    if data[:4] == b"PAR1" or kind == ".parquet":
        rows, header, columns = parquet_file.read(name, data, limits, warnings)
    else:
        data = as_utf8(name, data, warnings)
        if kind in (".jsonl", ".ndjson", ".json.txt"):
            rows, header, columns = json_rows.read_lines(name, data.decode(), limits, warnings)
        elif name.endswith(eval_info.FILE):
            item = eval_info.row(name, data.decode())
            rows, header, columns = json_rows.columns_of(name, [item], limits)
        elif kind == ".json":
            rows, header, columns = json_rows.trainer_state(name, data.decode(), limits)
        elif kind == ".txt":
            rows, header, columns = printed_log.read(name, data.decode(), limits, warnings)
        else:
            header, cells, headless = delimited.read(name, data, limits, warnings)
            rows, columns = len(cells[0]) if cells else 0, [Column(c) for c in cells]
    if not rows:
        raise BadInput(f"{name}: holds no row of data; export it again")
    return Table(rows, *_by_name(header, columns), tuple(warnings), headless)


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
