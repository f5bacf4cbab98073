"""How runs are judged: the deciding metric, the value of a run, the window of its tail."""

import streamlit as st

from actot import profile
from actot.profile import Tail
from actot.widgets import sidebar
from actot.widgets.session_cache import Judging
from actot.widgets.translations import t

VALUES = {"tail_mean": "tail mean", "last": "last point"}


def choose(page: str, lang: str) -> Judging:
    """The controls; what differs from the profile stands in the URL."""
    own = profile.load()
    with st.expander(t("How runs are judged", lang)):
        first = own.metrics[own.judge[0]]
        auto = t("the profile's: {metric}", lang, metric=first.title.get(lang, first.name))
        judged = [m.name for m in own.metrics.values() if m.direction and not m.policy_independent]
        metric = sidebar.widget(
            st.selectbox,
            t("Deciding metric", lang),
            "metric",
            page,
            ["", *judged],
            format_func=lambda m: own.metrics[m].title.get(lang, m) if m else auto,
        )
        value = sidebar.widget(
            st.segmented_control,
            t("Value of a run", lang),
            "value",
            page,
            list(VALUES),
            format_func=lambda v: t(VALUES[v], lang),
            required=True,
            width="stretch",
            help=t("The last point is as uncertain as the tail scatters.", lang),
        )
        tail = _window(own.tail, page, lang)
    return Judging(metric or None, value, tail)


def _window(own: Tail, page: str, lang: str) -> Tail | None:
    """The three numbers of the tail, or None where they are the profile's."""
    known = profile.tail(st.session_state.picks["tail"]) or own
    percent, least, most = st.columns(3)
    share = percent.number_input(
        t("Tail, %", lang),
        0.1,
        100.0,
        100 * known.fraction,
        step=5.0,
        format="%.4g",
        key=f"tail_share@{page}",
        help=t("This share of a curve's points at its end, within the bounds beside it", lang),
    )
    lower = least.number_input(
        t("at least", lang), 2, profile.MOST_POINTS, known.least, key=f"tail_least@{page}"
    )
    upper = most.number_input(
        t("at most", lang), 2, profile.MOST_POINTS, known.most, key=f"tail_most@{page}"
    )
    chosen = Tail(round(share / 100, 6), int(lower), max(int(lower), int(upper)))
    same = chosen == own
    st.session_state.picks["tail"] = "" if same else profile.show_tail(chosen)
    return None if same else chosen
