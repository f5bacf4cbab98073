"""The complete history of a run on a W&B server: what was exported, the live rows after it, each row once."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from actot.errors import BadInput, Unreachable
from actot.foreign_text import scrub_tree
from actot.records import Run, Series, Steps, Values, join_points
from actot.wandb_io import server_api
from actot.wandb_io.server_api import Link

ROWS = 25_000  # history rows in one answer, about
LONGEST = 2**31 - 1
MOST_PAGES, MOST_KEYS, MOST_CELLS = 1_000, 100_000, 400_000_000
STEPS = range(-(2**63), 2**63)
NON_FINITE = ("NaN", "Infinity", "-Infinity")

Columns = Mapping[str, tuple[Steps, Values]]


def of_run(name: str, variables: str, fields: str) -> str:
    """The text of a query for one run."""
    head = f"query {name}($entity: String!, $project: String!, $run: String!{variables})"
    return f"{head} {{ project(name: $project, entityName: $entity) {{ run(name: $run) {{ {fields} }} }} }}"


EXPORTS = "parquetHistory(liveKeys: $liveKeys) { parquetUrls liveData }"
LIVE_KEYS = {"liveKeys": ["_step"]}
BOUNDS = ", $minStep: Int64!, $maxStep: Int64!, $pageSize: Int!"
PAGE = "history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize)"
ROWS_BETWEEN = of_run("HistoryPage", BOUNDS, PAGE)


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
    link: Link, place: Mapping[str, str], now: Mapping[str, Any], exports: Mapping[str, Any]
) -> tuple[dict[str, Series], int]:
    """All series, from exports and the live rows after them, and the number of rows that arrived.

    `exports` is what the server answers to EXPORTS.
    """
    if now["last"] < 0:
        return {}, 0
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


def of_page(
    link: Link, place: Mapping[str, str], now: Mapping[str, Any], page: Iterable[str], end: int
) -> tuple[dict[str, Series], int]:
    """The same where nothing was exported, from the page of all steps before `end` and the rows since."""
    rows = _parsed(link, page)
    if now["last"] >= end:
        rows += _rows(link, place, end, now["last"] + 1, now["lines"])
    return _series([_columns(rows)]), len(rows)


def bounds(low: int, high: int, about: int) -> dict[str, int]:
    """The variables of a PAGE of the rows with low <= step < high, about so many.

    The server thins out what does not fit its page, so it has room for all rows of its steps, also where a
    step was recorded twice.
    """
    return {"minStep": low, "maxStep": high, "pageSize": min(high - low + about, LONGEST)}


def _rows(
    link: Link, place: Mapping[str, str], low: int, high: int, about: int
) -> Iterator[dict[str, Any]]:
    """The live rows with low <= step < high, about so many."""
    pages = min(-(-about // ROWS), MOST_PAGES)
    span = -(-(high - low) // max(pages, 1))
    for start in range(low, high, span):
        page = bounds(start, min(start + span, high), about)
        found = server_api.ask(link, ROWS_BETWEEN, {**place, **page}).get("project")
        if not found or not found["run"]:
            raise BadInput(f"{place['run']}: the run was deleted while it was read")
        yield from _parsed(link, found["run"]["history"] or ())


def _parsed(link: Link, page: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of a page. Raises: Unreachable."""
    try:
        texts = [*page]
        rows = _together(texts) or [_row(text) for text in texts]
        for row in rows:
            if row.get("_step") is not None and int(row["_step"]) not in STEPS:
                raise ValueError("a step that no 64 bits hold")
        return rows
    except (ValueError, OverflowError, RecursionError, TypeError, AttributeError):
        raise Unreachable(f"{link.host}: a row of the history is damaged; try again") from None


def _together(texts: Sequence[str]) -> list[dict[str, Any]] | None:
    """All rows as one JSON list, which is read faster; None where one of them needs a closer look."""
    whole = ",".join(texts)
    if not whole.isascii() or "\\u" in whole:
        return None
    try:
        rows = json.loads(f"[{whole}]")
    except ValueError:
        return None
    return rows if len(rows) == len(texts) else None


def _row(text: str) -> dict[str, Any]:
    """A history row. Raises: ValueError, TypeError, ... for what is none."""
    try:
        row = json.loads(text)
    except ValueError:
        # A whole number of thousands of digits is one that Python does not read, and becomes infinite.
        row = json.loads(text, parse_int=float)
    return scrub_tree(row)


