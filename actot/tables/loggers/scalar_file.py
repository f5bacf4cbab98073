"""A file per metric: steps and values alone, with a header or without one; the metric is called after the file.

Read: TensorBoard's downloads (`run-NAME-tag-TAG.csv` with Wall time, Step and Value; a `/` of the tag stands as `_`),
TorchRL's CSV logger (`RUN/scalars/METRIC.csv`, no header).
"""

import re
from dataclasses import replace

import numpy as np

from actot.errors import BadInput
from actot.tables.cells import Column
from actot.tables.columns import find, whole_numbers
from actot.tables.loggers import Sheet
from actot.tables.run_folders import run_of
from actot.tables.table_reader import Table
from actot.tables.vocabulary import COARSE, STEPS, kind_of, leaf_of

ORDER = 20
DOWNLOAD = re.compile(r"(?i)run[-_](?P<run>.*?)[-_,]tag[-_](?P<tag>.+)")
SCALARS = "scalars"


def plain(sheet: Sheet) -> Sheet | None:
    """A step column and the metric. Raises: BadInput for a table without a header that has more columns."""
    table = _two_columns(sheet)
    if table is None:
        return None
    step, value, clock = table
    run, metric, home = _called(sheet, value)
    columns = {"_step": step, metric: sheet.table.columns[value]}
    if clock:
        columns["_timestamp"] = sheet.table.columns[clock]
    # Its folder holds the other metrics of the run.
    return replace(
        sheet,
        table=Table(sheet.table.rows, columns, {}, sheet.table.warnings),
        run=run,
        home=home,
        is_log=True,
        is_named=bool(DOWNLOAD.fullmatch(sheet.stem)),
    )


def _two_columns(sheet: Sheet) -> tuple[Column, str, str | None] | None:
    """(steps, column of values, column of times) of a table that holds no more; None for any other."""
    table = sheet.table
    if table.headless:
        return _headless(sheet)
    value = find(table, ("value",))
    clock = find(table, ("wall_time", "walltime"))
    steps = [c for c in table.columns if leaf_of(c) in (*STEPS, *COARSE)]
    if not value or len(steps) != 1 or len(table.columns) != 2 + bool(clock):
        return None
    return table.columns[steps[0]], value, clock


def _headless(sheet: Sheet) -> tuple[Column, str, None]:
    table = sheet.table
    names = list(table.columns)
    if len(names) == 2:
        steps, placed = whole_numbers(table, names[0])
        if (
            placed.mean() > 0.5 and (np.diff(steps[placed]) >= 0).mean() > 0.5
            if table.rows > 1
            else placed.all()
        ):
            return table.columns[names[0]], names[1], None
    raise BadInput(
        f"{sheet.name}: has no header, and is not a column of steps and one of values; write the names of its "
        f"{len(names)} columns on top, the step column as `step`"
    )


def _called(sheet: Sheet, value: str) -> tuple[str, str, int]:
    """(run, metric, how many folders are the run's)."""
    download = DOWNLOAD.fullmatch(sheet.stem)
    if download:
        return download["run"].strip("._-") or run_of(sheet.folders)[0], download["tag"], 0
    if SCALARS in sheet.folders:
        at = len(sheet.folders) - 1 - sheet.folders[::-1].index(SCALARS)
        run, home = run_of(sheet.folders[:at])
        return run, "/".join((*sheet.folders[at + 1 :], sheet.stem)), home
    if sheet.table.headless or kind_of(sheet.stem) == "metric":
        run, home = run_of(sheet.folders)
        return run, sheet.stem, home
    return "", value, 0
