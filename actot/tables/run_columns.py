"""Which columns of a table tell its runs apart."""

from dataclasses import dataclass, replace

import numpy as np

from actot.errors import BadInput
from actot.tables.columns import find, shown
from actot.tables.config_files import is_config
from actot.tables.table_reader import Table
from actot.tables.vocabulary import NAME, RUN, is_seed, leaf_of

MOST_RUNS = 2_000
# A single value of these still names a run.
TELLING = ("run_id", "run", "_run", "id", "run_uuid", "wandb_id", "trial_id")


@dataclass(frozen=True)
class Runs:
    """The runs of a table: their ids, the run of each row (-1 for none), and the columns that say so.

    `names` are what the runs are called without their seeds.
    """

    ids: list[str]
    codes: np.ndarray
    columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def find_runs(table: Table, name: str, stem: str, wanted: str = "") -> Runs:
    """The runs by the wanted columns, else by one that is named so; else one called `stem`. Raises: BadInput."""
    if wanted:
        return runs_by(table, name, listed(table, name, wanted))
    for one in (*RUN, *NAME):
        column = find(table, (one,))
        if column is None or is_config(column):
            continue
        words = table.columns[column].words()
        count = len({str(v) for v in words.values})
        row_numbers = one == "id" and count == table.rows > 1
        # A name or an experiment that all rows share tells no runs apart.
        if not len(words.rows) or row_numbers or (one not in TELLING and count < 2):
            continue
        runs = runs_by(table, name, (column,))
        return replace(runs, names=_called(table, runs) or runs.names)
    return Runs([stem], np.zeros(table.rows, dtype=np.int64))


def _called(table: Table, runs: Runs) -> tuple[str, ...]:
    """What a column `run` beside the one of the ids calls the runs; empty where there is none, or it is not of one mind."""
    column = find(table, ("run",))
    if column is None or column in runs.columns or find(table, NAME):
        return ()
    pairs = set(zip(runs.codes.tolist(), texts_of(table, column), strict=True))
    names = {code: text for code, text in pairs if code >= 0 and text}
    is_sure = len(pairs) == len(names) == len(runs.ids)
    return tuple(names[code] for code in range(len(runs.ids))) if is_sure else ()


def runs_by(table: Table, name: str, columns: tuple[str, ...]) -> Runs:
    """The runs that the values of these columns tell apart. Raises: BadInput where there are too many."""
    texts = [texts_of(table, column) for column in columns]
    seen: dict[tuple[str, ...], int] = {}
    codes = np.full(table.rows, -1)
    for row, key in enumerate(zip(*texts, strict=True)) if len(columns) > 1 else ():
        if all(key):
            codes[row] = seen.setdefault(key, len(seen))
    if len(columns) == 1:
        codes, values = coded(table, columns[0])
        seen = {(value,): code for code, value in enumerate(values)}
    if len(seen) > MOST_RUNS:
        raise BadInput(
            f"{name}: column {' and '.join(columns)} names {len(seen)} runs, more than {MOST_RUNS}; if it holds no "
            "runs, give it another name"
        )
    lost = int((codes < 0).sum())
    said = (f"{lost} row(s) name no run in column {', '.join(columns)}; left out",) if lost else ()
    ids = ["/".join([key[0], *map(_named, columns[1:], key[1:])]) for key in seen]
    plain = [k for k, column in enumerate(columns) if k and not is_seed(column)]
    names = ("/".join([key[0], *(_named(columns[k], key[k]) for k in plain)]) for key in seen)
    return Runs(ids, codes, columns, said, tuple(names))


def coded(table: Table, column: str) -> tuple[np.ndarray, list[str]]:
    """(code of each row, -1 for a blank; what each code stands for as text)."""
    words = table.columns[column].words()
    values = list(dict.fromkeys(str(v) for v in words.values))
    code = {value: at for at, value in enumerate(values)}
    code_of = np.array([code[str(v)] for v in words.values], dtype=np.int64)
    codes = np.full(table.rows, -1)
    codes[words.rows] = code_of[words.codes]
    return codes, values


def texts_of(table: Table, column: str) -> list[str]:
    """The text of each row, "" for a blank."""
    codes, values = coded(table, column)
    return [values[code] if code >= 0 else "" for code in codes]


def _named(column: str, value: str) -> str:
    """`seed3` for a number, which alone would say nothing."""
    return f"{leaf_of(column)}{value}" if value[:1].isdigit() else value


def listed(table: Table, name: str, wanted: str) -> tuple[str, ...]:
    """The columns that `A,B` names; a column may have a comma in its name. Raises: BadInput."""
    names = (wanted,) if wanted in table.columns else tuple(n.strip() for n in wanted.split(","))
    for one in names:
        if one not in table.columns:
            raise BadInput(f"{name}: no column {one}; it has {shown(table)}")
    return names
