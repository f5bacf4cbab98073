"""Many runs at once: in threads of this process, or by a pool whose processes may be elsewhere."""

import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import TypeVar

from actot import __version__, sources
from actot.errors import ActotError, NoWorkers, ServerDown
from actot.files import run_cache
from actot.records import Run, RunInfo, without_history
from actot.sources import Catalogue

AT_ONCE = 8  # a W&B client serves ten requests at a time
T = TypeVar("T")


def itself(run: Run) -> Run:
    """The run as it is."""
    return run


def load_all(
    catalogue: Catalogue,
    infos: Sequence[RunInfo],
    folder: Path | None = None,
    done: Callable[[int], None] = lambda n: None,
    *,
    then: Callable[[Run], T],
    pool: Executor | None = None,
    needed: Collection[str] = (),
) -> tuple[list[T], list[str]]:
    """What `then` makes of the runs that can be read, in the order given, and a sentence for each other.

    `done` is told how many have been read. Without a `pool` this process reads, a source on a server several
    runs at once; a pool's processes read as `load_remote` does, and `then` has to be picklable.
    Raises: NoWorkers; ServerDown, whatever runs are left; for a run whose id is `needed` what kept it from
    being read, named as `unread` does.
    """
    own = ThreadPoolExecutor(AT_ONCE if catalogue.ref.is_remote else 1)
    found: dict[str, T] = {}
    problems = []
    waiting: dict[Future[T | ActotError], RunInfo] = {}
    try:
        for info in infos:
            if pool is None or info.is_empty:
                # A user's own key lives in the context, which a thread does not inherit.
                context = copy_context()
                future = own.submit(context.run, _load_here, catalogue, info, folder, then)
            else:
                task = remote_task(catalogue, info.id, info.revision, kept=folder is not None)
                future = pool.submit(load_remote, task, then)
            waiting[future] = info
        for n, future in enumerate(as_completed(waiting), 1):
            info = waiting[future]
            try:
                found[info.id] = unwrap(future.result())
            except NoWorkers:
                raise
            except ActotError as e:
                if info.id in needed:
                    raise type(e)(unread(info.id, str(e))) from e
                if isinstance(e, ServerDown):
                    raise ServerDown(stopped(str(e), len(found), len(infos))) from e
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


def stopped(why: str, n: int, of: int) -> str:
    """The sentence for a server that failed after `n` of `of` runs were read."""
    return f"{why}; {n} of {of} runs had been read"


def _load_here(
    catalogue: Catalogue, info: RunInfo, folder: Path | None, then: Callable[[Run], T]
) -> T | ActotError:
    if info.is_empty:
        return then(without_history(info))
    return then(sources.load(catalogue, info.id, revision=info.revision, folder=folder))


@dataclass(frozen=True)
class RemoteTask:
    """What a process elsewhere is told of one run. It holds no key: the process uses its own.

    `catalogue` is of this run alone, so that the process need not list the source again.
    """

    catalogue: Catalogue
    run_id: str
    revision: str
    kept: bool
    version: str = __version__


def remote_task(catalogue: Catalogue, run_id: str, revision: str, *, kept: bool) -> RemoteTask:
    """The task to load a run; a folder is meant as this process sees it."""
    return RemoteTask(catalogue.only(run_id), run_id, revision, kept)


def load_remote(task: RemoteTask, then: Callable[[Run], T]) -> T | ActotError:
    """`sources.load` in a process elsewhere: with its own user's cache, and its environment's W&B key.

    An ActotError is returned, not raised: it would come again in every retry.
    """
    try:
        _check(task)
        folder = run_cache.default_folder() if task.kept else None
        run = sources.load(task.catalogue, task.run_id, revision=task.revision, folder=folder)
        return then(run)
    except ActotError as e:
        return e


def unwrap(found: T | ActotError) -> T:
    """What `load_remote` returned. Raises: what it did not."""
    if isinstance(found, ActotError):
        raise found
    return found


def _check(task: RemoteTask) -> None:
    """Raises: NoWorkers where this process has another version, or does not see the folder."""
    if task.version != __version__:
        raise NoWorkers(
            f"the worker on {gethostname()} has actot {__version__}, not {task.version}; "
            "install the same there"
        )
    ref = task.catalogue.ref
    if ref.places and not any(map(os.path.exists, ref.places)):
        raise NoWorkers(
            f"{ref.path}: the worker on {gethostname()} does not see it; mount it there under "
            "the same path"
        )
