"""The complete history of a run on a W&B server: what was exported, the live rows after it, each row once."""

import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from actot import wandb_api
from actot.errors import BadInput, Unreachable
from actot.records import Run, Series, join_points
from actot.wandb_api import Link

ROWS = 25_000  # history rows in one answer, about
LONGEST = 2**31 - 1
NON_FINITE = ("NaN", "Infinity", "-Infinity")

Columns = dict[str, tuple[Sequence[int] | np.ndarray, Sequence[float] | np.ndarray]]


def of_run(name: str, variables: str, fields: str) -> str:
    """The text of a query for one run."""
    head = f"query {name}($entity: String!, $project: String!, $run: String!{variables})"
    return f"{head} {{ project(name: $project, entityName: $entity) {{ run(name: $run) {{ {fields} }} }} }}"


EXPORTS = of_run(
    "RunParquetHistory",
    ", $liveKeys: [String!]!",
    "parquetHistory(liveKeys: $liveKeys) { parquetUrls liveData }",
).replace("$run", "$runName")
ROWS_BETWEEN = of_run(
    "HistoryPage",
    ", $minStep: Int64!, $maxStep: Int64!, $pageSize: Int!",
    "history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize)",
)


def grown(
    link: Link,
    place: Mapping[str, str],
    known: Run,
    then: Mapping[str, Any],
    now: Mapping[str, Any],
) -> dict[str, Series] | None:
    """The known series and what was logged since; None where earlier rows are not what they were."""
    more, ahead = now["lines"] - then["lines"], now["last"] - then["last"]
    if then["created"] != now["created"] or more < 0 or ahead < 0 or (more and not ahead):
        return None
    if not ahead:
        return dict(known.series)
    rows = list(_rows(link, place, then["last"] + 1, now["last"] + 1, max(more, 1)))
    if len(rows) < more:
        return None
    old: Columns = {key: (one.steps, one.values) for key, one in known.series.items()}
    return _series([old, _columns(rows)])


def whole(
    link: Link, place: Mapping[str, str], now: Mapping[str, Any]
) -> tuple[dict[str, Series], int]:
    """All series, from exports and the live rows after them, and the number of rows that arrived."""
    if now["last"] < 0:
        return {}, 0
    found = wandb_api.ask(link, EXPORTS, {**place, "liveKeys": ["_step"]}).get("project")
    exports = ((found or {}).get("run") or {}).get("parquetHistory") or {}
    parts = [_export(link, url) for url in exports.get("parquetUrls") or ()]
    # The order of the files is not that of their recording.
    parts.sort(key=lambda part: part[0])
    n = sum(rows for _, rows, _ in parts)
    # The rows since the exports; a live row may also stand between them, or again.
    low = max((at[1] for at, _, _ in parts), default=-1) + 1
    live = [int(row["_step"]) for row in exports.get("liveData") or ()]
    low, high = min([low, *live]), max([now["last"], *live])
    rows = list(_rows(link, place, low, high + 1, len(live) or now["lines"])) if low <= high else []
    return _series([*(columns for _, _, columns in parts), _columns(rows)]), n + len(rows)


def _rows(
    link: Link, place: Mapping[str, str], low: int, high: int, about: int
) -> Iterator[dict[str, Any]]:
    """The live rows with low <= step < high, about so many.

    The server thins out what does not fit its page, so every page has room for all rows of its steps, also
    where a step was recorded twice.
    """
    span = math.ceil((high - low) * ROWS / about) if about > ROWS else high - low
    span = min(max(span, 1), LONGEST)
    for start in range(low, high, span):
        bounds = {
            "minStep": start,
            "maxStep": min(start + span, high),
            "pageSize": min(span + about, LONGEST),
        }
        found = wandb_api.ask(link, ROWS_BETWEEN, {**place, **bounds}).get("project")
        if not found or not found["run"]:
            raise BadInput(f"{place['run']}: the run was deleted while it was read")
        try:
            # A whole number too large for a float becomes infinite, as it does offline.
            yield from [json.loads(row, parse_int=float) for row in found["run"]["history"] or ()]
        except ValueError:
            raise Unreachable(f"{link.host}: a row of the history is damaged; try again") from None


def _columns(rows: Iterable[Mapping[str, Any]]) -> Columns:
    """The numbers of history rows by key; nested keys are joined by dots, anything else is left out."""
    found: dict[str, tuple[list[int], list[float]]] = {}

    def walk(node: Mapping[str, Any], stem: str, step: int) -> None:
        for key, value in node.items():
            if isinstance(value, str) and value in NON_FINITE:
                value = float(value)
            if isinstance(value, dict) and "_type" not in value:
                walk(value, f"{stem}{key}.", step)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                steps, values = found.setdefault(stem + key, ([], []))
                steps.append(step)
                values.append(float(value))

    for row in rows:
        if row.get("_step") is not None:
            walk({k: v for k, v in row.items() if k != "_step"}, "", int(row["_step"]))
    return found


def _export(link: Link, url: str) -> tuple[tuple[float, int], int, Columns]:
    """(when its last row was logged, its last step), the number of rows, and the numbers of an export file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = wandb_api.download(link, url)
    try:
        table = pq.read_table(io.BytesIO(data))
        steps = table["_step"].to_numpy().astype(np.int64)
    except (pa.ArrowException, OSError, KeyError, ValueError):
        raise Unreachable(f"{link.host}: an exported history is damaged; try again later") from None
    found = _numbers(table, steps)
    clock = found.get("_timestamp", ((), ()))[1]
    last = int(steps.max()) if len(steps) else -1
    return (float(max(clock)) if len(clock) else 0.0, last), len(steps), found


def _numbers(table: Any, steps: np.ndarray) -> Columns:
    import pyarrow.compute as pc
    from pyarrow import types

    found: Columns = {}

    def take(key: str, column: Any) -> None:
        if types.is_struct(column.type):
            names = [inner.name for inner in column.type]
            for name in [] if "_type" in names else names:
                take(f"{key}.{name}", pc.struct_field(column, name))
            return
        if types.is_string(column.type) or types.is_large_string(column.type):
            odd = pc.is_in(column, value_set=_array(NON_FINITE))
            column = pc.if_else(odd, column, None).cast("float64")
        elif not (types.is_integer(column.type) or types.is_floating(column.type)):
            return
        there = column.is_valid().to_numpy()
        if there.any():
            found[key] = (steps[there], column.drop_null().cast("float64", safe=False).to_numpy())

    for name in table.column_names:
        if name != "_step":
            take(name, table[name])
    return found


def _array(values: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.array(values)


def _series(parts: Sequence[Columns]) -> dict[str, Series]:
    """The series of each key, the points of later parts after those of earlier ones."""
    keys = dict.fromkeys(key for part in parts for key in part)
    return {key: join_points(key, [part[key] for part in parts if key in part]) for key in keys}
