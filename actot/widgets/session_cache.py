"""Sources on screen: listed and loaded once, kept in bounded caches, with progress where it takes long."""

import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from actot import profile, sources, study
from actot.analysis import run_summary
from actot.analysis.run_summary import RunSummary
from actot.errors import ActotError, BadInput, NoWorkers, ServerDown
from actot.files import allowed_paths, run_cache
from actot.loading import parallel
from actot.loading.dask_executor import Workers
from actot.output.messages import Count, texts
from actot.profile_schema import Profile, Tail
from actot.records import Run, RunInfo, without_history
from actot.sources import Catalogue
from actot.study import Study

PATIENCE = 0.5  # s until a bar shows
CLUSTER = "ACTOT_CLUSTER"  # of the environment: the address of a Dask scheduler
WAITING = 64  # runs that are asked of its workers at once
PAUSE = 60  # s until a server that was given up is asked again for what no pick needs


@dataclass(frozen=True)
class Judging:
    """How the user wants runs judged; None is the profile's own."""

    profile_name: str
    metric: str | None
    direction: str | None
    value: str
    tail: Tail | None
    alone: bool

    def profile(self) -> Profile:
        """The chosen profile, with what else was chosen."""
        own = profile.load(self.profile_name)
        return replace(own, value=self.value, tail=self.tail or own.tail)


@st.cache_resource(max_entries=16, ttl=60, show_spinner=False)
def listing(source: str, who: str) -> Catalogue:
    """The runs of a source; read again after a minute or on request.

    `who` is a fingerprint of the session's own key: what one key may see is not shown to another.
    """
    return sources.list_runs(source, folder=run_cache.default_folder())


def _still(workers: Workers) -> bool:
    """Whether workers can be kept for the next look; others are let go."""
    if not workers.usable():
        workers.shutdown()
    return workers.usable()


@st.cache_resource(max_entries=4, show_spinner=False, validate=_still)
def cluster(address: str) -> Workers:
    """The workers of the scheduler there. Raises: NoWorkers."""
    try:
        return Workers(address)
    except BadInput as e:
        raise NoWorkers(f"{CLUSTER}: {e}") from e


def far(who: str) -> str:
    """The address of the cluster that reads, "" where this machine does.

    A session's own key is sent nowhere, and workers know no fence: what these open is read here.
    """
    return "" if who or allowed_paths.is_confined() else os.environ.get(CLUSTER, "")


@st.cache_resource(max_entries=4, show_spinner=False)
def _held(source: str, who: str) -> dict[str, dict[str, tuple[str, RunSummary]]]:
    """Every run of a source by profile and id: the listed revision, and its summary.

    One for all sessions with the same key. Arrays are read-only, and of a cached run the system's to take back.
    """
    return {}


@st.cache_resource(max_entries=4, show_spinner=False)
def _broken(source: str, who: str) -> dict[str, tuple[str, BadInput]]:
    """The runs that cannot be read, and why; tried again when the source is listed again on request."""
    return {}


@st.cache_resource(max_entries=4, show_spinner=False)
def _given_up(source: str, who: str) -> dict[str, float]:
    """Why the server was given up, and when."""
    return {}


@st.cache_resource(max_entries=2 * WAITING, show_spinner=False)
def _reading(
    source: str,
    run_id: str,
    revision: str,
    who: str,
    profile_name: str,
    _catalogue: Catalogue,
    _info: RunInfo,
) -> RunSummary:
    """One run as the profile reads it. Sessions that ask at the same time wait for the first one."""
    then = partial(run_summary.summarize, profile=profile.load(profile_name))
    if _info.is_empty:
        return then(without_history(_info))
    if workers := _workers(who):
        task = parallel.remote_task(_catalogue, run_id, revision, kept=True)
        return parallel.unwrap(workers.submit(parallel.load_remote, task, then).result())
    folder = run_cache.default_folder()
    return then(sources.load(_catalogue, run_id, revision=revision, folder=folder))


def _workers(who: str) -> Workers | None:
    """The cluster that reads for this session, if any. Raises: NoWorkers."""
    address = far(who)
    return cluster(address) if address else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _studied(
    source: str,
    stamp: str,
    runs: tuple[str, ...],
    baselines: tuple[str, ...],
    judging: Judging,
    anchor: str | None,
    who: str,
    unread: int,
    _found: Sequence[RunSummary],
) -> Study:
    chosen = judging.profile()
    if judging.tail is not None:
        _found = [run_summary.summarize(r.run, chosen) for r in _found]
    return study.study_summaries(
        _found,
        runs,
        baselines,
        chosen,
        source=source,
        metric=judging.metric,
        direction=judging.direction,
        anchor=anchor,
        alone=judging.alone,
        pool=_workers(who),
        unread=unread,
    )


