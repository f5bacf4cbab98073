"""Sources on screen: listed and loaded once, kept in bounded caches, with progress where it takes long."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass, replace

import streamlit as st

from actot import cache, profile, readings, sources, study
from actot.errors import ActotError
from actot.profile import Profile, Tail
from actot.readings import Reading
from actot.records import Listing, RunInfo
from actot.study import Study
from actot.widgets.words import t

PATIENCE = 0.5  # s until a bar shows


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


@st.cache_resource(max_entries=1000, show_spinner=False)
def reading(source: str, run_id: str, revision: str, who: str) -> Reading:
    """One run as the profile reads it; `revision` changes with the file. Arrays are read-only."""
    run = sources.load(source, run_id, revision=revision, folder=cache.default_folder())
    return readings.read(run, profile.load())


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
    found = [reading(source, run_id, revision, who) for run_id, revision in revisions]
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
    """
    slot, kept, problems, start = st.empty(), [], [], time.monotonic()
    pool = ThreadPoolExecutor(sources.AT_ONCE)
    try:
        # A session's own key lives in the context, which a thread does not inherit.
        waiting = {
            pool.submit(copy_context().run, reading, source, i.id, i.revision, who): i
            for i in infos
        }
        for n, future in enumerate(as_completed(waiting), 1):
            info = waiting[future]
            try:
                future.result()
                kept.append((info.id, info.revision))
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
