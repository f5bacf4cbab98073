"""What decides where the profile does not say: said, and chosen on the spot."""

import streamlit as st

from actot.analysis import open_metrics
from actot.output import messages
from actot.output.messages import texts
from actot.profile_schema import Profile
from actot.study import Study
from actot.widgets import sidebar
from actot.widgets.escaping import plain

MOST = 12  # keys as buttons; more stand in the sidebar's list


def direction(metric: str, own: Profile, page: str, lang: str) -> str:
    """Which way a logged key is better: as its name says, or as it is chosen; "" for a metric of the profile."""
    if metric in own.metrics:
        st.session_state.picks["direction"] = ""
        return ""
    guess = open_metrics.direction_of(metric)
    words = {
        "": texts(lang).screen_direction_unknown,
        "lower": texts(lang).screen_lower_is_better,
        "higher": texts(lang).screen_higher_is_better,
    }
    if guess:
        words[""] = texts(lang).screen_as_its_name_says.format(direction=words[guess])
    chosen: str = sidebar.widget(
        st.selectbox,
        texts(lang).screen_direction,
        "direction",
        page,
        list(words),
        format_func=words.__getitem__,
    )
    return chosen


def offer(study: Study, page: str, lang: str) -> None:
    """Say which metric was proposed; where no row can be judged, the metrics that both sides have, one click each."""
    entry = study.profile.metrics[study.metric]
    title = plain(entry.title.get(lang, study.metric))
    if study.proposed and entry.direction:
        said = messages.named(f"screen_{entry.direction}_is_better", lang)
        st.caption(texts(lang).screen_judged_by_a_proposal.format(metric=title, direction=said))
    if not study.choices:
        return
    with st.container(border=True):
        st.markdown(texts(lang).screen_nothing_judged_in.format(metric=title))
        st.pills(
            texts(lang).screen_judge_by,
            study.choices[:MOST],
            key=f"choice@{page}",
            on_change=_take,
            args=(page,),
            format_func=plain,
        )
        if not entry.direction and not entry.policy_independent:
            for way in ("lower", "higher"):
                st.button(
                    f"{title}: {messages.named(f'screen_{way}_is_better', lang)}",
                    key=f"{way}@{page}",
                    on_click=_turn,
                    args=(study.metric, way, page),
                )


def _take(page: str) -> None:
    chosen = st.session_state.get(f"choice@{page}")
    if chosen:
        _turn(chosen, "", page)


def _turn(metric: str, way: str, page: str) -> None:
    """Judge by this metric from the next run of the page on."""
    st.session_state.picks |= {"metric": metric, "direction": way}
    for name in ("metric", "direction", "choice"):
        st.session_state.pop(f"{name}@{page}", None)