def studied(
    source: str,
    found: Sequence[RunSummary],
    runs: tuple[str, ...],
    baselines: tuple[str, ...],
    judging: Judging,
    anchor: str | None,
    who: str,
    unread: int,
) -> Study:
    """The Study of these picks among these summaries; made once. Raises: BadInput, NoWorkers."""
    stamp = stamp_of(r.run for r in found)
    return _studied(source, stamp, runs, baselines, judging, anchor, who, unread, found)


def stamp_of(runs: Iterable[RunInfo]) -> str:
    """Equal for the same runs with as much of their histories: Streamlit takes long to make a key of thousands."""
    facts = (f"{r.id}\0{r.revision}\0{isinstance(r, Run) and len(r.series)}" for r in runs)
    known = "\0".join(facts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(known, digest_size=16).hexdigest()


def pending(
    catalogue: Catalogue, infos: Sequence[RunInfo], who: str, profile_name: str
) -> list[RunInfo]:
    """Those of the runs that were not read yet as they are listed."""
    source = catalogue.ref.text
    held, broken = _held(source, who).setdefault(profile_name, {}), _broken(source, who)
    tried = (*held.items(), *broken.items())
    seen = {(run_id, revision) for run_id, (revision, _) in tried}
    return [i for i in infos if (i.id, i.revision) not in seen]


def given_up(source: str, who: str) -> str:
    """Why the server was given up a short while ago, "" where it was not."""
    known = _given_up(source, who).items()
    return next((why for why, at in known if time.monotonic() - at < PAUSE), "")


def read_all(
    catalogue: Catalogue, infos: Sequence[RunInfo], lang: str, who: str, profile_name: str
) -> tuple[list[RunSummary], list[str]]:
    """Those of these runs that can be read, with a bar while it takes, and a sentence for each other.

    A server that is down ends it, with one sentence for what is left. Raises: NoWorkers.
    """
    source = catalogue.ref.text
    held, broken = _held(source, who).setdefault(profile_name, {}), _broken(source, who)
    for gone in set(held) - {i.id for i in catalogue.runs}:
        held.pop(gone, None)
    new = pending(catalogue, infos, who, profile_name)
    problems = _read(catalogue, new, lang, who, profile_name) if new else []
    # Other sessions go on adding and removing.
    known, never = dict(held), dict(broken)
    problems += [f"{i.id}: {never[i.id][1]}" for i in infos if i.id in never]
    return [known[i.id][1] for i in infos if i.id in known], problems


def _read(
    catalogue: Catalogue, infos: Sequence[RunInfo], lang: str, who: str, profile_name: str
) -> list[str]:
    """Read these runs into what is held; a sentence for each whose source did not answer."""
    source = catalogue.ref.text
    held, broken = _held(source, who).setdefault(profile_name, {}), _broken(source, who)
    slot, problems, start = st.empty(), [], time.monotonic()
    pool = ThreadPoolExecutor(WAITING if far(who) else parallel.AT_ONCE)
    try:
        # A session's own key lives in the context, which a thread does not inherit.
        waiting = {
            pool.submit(
                copy_context().run,
                _reading,
                source,
                i.id,
                i.revision,
                who,
                profile_name,
                catalogue,
                i,
            ): i
            for i in infos
        }
        for n, future in enumerate(as_completed(waiting), 1):
            info = waiting[future]
            try:
                held[info.id] = info.revision, future.result()
                broken.pop(info.id, None)
            except NoWorkers:
                raise
            except BadInput as e:
                held.pop(info.id, None)
                broken[info.id] = info.revision, e
            except ServerDown as e:
                _given_up(source, who)[str(e)] = time.monotonic()
                left = pending(catalogue, infos, who, profile_name)
                problems = [unread(str(e), len(left), lang)]
                break
            except ActotError as e:
                held.pop(info.id, None)
                problems.append(f"{info.id}: {e}")
            # What is quick needs no bar, which would move the page.
            if time.monotonic() - start > PATIENCE:
                text = texts(lang).screen_reading_n_of_of_runs.format(n=n, of=len(infos))
                slot.progress(n / len(infos), text)
    finally:
        # Also where a click ends the script: what has been read stays.
        pool.shutdown(wait=False, cancel_futures=True)
    slot.empty()
    return problems


def unread(why: str, n: int, lang: str) -> str:
    """That so many runs were not read, and why."""
    return texts(lang).screen_the_rest_was_not_read.format(why=why, n=Count(n))


def forget(source: str, who: str) -> None:
    """Ask the source again at the next look, also for what it could not give before."""
    listing.clear(source, who)
    _broken(source, who).clear()
    _given_up(source, who).clear()
    _reading.clear()
    for held in tuple(_held(source, who).values()):
        for run_id, (_, found) in tuple(held.items()):
            if sources.is_stale(found.run):
                held.pop(run_id, None)


def clear() -> float:
    """Remove what was kept of earlier looks; the megabytes that were freed."""
    for kept in (listing, _held, _broken, _given_up, _reading, _studied):
        kept.clear()
    return run_cache.clear(run_cache.default_folder()) / 1e6
