"""The columns of a table file: CSV, TSV, JSON lines or Parquet, gzipped or not, read as far as it is whole.

A cell is a number, a text or absent. Columns know the rows that they stand on, so that sparse tables
stay small. What was skipped is counted in the warnings of the table.
"""

import csv
import io
import json
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from actot.errors import BadInput

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
MOST_COLUMNS = 10_000
DEEPEST = 40
NUMBER = r"^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[nN]a[nN]|NAN|(?i:inf(?:inity)?))$"
NON_FINITE = {"nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
OF = r"^(?P<k>\d{1,9})\s*/\s*(?P<n>\d{1,9})$"
DECIMAL_COMMA = r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)$"
# The index of a data frame is no metric.
UNNAMED = re.compile(r"(Unnamed: \d+|__index_level_\d+__)?")
ABSENT, HERE, TEXT = 0, 1, 2
# What a damaged Parquet file does to its reader.
PARQUET_ERRORS = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError)


@dataclass(frozen=True)
class Limits:
    """Bytes of a file, bytes of what it unpacks to, and cells of its table."""

    file: int
    unpacked: int
    cells: int


DISK = Limits(1_000_000_000, 1_000_000_000, 400_000_000)
UPLOAD = Limits(50_000_000, 250_000_000, 50_000_000)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a column and their rows; `k` and `n` where cells read "17/20", the value is k/n.

    Absent: `k` and `n` are None without such a cell and NaN in the other cells; `rejected` are the
    rows of cells that hold another text, `example` is the first of these.
    """

    rows: np.ndarray
    values: np.ndarray
    k: np.ndarray | None
    n: np.ndarray | None
    rejected: np.ndarray
    example: str


@dataclass(frozen=True)
class Words:
    """The cells of a column as they stand: `values[codes[i]]` in row `rows[i]`."""

    rows: np.ndarray
    codes: np.ndarray
    values: list[Any]


@dataclass(frozen=True)
class Column:
    """The cells of a column; `rows` is None where there is one for every row."""

    cells: pa.Array | list[Any]
    rows: np.ndarray | None = None

    def numbers(self) -> Numbers:
        """The cells that are numbers."""
        values, state, k, n = _numbers(self.cells)
        here, text = np.flatnonzero(state == HERE), np.flatnonzero(state == TEXT)
        example = str(_plain(self.cells[int(text[0])])) if len(text) else ""
        kn = [None if one is None else one[here] for one in (k, n)]
        return Numbers(self._rows(here), values[here], *kn, self._rows(text), example)

    def words(self) -> Words:
        """Every cell that is not blank, whatever it holds."""
        codes, values = _encoded(self.cells)
        here = np.flatnonzero(codes >= 0)
        return Words(self._rows(here), codes[here], values)

    def _rows(self, at: np.ndarray) -> np.ndarray:
        return at if self.rows is None else self.rows[at]


@dataclass(frozen=True)
class Table:
    """The columns by name; the second column of a name is called `NAME#2`, and `again` says so."""

    rows: int
    columns: Mapping[str, Column]
    again: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def suffix(name: str) -> str:
    """The suffix of a table that we read, without `.gz`; "" for any other file."""
    plain = name.lower().removesuffix(".gz")
    found = next((s for s in SUFFIXES if plain.endswith(s)), "")
    return "" if found == ".parquet" and name.lower().endswith(".gz") else found


def read(name: str, data: bytes, limits: Limits = UPLOAD) -> Table:
    """The table in a file. Raises: BadInput for a file that is none, or larger than the limits."""
    check_size(name, len(data), limits)
    warnings: list[str] = []
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(name, data, limits, warnings)
    if data[:4] == b"PK\x03\x04":
        raise BadInput(f"{name}: a zip or Excel file, not a table; save the sheet as CSV")
    if not data.strip():
        raise BadInput(f"{name}: the file is empty; export it again")
    kind = suffix(name)
    if data[:4] == b"PAR1" or kind == ".parquet":
        table = _parquet(name, data, limits, warnings)
    elif kind in (".jsonl", ".ndjson"):
        table = _json_lines(name, _utf8(name, data, warnings).decode(), limits, warnings)
    else:
        table = _csv(name, _utf8(name, data, warnings), limits, warnings)
    if not table.rows:
        raise BadInput(f"{name}: holds no row of data; export it again")
    return table


def check_size(name: str, size: int, limits: Limits) -> None:
    """Raises: BadInput for a file that is too large to be read."""
    if size > limits.file:
        raise BadInput(
            f"{name}: {size / 1e6:.0f} MB, larger than the {limits.file / 1e6:.0f} MB that are read; "
            "export fewer runs or columns"
        )


def legible(text: object, most: int = 60) -> str:
    """A foreign text for a message: one line, not too long."""
    line = "".join(c if c.isprintable() else " " for c in str(text)).strip()
    return line if len(line) <= most else line[: most - 1] + "…"


def _unpacked(name: str, data: bytes, limits: Limits, warnings: list[str]) -> bytes:
    """What a gzip file holds, as far as it is whole, up to the last whole line."""
    parts, left = [], limits.unpacked
    while data:
        gz = zlib.decompressobj(wbits=31)
        damaged = False
        while not gz.eof and not damaged:
            try:
                part = gz.decompress(data, 1 << 20)
            except zlib.error:
                damaged = True
                break
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise BadInput(
                    f"{name}: unpacks to more than {limits.unpacked / 1e6:.0f} MB; export fewer runs"
                )
            data = gz.unconsumed_tail
            damaged = not part and not data and not gz.eof
        if damaged:
            warnings.append("the gzip file is cut or damaged; read up to there")
            text = b"".join(parts)
            return text[: text.rfind(b"\n") + 1]
        data = gz.unused_data.lstrip(b"\0")
        if data[:2] != b"\x1f\x8b":
            break
    return b"".join(parts)


def _utf8(name: str, data: bytes, warnings: list[str]) -> bytes:
    """The text as UTF-8 without a byte order mark."""
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
        warnings.append(f"{lost} letters are damaged; shown as �")
        return guess.encode()
    warnings.append("the text is not UTF-8; read as Latin-1")
    return data.decode("latin-1").encode()


def _csv(name: str, data: bytes, limits: Limits, warnings: list[str]) -> Table:
    data = re.sub(rb"\A(?i:sep=[^\r\n]{0,3}[\r\n]+)?[\r\n]*", b"", data, count=1)
    # A header that is one long line without an end is no header.
    head = re.match(rb"[^\r\n]{0,4000000}", data).group().decode("utf-8", "ignore")
    delimiter = _delimiter(name, head)
    width = head.count(delimiter) + 1
    lines = max(data.count(b"\n"), data.count(b"\r")) + 1
    _check_shape(name, width if '"' not in head else 1, lines * width, limits)
    if data[-1:] not in b"\r\n":
        warnings.append("the last line has no line break; its last cell may be cut")
    try:
        header, cells, ragged = _by_arrow(data, delimiter)
    except (pa.ArrowException, StopIteration, csv.Error):
        header, cells, ragged = _by_line(data.decode(), delimiter)
    _check_shape(name, len(header), 0, limits)
    rows = len(cells[0]) if cells else 0
    if ragged and not rows:
        raise BadInput(
            f"{name}: its header has {len(header)} cells (the first is {legible(header[0], 30)!r}), no row has as "
            "many; check the delimiter"
        )
    if ragged:
        warnings.append(f"{ragged} rows have another number of cells than the header; left out")
    if delimiter == ";":
        cells = [pc.replace_substring_regex(c, DECIMAL_COMMA, r"\1.\2") for c in cells]
    columns, again = _by_name(header, [Column(c) for c in cells])
    return Table(rows, columns, again, tuple(warnings))


def _delimiter(name: str, head: str) -> str:
    outside = re.sub(r'"[^"]*"', "", head)
    # On a tie the suffix decides.
    order = "\t,;|" if suffix(name) == ".tsv" else ",;\t|"
    return max(order, key=outside.count)


def _by_arrow(data: bytes, delimiter: str) -> tuple[list[str], list[pa.Array], int]:
    """(header, columns of text, number of ragged rows). Raises: ArrowException where quotes do not close."""
    quoted = data.count(b'"')
    if quoted % 2:
        raise pa.ArrowInvalid("a quote that does not close")
    text = io.StringIO(data[:4_000_000].decode("utf-8", "ignore"), newline="")
    header = next(csv.reader(text, delimiter=delimiter))
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


def _by_line(text: str, delimiter: str) -> tuple[list[str], list[pa.Array], int]:
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
        elif len(cells) == len(header):
            rows.append(cells)
        else:
            ragged += 1
    columns = zip(*rows, strict=True) if rows else ([] for _ in header)
    return header, [pa.array([c or None for c in cells], pa.string()) for cells in columns], ragged


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
                    _check_shape(name, len(found) + 1, cells, limits)
                    column = found[key] = (array("q"), [])
                column[0].append(row)
                column[1].append(value)
        row, cells = row + 1, cells + len(item)
        if cells > limits.cells:
            _check_shape(name, 0, cells, limits)
    if broken and not row:
        raise BadInput(f"{name}: no line is a JSON object; expected one object per line")
    if broken:
        warnings.append(f"{broken} lines are no JSON objects (the first is line {first}); left out")
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
        _check_shape(name, meta.num_columns, meta.num_rows * meta.num_columns, limits)
        leaves = [meta.schema.column(i) for i in range(meta.num_columns)]
        # A text stays in its dictionary: a small file may repeat a long one a million times.
        texts = [c.path for c in leaves if c.logical_type.type == "STRING"]
        file = pq.ParquetFile(
            pa.BufferReader(data), read_dictionary=texts, page_checksum_verification=True
        )
        names = list(dict.fromkeys(file.schema_arrow.names))
    except PARQUET_ERRORS as e:
        raise BadInput(
            f"{name}: not a whole Parquet file ({legible(e)}); copy or export it again"
        ) from e
    header, columns = [], []
    for top in names:
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


def _check_shape(name: str, columns: int, cells: int, limits: Limits) -> None:
    if columns > MOST_COLUMNS:
        raise BadInput(
            f"{name}: more than {MOST_COLUMNS} columns; export fewer, or a long table (step, key, value)"
        )
    if cells > limits.cells:
        raise BadInput(
            f"{name}: more than {limits.cells / 1e6:.0f} million cells; export fewer runs or columns"
        )


def _by_name(
    header: Iterable[str], columns: Iterable[Column]
) -> tuple[dict[str, Column], dict[str, tuple[str, int]]]:
    found: dict[str, Column] = {}
    again: dict[str, tuple[str, int]] = {}
    times: dict[str, int] = {}
    for raw, column in zip(header, columns, strict=True):
        name = _scrubbed(raw).strip()
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


Dense = tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]


def _numbers(cells: pa.Array | list[Any]) -> Dense:
    """(values, state, k, n) of every cell."""
    if isinstance(cells, list):
        return _numbers_of_objects(cells)
    kind = cells.type
    if pa.types.is_dictionary(kind):
        codes = cells.indices.fill_null(0).to_numpy(zero_copy_only=False)
        if not len(cells.dictionary):
            return _none_of(len(cells))
        values, state, k, n = (x if x is None else x[codes] for x in _numbers(cells.dictionary))
        return values, np.where(_valid(cells), state, ABSENT), k, n
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _numbers_of_text(pc.utf8_trim_whitespace(cells))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = cells.cast(pa.float64(), safe=False).fill_null(np.nan)
        return _dense(values), np.where(_valid(cells), HERE, ABSENT), None, None
    return _none_of(len(cells))


def _numbers_of_objects(cells: list[Any]) -> Dense:
    """JSON: a text is a number only where JSON has none for it (NaN, Inf), as W&B writes it."""
    kinds = set(map(type, cells))
    if kinds <= {float, int}:
        try:
            return np.array(cells, dtype=np.float64), np.full(len(cells), HERE), None, None
        except OverflowError:
            pass
    values, state, k, n = _none_of(len(cells))
    texts = {}
    for at, cell in enumerate(cells):
        if type(cell) in (float, int):
            try:
                values[at], state[at] = cell, HERE
            except OverflowError:
                values[at], state[at] = np.inf if cell > 0 else -np.inf, HERE
        elif type(cell) is str and cell.strip():
            texts[at] = cell
    if texts:
        at = np.fromiter(texts, dtype=np.int64)
        plain = [_scrubbed(t).strip() for t in texts.values()]
        v, s, k_of, n_of = _numbers_of_text(pa.array(plain, pa.string()))
        odd = np.array([t.lower() in NON_FINITE or "/" in t for t in plain])
        values[at], state[at] = v, np.where(odd, s, TEXT)
        if k_of is not None and n_of is not None:
            k, n = (np.full(len(cells), np.nan) for _ in range(2))
            k[at], n[at] = k_of, n_of
    return values, state, k, n


def _numbers_of_text(cells: pa.Array) -> Dense:
    """Trimmed texts: numbers, blanks, k of n, and the rest."""
    try:
        values = cells.cast(pa.float64()).fill_null(np.nan)
        return _dense(values), np.where(_valid(cells), HERE, ABSENT), None, None
    except pa.ArrowInvalid:
        number = pc.match_substring_regex(cells, NUMBER).fill_null(False)
    blank = ~_valid(cells) | _dense(pc.equal(cells, "").fill_null(True))
    none = pa.scalar(None, cells.type)
    values = _dense(pc.if_else(number, cells, none).cast(pa.float64()).fill_null(np.nan)).copy()
    state = np.where(blank, ABSENT, np.where(_dense(number), HERE, TEXT))
    k, n = (_dense(part) for part in _parts_of(cells))
    with np.errstate(invalid="ignore"):
        whole = (n > 0) & (k <= n)
    if not whole.any():
        return values, state, None, None
    values[whole], state[whole] = k[whole] / n[whole], HERE
    return values, state, np.where(whole, k, np.nan), np.where(whole, n, np.nan)


def _parts_of(cells: pa.Array) -> Iterator[pa.Array]:
    found = pc.extract_regex(cells, OF)
    for part in ("k", "n"):
        text = pc.struct_field(found, part)
        text = pc.if_else(_as_arrow(_valid(found)), text, pa.scalar(None, text.type))
        yield text.cast(pa.float64()).fill_null(np.nan)


def _none_of(size: int) -> Dense:
    return np.full(size, np.nan), np.full(size, ABSENT), None, None


def _dense(cells: pa.Array) -> np.ndarray:
    return cells.to_numpy(zero_copy_only=False)


def _valid(cells: pa.Array) -> np.ndarray:
    return _dense(cells.is_valid())


def _as_arrow(mask: np.ndarray) -> pa.Array:
    return pa.array(mask)


def _encoded(cells: pa.Array | list[Any]) -> tuple[np.ndarray, list[Any]]:
    """(code of each cell, values); -1 for a blank."""
    if not isinstance(cells, list):
        kind = cells.type
        if pa.types.is_floating(kind):
            whole = pc.equal(pc.floor(cells), cells)
            if pc.all(pc.and_(whole, pc.is_finite(cells))).as_py():
                # A data frame keeps whole numbers beside an empty cell as floats.
                cells = cells.cast(pa.int64(), safe=False)
        if not pa.types.is_dictionary(kind) and not pa.types.is_nested(kind):
            cells = cells.dictionary_encode()
        if not pa.types.is_dictionary(cells.type):
            cells = cells.to_pylist()
    if isinstance(cells, list):
        seen: dict[tuple[type, Any], int] = {}
        keys = (
            (type(c), json.dumps(c, default=str) if isinstance(c, list | dict) else c)
            for c in cells
        )
        codes = np.fromiter((seen.setdefault(key, len(seen)) for key in keys), np.int64, len(cells))
        at = dict(zip(reversed(codes.tolist()), reversed(range(len(cells))), strict=True))
        values = [_plain(cells[at[code]]) for code in range(len(seen))]
    else:
        codes = cells.indices.fill_null(-1).cast(pa.int64()).to_numpy(zero_copy_only=False)
        values = [_plain(v) for v in cells.dictionary]
    blank = [
        code for code, v in enumerate(values) if v is None or (isinstance(v, str) and not v.strip())
    ]
    return np.where(np.isin(codes, blank), -1, codes), values


def _plain(cell: Any) -> Any:
    """A cell as a Python value whose text can be written."""
    value = cell.as_py() if isinstance(cell, pa.Scalar) else cell
    return _scrubbed(value).strip() if isinstance(value, str) else value


def _scrubbed(text: str) -> str:
    # Half a surrogate pair, from JSON's escapes, can neither be printed nor stored.
    return text.encode("utf-8", "replace").decode()
