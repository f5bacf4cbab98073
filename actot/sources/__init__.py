"""The shelf of sources, and the one way to read them. A source is a module with

- `LABEL`: what the picker calls it;
- `claims(where)`: whether this SOURCE text is meant for it;
- `list_runs(where, filters)`: the Listing, newest first; a source on a server asks it for less;
- `load(where, run_id, known)`: the Run with its whole history. `known` is what an earlier look found, or
  None: a source that can reads only the rest;
- `REMOTE = True` where it asks a server: its listing is kept for the time when that does not answer;
- `who()`, where sessions may have a key of their own: its fingerprint, "" for none.
"""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from socket import gethostname
from types import ModuleType
from typing import TypeVar
from uuid import uuid4

from actot import __version__
from actot.errors import ActotError, BadInput, NoWorkers, Refused, Unreachable
from actot.files import run_cache as disk
from actot.records import Listing, Run, RunInfo

AT_ONCE = 8  # a W&B client serves ten requests at a time
MOST_REMEMBERED = 1_000
STALE = "not up to date"
# What the last listing of a SOURCE was made by: asking every source again for each of its runs would walk folders.
_listed: dict[str, ModuleType] = {}
T = TypeVar("T")


@cache
def shelf() -> tuple[ModuleType, ...]:
    """Every source, by file name."""
    return tuple(import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__))


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
    source = _listed_by(where)
    remote = getattr(source, "REMOTE", False)
    try:
        found = source.list_runs(where, filters or {})
    except Refused:
        raise
    except Unreachable as e:
        kept = (
            disk.fetch_listing(folder, _kept_as(where)) if folder is not None and remote else None
        )
        if kept is None:
            raise
        return replace(kept[0], problems=(f"{e}; showing what was read {_ago(kept[1])}",))
    if folder is not None and remote and not filters:
        disk.store_listing(folder, _kept_as(where), found)
    return found


def _listed_by(where: str) -> ModuleType:
    """The source that lists this SOURCE now, remembered for the loading of its runs."""
    if len(_listed) >= MOST_REMEMBERED:
        _listed.clear()
    _listed[where] = find(where)
    return _listed[where]


def _known(where: str) -> ModuleType:
    """The source that listed this SOURCE last, or would."""
    return _listed.get(where) or find(where)


def load(
    where: str, run_id: str, *, revision: str | None = None, folder: Path | None = None
) -> Run:
    """One run with its whole history; from the cache where its revision is the listed one.

    Raises: BadInput, Unreachable.
    """
    known = None if folder is None else disk.fetch(folder, _kept_as(where), run_id)
    if known is not None and known.revision == revision:
        return known
    try:
        found = _known(where).load(where, run_id, known)
    except Refused:
        raise
    except Unreachable as e:
        if known is None:
            raise
        return replace(known, warnings=(*known.warnings, f"{STALE}: {e}"))
    if folder is not None and disk.store(folder, _kept_as(where), found):
        # The arrays of the file are the system's to take back, those that were read are not.
        return disk.fetch(folder, _kept_as(where), run_id) or found
    return found


def is_stale(run: Run) -> bool:
    """Whether the source did not answer, so that this is what an earlier look found."""
    return any(w.startswith(STALE) for w in run.warnings)


def _kept_as(where: str) -> str:
    """The SOURCE in the cache: what was read with a session's own key is for that key alone."""
    if "://" not in where:
        return where
    who = getattr(find(where), "who", str)()
    return f"{where}\0{who}" if who else where


def itself(run: Run) -> Run:
    """The run as it is."""
    return run


def load_all(
    where: str,
    infos: Sequence[RunInfo],
    folder: Path | None = None,
    done: Callable[[int], None] = lambda n: None,
    *,
    then: Callable[[Run], T] = itself,
    pool: Executor | None = None,
    needed: Collection[str] = (),
) -> tuple[list[T], list[str]]:
    """What `then` makes of the runs that can be read, in the order given, and a sentence for each other.

    `done` is told how many have been read. Without a `pool` this process reads, a source on a server several
    runs at once; a pool's processes read as `load_there` does, and `then` has to be picklable.
    Raises: NoWorkers; for a run whose id is `needed` what kept it from being read, named as `unread` does.
    """
    own = ThreadPoolExecutor(AT_ONCE if getattr(_known(where), "REMOTE", False) else 1)
    there = None if pool is None else partial(pool.submit, load_remote, remote_task(where, folder))
    found: dict[str, T] = {}
    problems = []
    waiting: dict[Future, RunInfo] = {}
    try:
        for i in infos:
            if there is not None:
                future = there(i.id, i.revision, then)
            else:
                work = partial(_load_then, then, where, i.id, revision=i.revision, folder=folder)
                # A user's own key lives in the context, which a thread does not inherit.
                future = own.submit(copy_context().run, work)
            waiting[future] = i
        for n, future in enumerate(as_completed(waiting), 1):
            info = waiting[future]
            try:
                found[info.id] = unwrap(future.result())
            except NoWorkers:
                raise
            except ActotError as e:
                if info.id in needed:
                    raise type(e)(unread(info.id, str(e))) from e
                problems.append(f"{info.id}: {e}")
            done(n)
    finally:
        own.shutdown(wait=False, cancel_futures=True)
        for future in waiting:
            future.cancel()
    return [found[i.id] for i in infos if i.id in found], problems


def unread(run_id: str, why: str) -> str:
    """The sentence for a run that is listed and asked for, and cannot be read."""
    return f"{run_id}: could not be read: {why}"


@dataclass(frozen=True)
class RemoteTask:
    """What a process elsewhere is told of a source. It holds no key: the process uses its own.

    `look` names one reading of many runs: each process looks at a folder anew once for it.
    """

    where: str
    kept: bool
    look: str
    version: str = __version__


def remote_task(where: str, folder: Path | None, look: str = "") -> RemoteTask:
    """An errand to a source; a folder is meant as this process sees it, relative or not."""
    if "://" not in where and where != "sample":
        where = os.path.abspath(os.path.expanduser(where))
    return RemoteTask(where, folder is not None, look or uuid4().hex)


def load_remote(
    task: RemoteTask, run_id: str, revision: str, then: Callable[[Run], T]
) -> T | ActotError:
    """`load` in a process elsewhere: with its own user's cache, and its own environment's W&B key.

    An ActotError is returned, not raised: it would come again in every retry.
    """
    try:
        if task.version != __version__:
            raise NoWorkers(
                f"the worker on {gethostname()} has actot {__version__}, not {task.version}; "
                "install the same there"
            )
        _look(task)
        folder = disk.default_folder() if task.kept else None
        return _load_then(then, task.where, run_id, revision=revision, folder=folder)
    except ActotError as e:
        return e


def unwrap(found: T | ActotError) -> T:
    """What `load_there` returned. Raises: what it did not."""
    if isinstance(found, ActotError):
        raise found
    return found


def _load_then(
    then: Callable[[Run], T], where: str, run_id: str, *, revision: str, folder: Path | None
) -> T:
    return then(load(where, run_id, revision=revision, folder=folder))


@lru_cache(maxsize=16)
def _look(task: RemoteTask) -> None:
    """What the sources remember of a folder is of the listing, which another process made."""
    try:
        source = _listed_by(task.where)
    except BadInput as e:
        raise NoWorkers(
            f"{task.where}: the worker on {gethostname()} does not see it; mount it there under "
            "the same path"
        ) from e
    if not getattr(source, "REMOTE", False):
        source.list_runs(task.where, {})


def _ago(then: datetime) -> str:
    """`3 h ago`."""
    seconds = (datetime.now(UTC) - then).total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"
