"""Sources on screen: listed and loaded once, kept in bounded caches, with progress where it takes long."""

from collections.abc import Sequence

import streamlit as st

from actot import profile, readings, sources, study
from actot.profile import Profile
from actot.readings import Reading
from actot.records import Listing, RunInfo
from actot.study import Study
from actot.widgets.words import t


@st.cache_resource(max_entries=16, ttl=60, show_spinner=False)
def listing(source: str) -> Listing:
    """The runs of a source; read again after a minute or on request."""
    return sources.list_runs(source)


@st.cache_resource(max_entries=1000, show_spinner=False)
def reading(source: str, run_id: str, revision: str) -> Reading:
    """One run as the profile reads it; `revision` changes with the file. Arrays are read-only."""
    return readings.read(sources.load(source, run_id), chosen_profile())


@st.cache_resource(max_entries=64, show_spinner=False)
def studied(
    source: str,
    revisions: tuple[tuple[str, str], ...],
    runs: tuple[str, ...],
    baselines: tuple[str, ...],
    metric: str | None,
    anchor: str | None,
) -> Study:
    """The Study of these picks."""
    found = [reading(source, run_id, revision) for run_id, revision in revisions]
    return study.examine(
        found, runs, baselines, chosen_profile(), source=source, metric=metric, anchor=anchor
    )


def chosen_profile() -> Profile:
    """The profile of the app."""
    return profile.load()


def read_all(source: str, infos: Sequence[RunInfo], lang: str) -> tuple[tuple[str, str], ...]:
    """Load every run into the cache, with a bar while it takes; their ids and revisions."""
    slot = st.empty()
    for n, info in enumerate(infos, 1):
        if n % 5 == 1:
            slot.progress(n / len(infos), t("Reading {n} of {of} runs", lang, n=n, of=len(infos)))
        reading(source, info.id, info.revision)
    slot.empty()
    return tuple((info.id, info.revision) for info in infos)


def forget() -> None:
    """Read the sources again at the next look."""
    listing.clear()
