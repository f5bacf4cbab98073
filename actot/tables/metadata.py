"""What the columns of a table say of its runs: name, state, group, tags, time of creation, and config."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from actot.foreign_text import legible, scrub
from actot.tables import config_files
from actot.tables.columns import FACTS, Rows, find, split, taken
from actot.tables.config_files import is_config, literal
from actot.tables.file_formats import iso_time
from actot.tables.table_reader import Table


def read(
    table: Table, rows: Rows
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[list[str]]]:
    """(facts, config, warnings) of each run, from the columns that say them."""
    facts: list[dict[str, Any]] = [{} for _ in rows.ids]
    configs: list[dict[str, Any]] = [{} for _ in rows.ids]
    warnings: list[list[str]] = [[] for _ in rows.ids]
    told = taken(table)
    for fact, names in FACTS.items():
        column = find(table, names)
        for run, value, _ in _last(table, column, rows) if column in told else ():
            known = _fact(fact, value)
            if known:
                facts[run][fact] = known
    for column in table.columns:
        if is_config(column):
            for run, value, varies in _last(table, column, rows):
                config_files.place(configs[run], column, literal(value))
                if varies:
                    warnings[run].append(
                        f"{legible(column)} changes within the run; its last value counts"
                    )
    return facts, configs, warnings


def _last(table: Table, column: str, rows: Rows) -> Iterator[tuple[int, Any, bool]]:
    """(run, its last value, whether it had another before)."""
    words = table.columns[column].words()
    runs = rows.runs[words.rows]
    for run, codes in split(runs[runs >= 0], words.codes[runs >= 0]):
        yield run, words.values[codes[-1]], bool((codes != codes[-1]).any())


def _fact(fact: str, value: Any) -> Any:
    if fact == "created":
        return _time(value)
    if fact != "tags":
        return str(value)
    if isinstance(value, str):
        listed = literal(value) if value[:1] == "[" else value
        value = listed if isinstance(listed, list) else [t.strip() for t in value.split(",")]
    return tuple(scrub(t) for t in (value if isinstance(value, list) else [value]) if str(t))


def _time(value: Any) -> str:
    if isinstance(value, int | float):
        # Milliseconds where seconds would lie beyond the year 5000.
        return iso_time(value / 1000 if abs(value) > 1e11 else value)
    try:
        moment = datetime.fromisoformat(str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""
