"""Sources on screen: listed and loaded once, kept in bounded caches, with progress where it takes long."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

import streamlit as st

from actot import cache, fence, profile, readings, sources, study
from actot.cluster import Workers
from actot.errors import ActotError, BadInput, NoWorkers
from actot.profile import Profile, Tail
from actot.readings import Reading
from actot.records import Listing, RunInfo
from actot.study import Study
from actot.widgets.words import t

PATIENCE = 0.5  # s until a bar shows
CLUSTER = "ACTOT_CLUSTER"  # of the environment: the address of a Dask scheduler
WAITING = 64  # runs that are asked of its workers at once


@dataclass(frozen=True)
class Judging:
    """How the user wants runs judged; None is the profile's own."""

    metric: str | None
    value: str
    tail: Tail | None

    def profile(self) -> Profile:
        """The app's profile with what was chosen."""
        own = profile.load()
        return replace(own, value=self.value, tail=self.tail or own.tail)


@st.cache_resource(max_entries=16, ttl=60, show_spinner=False)
def listing(source: str, who: str) -> Listing:
    """The runs of a source; read again after a minute or on request.

    `who` is a fingerprint of the session's own key: what one key may see is not shown to another.
    """
    return sources.list_runs(source, folder=cache.default_folder())


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
    return "" if who or fence.is_confined() else os.environ.get(CLUSTER, "")


@st.cache_resource(max_entries=1000, show_spinner=False)
def reading(source: str, run_id: str, revision: str, who: str, _look: str = "") -> Reading:
    """One run as the profile reads it; `revision` changes with the file. Arrays are read-only.

    `_look` is the same for all runs that are read at a time.
    """
    folder, then = cache.default_folder(), partial(readings.read, profile=profile.load())
    if address := far(who):
        there = sources.errand(source, folder, _look)
        future = cluster(address).submit(sources.load_there, there, run_id, revision, then)
        return sources.arrived(future.result())
    return then(sources.load(source, run_id, revision=revision, folder=folder))


@st.cache_resource(max_entries=64, show_spinner=False)
def studied(
    source: str,
    revisions: tuple[tuple[str, str], ...],
    runs: tuple[str, ...],
    baselines: tuple[str, ...],
    judging: Judging,
    anchor: str | None,
    who: str,
) -> Study:
    """The Study of these picks."""
    look = uuid4().hex
    found = [reading(source, run_id, revision, who, look) for run_id, revision in revisions]
    chosen = judging.profile()
    if judging.tail is not None:
        found = [readings.read(r.run, chosen) for r in found]
    return study.examine(
        found, runs, baselines, chosen, source=source, metric=judging.metric, anchor=anchor
    )


def read_all(
    source: str, infos: Sequence[RunInfo], lang: str, who: str
) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Load every run into the cache, with a bar while it takes.

    Returns the ids and revisions of those that can be read, and a sentence for each other.
    Raises: NoWorkers.
    """
    slot, kept, problems, start = st.empty(), [], [], time.monotonic()
    look, pool = uuid4().hex, ThreadPoolExecutor(WAITING if far(who) else sources.AT_ONCE)
    try:
        # A session's own key lives in the context, which a thread does not inherit.
        waiting = {
            pool.submit(copy_context().run, reading, source, i.id, i.revision, who, look): i
            for i in infos
        }
        for n, future in enumerate(as_completed(waiting), 1):
            info = waiting[future]
            try:
                future.result()
                kept.append((info.id, info.revision))
            except NoWorkers:
                raise
            except ActotError as e:
                problems.append(f"{info.id}: {e}")
            # What is quick needs no bar, which would move the page.
            if time.monotonic() - start > PATIENCE:
                text = t("Reading {n} of {of} runs", lang, n=n, of=len(infos))
                slot.progress(n / len(infos), text)
    finally:
        # Also where a click ends the script: what has been read stays in the cache.
        pool.shutdown(wait=False, cancel_futures=True)
    slot.empty()
    return tuple(sorted(kept)), problems


def forget() -> None:
    """Read the sources again at the next look."""
    listing.clear()


def clear() -> float:
    """Remove what was kept of earlier looks; the megabytes that were freed."""
    listing.clear()
    reading.clear()
    studied.clear()
    return cache.clear(cache.default_folder()) / 1e6
