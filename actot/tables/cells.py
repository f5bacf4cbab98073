"""The cells of a column as numbers or as words. A cell is a number, a text or absent.

Columns know the rows that they stand on, so that sparse tables stay small.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actot.foreign_text import scrub
from actot.tables import marks

NUMBER = r"^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[nN]a[nN]|NAN|(?i:inf(?:inity)?))$"
NON_FINITE = {"nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
OF = r"^(?P<k>\d{1,9})\s*/\s*(?P<n>\d{1,9})$"
ABSENT, HERE, TEXT = 0, 1, 2
# values, state, k and n of every cell
Dense = tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]


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
        k, n = (None if one is None else one[here] for one in (k, n))
        return Numbers(self._rows(here), values[here], k, n, self._rows(text), example)

    def words(self) -> Words:
        """Every cell that is not blank, whatever it holds."""
        codes, values = _encoded(self.cells)
        here = np.flatnonzero(codes >= 0)
        return Words(self._rows(here), codes[here], values)

    def only(self, keep: np.ndarray) -> "Column":
        """The cells on the rows that are to be kept."""
        rows = np.arange(len(self.cells)) if self.rows is None else self.rows
        at = np.flatnonzero(keep[rows])
        if isinstance(self.cells, list):
            return Column([self.cells[i] for i in at], rows[at])
        return Column(self.cells.take(pa.array(at)), rows[at])

    def _rows(self, at: np.ndarray) -> np.ndarray:
        return at if self.rows is None else self.rows[at]


def _numbers(cells: pa.Array | list[Any]) -> Dense:
    """(values, state, k, n) of every cell."""
    if isinstance(cells, list):
        return _numbers_of_objects(cells)
    kind = cells.type
    if pa.types.is_dictionary(kind):
        codes = cells.indices.fill_null(0).to_numpy(zero_copy_only=False)
        if not len(cells.dictionary):
            return _none_of(len(cells))
        values, state, k, n = _numbers(cells.dictionary)
        k, n = (None if one is None else one[codes] for one in (k, n))
        return values[codes], np.where(_valid(cells), state[codes], ABSENT), k, n
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
        where = np.fromiter(texts, dtype=np.int64)
        plain = [scrub(t).strip() for t in texts.values()]
        v, s, k_of, n_of = _numbers_of_text(pa.array(plain, pa.string()))
        odd = np.array([t.lower() in NON_FINITE or "/" in t for t in plain])
        values[where], state[where] = v, np.where(odd, s, TEXT)
        if k_of is not None and n_of is not None:
            k, n = (np.full(len(cells), np.nan) for _ in range(2))
            k[where], n[where] = k_of, n_of
    return values, state, k, n


def _numbers_of_text(cells: pa.Array) -> Dense:
    """Trimmed texts: numbers, blanks, k of n, and the rest."""
    try:
        values = cells.cast(pa.float64()).fill_null(np.nan)
        return _dense(values), np.where(_valid(cells), HERE, ABSENT), None, None
    except pa.ArrowInvalid:
        number = pc.match_substring_regex(cells, NUMBER).fill_null(False)
    if not pc.all(number).as_py():
        cells = marks.unmarked(cells)
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
        text = pc.if_else(pa.array(_valid(found)), text, pa.scalar(None, text.type))
        yield text.cast(pa.float64()).fill_null(np.nan)


def _none_of(size: int) -> Dense:
    return np.full(size, np.nan), np.full(size, ABSENT), None, None


def _dense(cells: pa.Array) -> np.ndarray:
    return cells.to_numpy(zero_copy_only=False)


def _valid(cells: pa.Array) -> np.ndarray:
    return _dense(cells.is_valid())


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
    return scrub(value).strip() if isinstance(value, str) else value
