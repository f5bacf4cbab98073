"""The sidebar's filters, and how many of the runs that they let through are offered."""

from collections.abc import Sequence

import streamlit as st

from actot.output import messages
from actot.output.messages import texts
from actot.records import Listing, RunInfo
from actot.widgets import session_cache, wandb_key

# Every option is sent again whenever a pick changes; 5,000 of them in two pickers are 150 kB and more.
MOST_OFFERED = 300


def choose(listing: Listing, page: str, lang: str) -> list[RunInfo]:
    """Draw the filters; the runs that they let through, newest first."""
    infos = list(listing.runs)
    with st.expander(texts(lang).screen_filter):
        text = st.text_input(texts(lang).screen_name_or_id, key=f"text@{page}").lower()
        choices = {
            "Tag": sorted({tag for r in infos for tag in r.tags}),
            "Group": sorted({r.group for r in infos if r.group}),
            "State": sorted({r.state for r in infos}),
        }
        wanted = {
            name: st.multiselect(messages.screen(name, lang), options, key=f"{name.lower()}@{page}")
            for name, options in choices.items()
            if options
        }
        since = st.date_input(texts(lang).screen_since, value=None, key=f"since@{page}")
        found = [
            r
            for r in infos
            if (text in r.id.lower() or text in r.name.lower())
            and (not wanted.get("Tag") or set(wanted["Tag"]) & set(r.tags))
            and (not wanted.get("Group") or r.group in wanted["Group"])
            and (not wanted.get("State") or r.state in wanted["State"])
            and (since is None or r.created[:10] >= since.isoformat())
        ]
        shown = texts(lang).screen_n_of_of_runs_shown.format(n=len(found), of=len(infos))
        st.caption(shown)
        if st.button(
            texts(lang).screen_read_the_source_again, key=f"again@{page}", width="stretch"
        ):
            session_cache.forget(st.session_state.picks["source"], wandb_key.who())
            st.rerun()
        if st.button(texts(lang).screen_clear_the_cache, key=f"clear@{page}", width="stretch"):
            st.toast(texts(lang).screen_mb_mb_freed.format(mb=f"{session_cache.clear():.1f}"))
    return found


def offered(ids: Sequence[str], picked: Sequence[str], other: Sequence[str]) -> list[str]:
    """The options of a picker: what is picked, then the newest runs that the other one has not."""
    taken = {*picked, *other}
    return [*picked, *[i for i in ids if i not in taken][:MOST_OFFERED]]


def label(run: RunInfo) -> str:
    """`id · name (unfinished)`: enough to tell runs apart that are all called "act"."""
    label = run.id if run.id in run.name else f"{run.id} · {run.name}"
    return label + ("" if run.state == "finished" else f" ({run.state})")
