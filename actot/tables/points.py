"""The points of the metrics of a table, by run: of a column per metric, or of a column of keys and one of values."""

from collections.abc import Iterator

import numpy as np

from actot.foreign_text import legible
from actot.tables.cells import Column, Numbers, Words
from actot.tables.columns import Rows, per_row, split
from actot.tables.found import Points, Texts
from actot.tables.table_reader import Table


def wide(metric: str, column: Column, rows: Rows, texts: Texts) -> Points:
    """The points of one metric."""
    found = column.numbers()
    if len(found.rows):
        _count_texts(metric, found, rows.runs, texts)
        for suffix, run, steps, values in _placed(found, rows, rows.runs):
            yield run, metric + suffix, steps, values


def long(column: Column, keys: Words, rows: Rows, table: Table, texts: Texts) -> Points:
    """The points of a column of values, by the column of keys."""
    found, size = column.numbers(), len(keys.values)
    _count_texts("value", found, rows.runs, texts)
    codes = rows.runs * size + per_row(table, keys)
    for suffix, code, steps, values in _placed(found, rows, codes):
        yield code // size, str(keys.values[code % size]) + suffix, steps, values


def _placed(
    found: Numbers, rows: Rows, codes: np.ndarray
) -> Iterator[tuple[str, int, np.ndarray, np.ndarray]]:
    """(suffix of the key, code, steps, values) of the numbers on rows that have a step."""
    for suffix, at, values in _parts(found):
        keep = rows.placed[at]
        at, values = at[keep], values[keep]
        for code, steps, some in split(codes[at], rows.steps[at], values):
            yield suffix, code, steps, some


def _parts(found: Numbers) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    yield "", found.rows, found.values
    for suffix, part in (("/k", found.k), ("/n", found.n)):
        if part is not None:
            here = np.isfinite(part)
            yield suffix, found.rows[here], part[here]


def _count_texts(metric: str, found: Numbers, runs: np.ndarray, texts: Texts) -> None:
    for run, count in zip(*np.unique(runs[found.rejected], return_counts=True), strict=True):
        if run >= 0:
            texts[run][metric] = (
                f"column {legible(metric)}: {count} cell(s) hold text (as {legible(found.example, 30)!r}); left out"
            )
