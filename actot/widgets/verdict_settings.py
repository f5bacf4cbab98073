"""How runs are judged: the deciding metric, the value of a run, the window of its tail."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from actot import profile, step_axis
from actot.output import messages
from actot.output.messages import texts
from actot.profile_schema import Profile, Tail
from actot.source_ref import SourceRef
from actot.study import Study
from actot.widgets import metric_choice, sidebar
from actot.widgets.session_cache import Judging

VALUES = {"tail_mean": "screen_tail_mean", "last": "screen_last_point"}


def choose(fitting: str, page: str, lang: str) -> tuple[Judging, DeltaGenerator]:
    """The controls, and a place for those that need the runs.

    `fitting` is the profile of the configs; what differs from it stands in the URL.
    """
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
        later = st.container()
        alone = sidebar.toggle(
            texts(lang).screen_baselines_alone,
            "alone",
            page,
            help=texts(lang).screen_baselines_alone_help,
        )
    return Judging(own.where, metric or None, direction or None, value, tail, alone), later


def offer_steps(study: Study, page: str, lang: str) -> None:
    """What the steps are counted in: as the runs say, or any counter that a picked run logged."""
    runs = [study.summaries[i].run for i in study.all_picked]
    counters = sorted({key for run in runs for key in step_axis.counters(run)})
    ref = SourceRef.parse(st.session_state.picks["source"])
    axis = runs[0].axis if runs else ""
    if not (counters or ref.step or axis):
        return
    text = texts(lang)
    said = text.screen_steps_on_axis.format(axis=axis) if axis else text.screen_steps_as_logged
    names = {"": text.screen_steps_of_the_runs if ref.step else said}
    names |= {step_axis.OWN: text.screen_steps_as_logged} if axis or ref.step else {}
    keys = list(dict.fromkeys((*names, ref.step, *counters)))
    st.selectbox(
        texts(lang).screen_step_axis,
        keys,
        index=keys.index(ref.step),
        format_func=lambda key: names.get(key, key),
        key=f"steps@{page}",
        on_change=_count_in,
        args=(page,),
        help=texts(lang).screen_step_axis_help,
    )


def _count_in(page: str) -> None:
    """Count in another key from the next run of the page on."""
    ref = SourceRef.parse(st.session_state.picks["source"])
    sidebar.switch_source(ref.on_step(st.session_state.pop(f"steps@{page}")), page)


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
