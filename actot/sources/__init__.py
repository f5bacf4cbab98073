"""The shelf of sources, and the one way to read them. A source is a module with

- `LABEL`: what the picker calls it;
- `claims(where)`: whether this SOURCE text is meant for it;
- `list_runs(where, filters)`: the Listing, newest first; a source on a server asks it for less;
- `load(where, run_id, known)`: the Run with its whole history. `known` is what an earlier look found, or
  None: a source that can reads only the rest;
- `REMOTE = True` where it asks a server: its listing is kept for the time when that does not answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from actot import cache
from actot.errors import ActotError, BadInput, Refused, Unreachable
from actot.records import Listing, Run, RunInfo

AT_ONCE = 8  # a W&B client serves ten requests at a time


def shelf() -> Iterator[ModuleType]:
    """Every source, by file name."""
    for module in iter_modules(__path__):
        yield import_module(f"{__name__}.{module.name}")


def find(where: str) -> ModuleType:
    """The source that reads this SOURCE text. Raises: BadInput where none does."""
    for source in shelf():
        if source.claims(where):
            return source
    raise BadInput(
        f"{where}: no such source; give `sample`, wandb://entity/project, a folder that holds W&B "
        "offline runs (run-ID.wandb files, at any depth), or exported tables (CSV, JSONL, Parquet)"
    )


def list_runs(
    where: str, filters: Mapping[str, str] | None = None, folder: Path | None = None
) -> Listing:
    """The runs of a source. `folder` is the cache, None for none. Raises: BadInput, Unreachable."""
    source = find(where)
    remote = getattr(source, "REMOTE", False)
    try:
        found = source.list_runs(where, filters or {})
    except Refused:
        raise
    except Unreachable as e:
        kept = cache.fetch_listing(folder, where) if folder is not None and remote else None
        if kept is None:
            raise
        return replace(kept[0], problems=(f"{e}; showing what was read {_ago(kept[1])}",))
    if folder is not None and remote and not filters:
        cache.store_listing(folder, where, found)
    return found


def load(
    where: str, run_id: str, *, revision: str | None = None, folder: Path | None = None
) -> Run:
    """One run with its whole history; from the cache where its revision is the listed one.

    Raises: BadInput, Unreachable.
    """
    known = None if folder is None else cache.fetch(folder, where, run_id)
    if known is not None and known.revision == revision:
        return known
    try:
        found = find(where).load(where, run_id, known)
    except Refused:
        raise
    except Unreachable as e:
        if known is None:
            raise
        return replace(known, warnings=(*known.warnings, f"not up to date: {e}"))
    if folder is not None:
        cache.store(folder, where, found)
    return found


def load_all(
    where: str,
    infos: Sequence[RunInfo],
    folder: Path | None = None,
    done: Callable[[int], None] = lambda n: None,
) -> tuple[list[Run], list[str]]:
    """The runs that can be read, in the order given, and a sentence for each that cannot.

    `done` is told how many have been read. A source on a server is asked for several at once.
    """
    at_once = AT_ONCE if getattr(find(where), "REMOTE", False) else 1
    found: dict[str, Run] = {}
    problems = []
    pool = ThreadPoolExecutor(at_once)
    try:
        waiting = {
            # A user's own key lives in the context, which a thread does not inherit.
            pool.submit(
                copy_context().run, partial(load, revision=i.revision, folder=folder), where, i.id
            ): i
            for i in infos
        }
        for n, future in enumerate(as_completed(waiting), 1):
            info = waiting[future]
            try:
                found[info.id] = future.result()
            except ActotError as e:
                problems.append(f"{info.id}: {e}")
            done(n)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [found[i.id] for i in infos if i.id in found], problems


def _ago(then: datetime) -> str:
    """`3 h ago`."""
    seconds = (datetime.now(UTC) - then).total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"
