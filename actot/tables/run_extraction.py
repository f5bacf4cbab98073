"""The runs of a table, whichever kind it is: a chart of W&B, a table of runs, or one of steps."""

from dataclasses import replace
from pathlib import PurePath

from actot.source_ref import Choice
from actot.tables import charts, loggers, runs_table, step_tables, table_reader, whole_dicts
from actot.tables.file_formats import Limits
from actot.tables.found import Found
from actot.tables.loggers import Sheet


def read(
    name: str, data: bytes, choice: Choice, limits: Limits, folders: tuple[str, ...] = ()
) -> tuple[Found, ...]:
    """The runs of a table; `folders` are those that it lies in, outermost first. Raises: BadInput."""
    table = whole_dicts.spread(table_reader.read(name, data, limits), name, limits)
    sheet = loggers.plain(Sheet(name, table, folders))
    table = sheet.table
    pairs = charts.charted(table)
    if pairs:
        return charts.read(table, name, pairs, choice.step)
    if sheet.is_log:
        found = step_tables.read(table, name, sheet.run, choice)
        home = str(PurePath(*sheet.folders[: sheet.home])) if sheet.home else ""
        if len(found) == 1 and found[0].named and found[0].facts["name"] == found[0].id:
            # An id that the log tells of itself is no name where its folder has one.
            return (replace(found[0], facts={**found[0].facts, "name": sheet.run}),)
        return tuple(f if f.named else replace(f, home=home, named=sheet.is_named) for f in found)
    if runs_table.claims(table, choice):
        return runs_table.read(table, name, choice)
    return step_tables.read(table, name, sheet.run, choice)
