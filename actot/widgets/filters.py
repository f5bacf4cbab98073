"""The sidebar's filters, and how many of the runs that they let through are offered."""

from collections.abc import Sequence

import streamlit as st

from actot.records import Listing, RunInfo
from actot.widgets import session_cache, wandb_key
from actot.widgets.translations import t

# Every option is sent again whenever a pick changes; 5,000 of them in two pickers are 150 kB and more.
MOST_OFFERED = 300


def choose(listing: Listing, page: str, lang: str) -> list[RunInfo]:
    """Draw the filters; the runs that they let through, newest first."""
    infos = list(listing.runs)
    with st.expander(t("Filter", lang)):
        text = st.text_input(t("Name or id", lang), key=f"text@{page}").lower()
        choices = {
            "Tag": sorted({tag for r in infos for tag in r.tags}),
            "Group": sorted({r.group for r in infos if r.group}),
            "State": sorted({r.state for r in infos}),
        }
        wanted = {
            name: st.multiselect(t(name, lang), options, key=f"{name.lower()}@{page}")
            for name, options in choices.items()
            if options
        }
        since = st.date_input(t("Since", lang), value=None, key=f"since@{page}")
        found = [
            r
            for r in infos
            if (text in r.id.lower() or text in r.name.lower())
            and (not wanted.get("Tag") or set(wanted["Tag"]) & set(r.tags))
            and (not wanted.get("Group") or r.group in wanted["Group"])
            and (not wanted.get("State") or r.state in wanted["State"])
            and (since is None or r.created[:10] >= since.isoformat())
        ]
        shown = t("{n} of {of} runs shown", lang, n=len(found), of=len(infos))
        st.caption(shown)
        if st.button(t("Read the source again", lang), key=f"again@{page}", width="stretch"):
            session_cache.forget(st.session_state.picks["source"], wandb_key.who())
            st.rerun()
        if st.button(t("Clear the cache", lang), key=f"clear@{page}", width="stretch"):
            st.toast(t("{mb} MB freed", lang, mb=f"{session_cache.clear():.1f}"))
    return found


def offered(ids: Sequence[str], picked: Sequence[str], other: Sequence[str]) -> list[str]:
    """The options of a picker: what is picked, then the newest runs that the other one has not."""
    taken = {*picked, *other}
    return [*picked, *[i for i in ids if i not in taken][:MOST_OFFERED]]


def label(run: RunInfo) -> str:
    """`id · name (unfinished)`: enough to tell runs apart that are all called "act"."""
    label = run.id if run.id in run.name else f"{run.id} · {run.name}"
    return label + ("" if run.state == "finished" else f" ({run.state})")
