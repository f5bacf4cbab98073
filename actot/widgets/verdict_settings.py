"""How runs are judged: the deciding metric, the value of a run, the window of its tail."""

import streamlit as st

from actot import profile
from actot.output import messages
from actot.output.messages import texts
from actot.profile_schema import Profile, Tail
from actot.widgets import metric_choice, sidebar
from actot.widgets.session_cache import Judging

VALUES = {"tail_mean": "screen_tail_mean", "last": "screen_last_point"}


def choose(fitting: str, page: str, lang: str) -> Judging:
    """The controls; `fitting` is the profile of the configs, and what differs from it stands in the URL."""
    with st.expander(texts(lang).screen_how_runs_are_judged):
        named = sidebar.widget(
            st.selectbox,
            texts(lang).screen_profile,
            "profile",
            page,
            ["", *profile.known()],
            format_func=lambda name: (
                name or texts(lang).screen_the_fitting_profile.format(profile=fitting)
            ),
            help=texts(lang).screen_profile_help,
        )
        own = profile.load(named or fitting)
        auto = texts(lang).screen_the_likeliest_metric
        if own.judge:
            first = own.metrics[own.judge[0]]
            auto = texts(lang).screen_the_profiles_metric.format(
                metric=first.title.get(lang, first.name)
            )
        judged = [m.name for m in own.metrics.values() if m.direction and not m.policy_independent]
        asked = st.session_state.picks["metric"]
        judged += [asked] if asked not in ("", *judged) else []
        metric = sidebar.widget(
            st.selectbox,
            texts(lang).screen_deciding_metric,
            "metric",
            page,
            ["", *judged],
            format_func=lambda m: _title(m, own, lang) if m else auto,
        )
        direction = metric_choice.direction(metric, own, page, lang) if metric else ""
        value = sidebar.widget(
            st.segmented_control,
            texts(lang).screen_value_of_a_run,
            "value",
            page,
            list(VALUES),
            format_func=lambda v: messages.named(VALUES[v], lang),
            required=True,
            width="stretch",
            help=texts(lang).screen_the_last_point_is_as,
        )
        tail = _window(own.tail, page, lang)
        alone = sidebar.toggle(
            texts(lang).screen_baselines_alone,
            "alone",
            page,
            help=texts(lang).screen_baselines_alone_help,
        )
    return Judging(own.where, metric or None, direction or None, value, tail, alone)


def _title(metric: str, own: Profile, lang: str) -> str:
    known = own.metrics.get(metric)
    return known.title.get(lang, metric) if known else metric


def _window(own: Tail, page: str, lang: str) -> Tail | None:
    """The three numbers of the tail, or None where they are the profile's."""
    known = profile.tail(st.session_state.picks["tail"]) or own
    percent, least, most = st.columns(3)
    share = percent.number_input(
        texts(lang).screen_tail,
        0.1,
        100.0,
        100 * known.fraction,
        step=5.0,
        format="%.4g",
        key=f"tail_share@{page}",
        help=texts(lang).screen_this_share_of_a_curves,
    )
    lower = least.number_input(
        texts(lang).screen_at_least, 2, profile.MOST_POINTS, known.least, key=f"tail_least@{page}"
    )
    upper = most.number_input(
        texts(lang).screen_at_most, 2, profile.MOST_POINTS, known.most, key=f"tail_most@{page}"
    )
    chosen = Tail(round(share / 100, 6), int(lower), max(int(lower), int(upper)))
    same = chosen == own
    st.session_state.picks["tail"] = "" if same else profile.show_tail(chosen)
    return None if same else chosen
