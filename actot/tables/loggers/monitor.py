"""The monitor of Stable-Baselines3: a row an episode, with its reward `r`, its length `l` and its time `t`.

The step is the sum of the lengths so far.
"""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa

from actot.errors import BadInput
from actot.tables.cells import Column
from actot.tables.loggers import Sheet
from actot.tables.run_folders import run_of

ORDER = 10
NAME = re.compile(r"(?i)((?P<part>.+)\.)?monitor\.csv")
# Parts of one run; any other name in front is that of a run.
PART = re.compile(r"(?i)\d+|train|eval|test")


def plain(sheet: Sheet) -> Sheet | None:
    """A step for each episode, and the time as the run's."""
    name, columns = NAME.fullmatch(sheet.file), sheet.table.columns
    if not name or not {"r", "l"} <= columns.keys():
        return None
    lengths = columns["l"].numbers()
    if not len(lengths.rows):
        raise BadInput(f"{sheet.name}: column l holds no lengths of episodes; copy it again")
    steps = Column(pa.array(np.cumsum(np.nan_to_num(lengths.values))), lengths.rows)
    part = name["part"] or ""
    is_part = not part or PART.fullmatch(part)
    front = f"{part}/" if part and is_part else ""
    found = {("_runtime" if c == "t" else front + c): v for c, v in columns.items()}
    table = replace(sheet.table, columns={"_step": steps, **found})
    run, home = run_of(sheet.folders) if is_part else (part, 0)
    return replace(sheet, table=table, run=run, home=home, is_log=True, is_named=not is_part)
