"""Tables with a column that says on which data a row was measured: train and val are metrics of their own, not runs."""

from dataclasses import replace

from actot.tables.columns import find, taken
from actot.tables.config_files import is_config
from actot.tables.run_columns import coded
from actot.tables.table_reader import Table
from actot.tables.vocabulary import COARSE, STEPS, is_time, kind_of, leaf_of

NAMES = ("split", "phase", "stage", "subset", "partition", "mode", "set")
VALUES = {"train", "training", "val", "valid", "validation", "eval", "evaluation", "dev", "test"}


def by_split(table: Table) -> Table:
    """The table with a column `SPLIT/METRIC` for each of its metrics and splits; as it is where it has none."""
    column = find(table, NAMES)
    if column is None or find(table, ("value",)):
        return table
    codes, values = coded(table, column)
    if len(values) < 2 or not {v.lower() for v in values} <= VALUES:
        return table
    columns, shared = {}, taken(table)
    for name, cells in table.columns.items():
        is_metric = kind_of(name) != "config" and not is_config(name) and not is_time(name)
        if name in shared or leaf_of(name) in (*STEPS, *COARSE) or not is_metric:
            columns[name] = cells
        elif name != column:
            columns |= {f"{v}/{name}": cells.only(codes == at) for at, v in enumerate(values)}
    return replace(table, columns=columns)
