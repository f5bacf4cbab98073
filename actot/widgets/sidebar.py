"""The sidebar: source, filters, runs, baselines, language. Picks live in the session and the URL.

Widgets have keys of their own on each page; the picks stand in one dict that survives page changes and
is written to the URL, so that a link opens the same view on a fresh server.
"""

from typing import Any
from urllib.parse import unquote

import streamlit as st

from actot.analysis.picking import MOST_PICKED
from actot.output import messages
from actot.output.messages import texts
from actot.records import Listing
from actot.source_ref import SourceRef
from actot.widgets import filters, recent_sources
from actot.widgets.escaping import plain

DEFAULTS: dict[str, Any] = {
    "source": "sample",
    "runs": [],
    "base": [],
    "profile": "",
    "metric": "",
    "direction": "",
    "value": "tail_mean",
    "tail": "",
    "alone": "",
    "show": [],
    "at": "",
    "smooth": "2",
    "axis": "step",
    "log": "",
    "view": "curves",
    "anchor": "",
    "edits": [],
    "screen": "",
    "plan": "",
    "recipes": "",
    "sections": [],
    "note": "",
    "time": "",
    "lang": "",
}
SAMPLE = {"runs": ["lr20x", "lr30x", "lr25x"], "base": ["base_a_s1", "base_b_s1"]}
MOST = MOST_PICKED + 1
LISTS = ("runs", "base", "show", "sections", "edits")


def restore(page: str) -> dict[str, Any]:
    """The picks of this session; a link, or going back to a page, brings those of its URL."""
    state = st.session_state
    if "picks" not in state or (state.get("page") != page and st.query_params):
        state.picks = _from_url(state.get("picks"))
        for key in [k for k in state if "@" in str(k)]:
            del state[key]
    state.page = page
    return state.picks


def remember(name: str, value: Any) -> None:
    """Keep one more pick of a page in the session and the URL."""
    st.session_state.picks[name] = value
    write_url()


def link(**changes: Any) -> dict[str, str]:
    """The picks that differ from the defaults, some of them changed, as query parameters."""
    return {
        name: ",".join(map(_in_list, value)) if isinstance(value, list) else str(value)
        for name, value in {**st.session_state.picks, **changes}.items()
        if value != DEFAULTS.get(name) and value not in ("", [], None)
    }


def write_url() -> None:
    """The picks in the address."""
    query = link()
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def _in_list(value: str) -> str:
    """An item of a list with commas, which may hold some of its own."""
    return value.replace("%", "%25").replace(",", "%2C")


def _from_url(known: dict[str, Any] | None) -> dict[str, Any]:
    picks = dict(known or DEFAULTS)
    query = st.query_params.to_dict()
    for name, text in query.items():
        if name in DEFAULTS:
            # A link may name thousands: a page is asked for no more than what can be judged, and says so.
            listed = [unquote(v) for v in text.split(",") if v][:MOST]
            picks[name] = listed if name in LISTS else text
    if not query and known is None:
        picks |= SAMPLE
    if picks["lang"] not in messages.LANGUAGES:
        picks["lang"] = "zh" if (st.context.locale or "").startswith("zh") else "en"
    return picks


def widget(draw: Any, label: str, name: str, page: str, options: list[Any], **more: Any) -> Any:
    """A widget that shows a pick and changes it; values that are no option any more are dropped."""
    picks, key = st.session_state.picks, f"{name}@{page}"
    value = picks.get(name)
    if isinstance(value, list):
        value = [v for v in value if v in options]
    elif value not in options:
        value = options[0]
    if st.session_state.get(key) is None:
        st.session_state[key] = value
    drawn = draw(label, options, key=key, **more)
    # A control that the browser has not filled yet comes back empty, one whose options were just renamed with
    # an old name: the pick stands.
    is_stale = isinstance(drawn, str) and drawn not in options and "accept_new_options" not in more
    picks[name] = value if drawn is None or is_stale else drawn
    return picks[name]


def toggle(label: str, name: str, page: str, **more: Any) -> bool:
    """A switch that shows a pick and changes it; on is "1" in the address."""
    picks, key = st.session_state.picks, f"{name}@{page}"
    if key not in st.session_state:
        st.session_state[key] = picks[name] == "1"
    picks[name] = "1" if st.toggle(label, key=key, **more) else ""
    return bool(picks[name])


def text(label: str, name: str, page: str, **more: Any) -> str:
    """A line of text that shows a pick and changes it."""
    picks, key = st.session_state.picks, f"{name}@{page}"
    if key not in st.session_state:
        st.session_state[key] = picks[name]
    picks[name] = st.text_input(label, key=key, **more)
    return picks[name]


