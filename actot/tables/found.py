"""The runs that a table held: from points to series, with the facts and the config that its columns say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from actot.errors import BadInput
from actot.records import Series, make_series
from actot.tables import metadata
from actot.tables.columns import Rows, shown
from actot.tables.file_formats import iso_time
from actot.tables.proportions import as_rates
from actot.tables.table_reader import Table


@dataclass(frozen=True)
class Found:
    """A run as one file holds it. `named`: the file itself says its id. `keys`: the keys of `series`.

    Absent: `home`, the folder that is the run's own, is "" where the file is; `last_step` is -1 without a point.
    """

    id: str
    named: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    home: str = ""
    last_step: int = -1


# run, key, steps, values
Points = Iterator[tuple[int, str, np.ndarray, np.ndarray]]
# What was left out of each run, by metric; known once the points have been read.
Texts = list[dict[str, str]]


def assembled(
    table: Table,
    name: str,
    rows: Rows,
    points: Points,
    texts: Texts,
    warnings: Sequence[str],
    configs: Sequence[Mapping[str, Any]] = (),
) -> tuple[Found, ...]:
    """The runs that have a point; `configs` goes under what the columns `config.PATH` say. Raises: BadInput."""
    series: list[dict[str, Series]] = [{} for _ in rows.ids]
    for run, key, steps, values in points:
        series[run][key] = make_series(key, steps, values)
    if not any(series):
        raise BadInput(f"{name}: holds steps but no column of numbers; found {shown(table)}")
    facts, columns, changed = metadata.read(table, rows)
    found = []
    for run, run_id in enumerate(rows.ids):
        own = facts[run]
        own["name"] = own.get("name") or (rows.names[run] if rows.names else run_id)
        own["state"] = str(own.get("state") or "finished").lower()
        clock = series[run].get("_timestamp")
        if not own.get("created") and clock is not None and len(clock.finite()):
            own["created"] = iso_time(float(clock.finite().values.min()))
        said = [*warnings, *texts[run].values(), *changed[run]]
        as_rates(series[run], said)
        config = {**(configs[run] if configs else {}), **columns[run]}
        ends = [int(s.steps[-1]) for s in series[run].values()]
        found.append(
            Found(
                run_id,
                rows.named,
                own,
                config,
                series[run],
                frozenset(series[run]),
                tuple(said),
                last_step=max(ends, default=-1),
            )
        )
    return tuple(f for f in found if f.keys)