def _columns(rows: Iterable[Mapping[str, Any]]) -> Columns:
    """The numbers of history rows by key; nested keys are joined by dots, anything else is left out."""
    found: dict[str, tuple[list[int], list[float]]] = {}

    def walk(node: Mapping[str, Any], stem: str, step: int) -> None:
        for key, value in node.items():
            kind = type(value)
            if kind is dict:
                if "_type" not in value:
                    walk(value, f"{stem}{key}.", step)
                continue
            if kind not in (float, int, bool) and value not in NON_FINITE:
                continue
            one = found.get(stem + key)
            if one is None:
                one = found[stem + key] = ([], [])
                if len(found) > MOST_KEYS:
                    raise BadInput(
                        f"the run has more than {MOST_KEYS} different keys; a step or a time in a key makes "
                        "each row a metric of its own: log it as a value"
                    )
            one[0].append(step)
            one[1].append(_float(value))

    for row in rows:
        if row.get("_step") is not None:
            walk(row, "", int(row["_step"]))
    found.pop("_step", None)
    return found


def _float(value: float | str) -> float:
    """The number; a whole one that is too large for a float becomes infinite, as it does offline."""
    try:
        return float(value)
    except OverflowError:
        return -math.inf if not isinstance(value, str) and value < 0 else math.inf


def _export(link: Link, url: str) -> tuple[tuple[float, int], int, Columns]:
    """(when its last row was logged, its last step), the number of rows, and the numbers of an export file."""
    import pyarrow as pa

    data = server_api.download(link, url)
    try:
        table = _table(data)
        steps = table["_step"].cast("int64").to_numpy()
        found = {scrub_tree(key): column for key, column in _numbers(table, steps).items()}
    except (pa.ArrowException, OSError, LookupError, ValueError, TypeError, OverflowError):
        raise Unreachable(f"{link.host}: an exported history is damaged; try again later") from None
    clock = found.get("_timestamp", ((), ()))[1]
    last = int(steps.max()) if len(steps) else -1
    return (float(max(clock)) if len(clock) else 0.0, last), len(steps), found


def _table(data: bytes) -> Any:
    """The columns of an export that may hold numbers: no lists, and texts in their dictionaries.

    A small file may say that a value or a text stands a million times.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    meta = pq.read_metadata(pa.BufferReader(data))
    if meta.num_rows * meta.num_columns > MOST_CELLS or meta.num_columns > MOST_KEYS:
        raise BadInput(
            f"an exported history has more than {MOST_CELLS / 1e6:.0f} million cells or {MOST_KEYS} keys; "
            "log less often, or fewer keys"
        )
    leaves = [meta.schema.column(i) for i in range(meta.num_columns)]
    single = [leaf for leaf in leaves if leaf.max_repetition_level == 0]
    texts = [leaf.path for leaf in single if leaf.logical_type.type == "STRING"]
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
    table = file.read(columns=[leaf.path for leaf in single])
    table.validate(full=True)
    if table["_step"].null_count:
        raise ValueError("rows without a step")
    return table


def _numbers(table: Any, steps: np.ndarray) -> Columns:
    import pyarrow.compute as pc
    from pyarrow import types

    found: dict[str, tuple[Steps, Values]] = {}

    def take(key: str, column: Any) -> None:
        if types.is_struct(column.type):
            names = [inner.name for inner in column.type]
            for name in [] if "_type" in names else names:
                take(f"{key}.{name}", pc.struct_field(column, name))
            return
        if types.is_dictionary(column.type):
            column = _words(column)
        elif not (types.is_integer(column.type) or types.is_floating(column.type)):
            return
        there = column.is_valid().to_numpy()
        if there.any():
            found[key] = (steps[there], column.drop_null().cast("float64", safe=False).to_numpy())

    for name in table.column_names:
        if name != "_step":
            take(name, table[name])
    return found


def _words(column: Any) -> Any:
    """A column of texts as numbers: NaN and Inf, null for any other."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = []
    for chunk in column.chunks:
        odd = pc.is_in(chunk.dictionary, value_set=pa.array(NON_FINITE, chunk.dictionary.type))
        parts.append(pc.if_else(odd, chunk.dictionary, None).cast("float64").take(chunk.indices))
    return pa.chunked_array(parts, pa.float64())


def _series(parts: Sequence[Columns]) -> dict[str, Series]:
    """The series of each key, the points of later parts after those of earlier ones."""
    keys = dict.fromkeys(key for part in parts for key in part)
    return {key: join_points(key, [part[key] for part in parts if key in part]) for key in keys}