def switch_source(source: str, page: str) -> None:
    """Show another source from the next run of the page on."""
    st.session_state.picks["source"] = source
    st.session_state.pop(f"source@{page}", None)


def choose_source(page: str, lang: str) -> str:
    """The source: the sample, one used before, or a folder typed in."""
    state = st.session_state
    picks = state.picks
    opened = state.setdefault("sources", ["sample", *recent_sources.known()])
    if picks["source"] not in opened:
        opened.append(picks["source"])
    chosen = widget(
        st.selectbox,
        texts(lang).screen_source,
        "source",
        page,
        opened,
        accept_new_options=True,
        help=texts(lang).screen_sample_wandb_entity_project_a,
    )
    picks["source"] = chosen or "sample"
    ref = SourceRef.parse(picks["source"])
    # Another step column shows the same runs.
    place = ref.on_step("")
    if place != state.setdefault("shown_source", place):
        # Ids of another source mean nothing here.
        state.shown_source = place
        # The address of a run is its project, with that run picked.
        own = {"runs": [ref.run] if ref.run else [], "base": []}
        picks |= SAMPLE if ref.kind == "sample" else own
        picks |= {"anchor": "", "edits": []}
        for name in LISTS:
            state.pop(f"{name}@{page}", None)
    return picks["source"]


def choose_runs(listing: Listing, page: str, lang: str) -> bool:
    """Filters, latest N, runs, baselines. Returns whether neighbours are wanted as baselines."""
    picks = st.session_state.picks
    ids = [r.id for r in filters.choose(listing, page, lang)]
    labels = {r.id: filters.label(r) for r in listing.runs}
    _latest(ids, page, lang)
    for name, label in (("runs", "Runs"), ("base", "Baselines")):
        other = picks["base" if name == "runs" else "runs"]
        options = filters.offered(ids, [i for i in picks[name] if i in labels], other)
        key = f"{name}@{page}"
        if key in st.session_state:
            st.session_state[key] = [i for i in st.session_state[key] if i in options]
        widget(
            st.multiselect,
            messages.screen(label, lang),
            name,
            page,
            options,
            format_func=lambda i: labels.get(i, i),
            help=texts(lang).screen_the_first_one_is_the if name == "base" else None,
        )
    if picks["base"]:
        st.caption(texts(lang).screen_reference_run.format(run=plain(labels[picks["base"][0]])))
    more = len(set(ids) - {*picks["runs"], *picks["base"]}) - filters.MOST_OFFERED
    if more > 0:
        st.caption(
            texts(lang).screen_the_newest_n_are_offered.format(n=filters.MOST_OFFERED, more=more)
        )
    return _neighbours(page, lang)


def _neighbours(page: str, lang: str) -> bool:
    """A button that asks for the nearest neighbours, and what came of it."""
    wanted = st.button(
        texts(lang).screen_nearest_neighbours_as_baselines,
        key=f"neighbours@{page}",
        width="stretch",
        disabled=not st.session_state.picks["runs"],
        help=texts(lang).screen_for_each_picked_run_the,
    )
    if (said := st.session_state.pop("neighbours_said", "")) and not wanted:
        st.caption(said)
    return wanted


def _latest(ids: list[str], page: str, lang: str) -> None:
    """A number and a button that picks the newest runs."""
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        _number(page, lang)
    right.button(
        texts(lang).screen_take,
        on_click=_take_latest,
        args=(ids, page),
        width="stretch",
        key=f"take@{page}",
    )


@st.fragment
def _number(page: str, lang: str) -> None:
    """How many: typing it draws this field again and not the page."""
    st.number_input(texts(lang).screen_latest, 1, 60, 3, key=f"latest@{page}")


def _take_latest(ids: list[str], page: str) -> None:
    base = st.session_state.picks["base"]
    take([i for i in ids if i not in base][: int(st.session_state[f"latest@{page}"])], page)


def take(runs: list[str], page: str) -> None:
    """Pick these runs; for a button's callback, which comes before the page is drawn again."""
    st.session_state.picks["runs"] = runs
    st.session_state.pop(f"runs@{page}", None)


def take_baselines(runs: list[str], page: str, said: str) -> None:
    """Pick these baselines, if any, and say below the button how they were found; then draw again."""
    if runs:
        st.session_state.picks["base"] = runs
        st.session_state.pop(f"base@{page}", None)
    st.session_state.neighbours_said = said
    st.rerun()
