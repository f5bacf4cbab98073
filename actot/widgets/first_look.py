"""The runs beside the picked ones: read at once where they are few, else after a first verdict without them."""

from collections.abc import Sequence

import streamlit as st

from actot import profile
from actot.analysis import run_summary
from actot.analysis.relevant_runs import Selection
from actot.analysis.run_summary import RunSummary
from actot.loading.parallel import AT_ONCE
from actot.output.messages import Count, texts
from actot.records import RunInfo, without_history
from actot.sources import Catalogue
from actot.widgets import session_cache

SOON = 0.5  # s after the first verdict is drawn


def others(
    catalogue: Catalogue, chosen: Selection, lang: str, who: str, profile_name: str
) -> tuple[list[RunSummary], list[str]]:
    """The summaries of all but the picked runs, and a sentence for what could not be read.

    Where many are to be read, the first look at these picks takes them by their configs; the next one, which follows by
    itself, reads them. Raises: NoWorkers.
    """
    source = catalogue.ref.text
    new = session_cache.pending(catalogue, chosen.others, who, profile_name)
    look = (source, profile_name, tuple(r.id for r in chosen.picked))
    is_first = st.session_state.get("looked_at") != look
    st.session_state.looked_at = look
    why = session_cache.given_up(source, who)
    problems = [session_cache.unread(why, len(new), lang)] if why and new else []
    is_soon = not why and is_first and catalogue.ref.is_remote and len(new) > AT_ONCE
    if is_soon:
        st.session_state.is_drawn_first = True
        _read_on(len(new), lang)
    later = {i.id for i in new} if why or is_soon else set()
    wanted = [i for i in chosen.others if i.id not in later]
    found, more = session_cache.read_all(catalogue, wanted, lang, who, profile_name)
    left: list[RunInfo] = []
    if is_soon or session_cache.given_up(source, who):
        left = session_cache.pending(catalogue, chosen.others, who, profile_name)
    listed = (*chosen.listed, *left)
    known = _by_config(source, session_cache.stamp_of(listed), who, profile_name, listed)
    return [*found, *known], [*problems, *more]


@st.cache_resource(max_entries=4, show_spinner=False)
def _by_config(
    source: str, stamp: str, who: str, profile_name: str, _infos: Sequence[RunInfo]
) -> list[RunSummary]:
    """The summaries of runs as they are listed, without their histories."""
    chosen = profile.load(profile_name)
    return [run_summary.summarize(without_history(i), chosen) for i in _infos]


@st.fragment(run_every=SOON)
def _read_on(n: int, lang: str) -> None:
    """Say that so many runs are being read; once the page stands, draw it again with them."""
    if not st.session_state.pop("is_drawn_first", False):
        st.rerun()
    st.caption(texts(lang).screen_first_verdict.format(n=Count(n)))
