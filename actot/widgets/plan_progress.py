"""A plan that the page follows: how far it has come, its answer, and the next round's runs."""

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from actot.errors import BadInput
from actot.experiments import plan as plans
from actot.experiments import progress
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext
from actot.experiments.plan import Plan
from actot.experiments.progress import Progress
from actot.experiments.readings import half_way
from actot.output import messages, plan_words, row_words
from actot.output.messages import texts
from actot.study import Study
from actot.verdicts.verdict import Judged
from actot.widgets import charts, experiment_cards, palette, sidebar, tables
from actot.widgets.escaping import plain

PICK = "plan"


def is_followed() -> bool:
    """Whether the link names a plan."""
    return bool(st.session_state.picks[PICK])


def offer(found: Sequence[Experiment], lang: str) -> None:
    """The ways to follow a plan: one that is proposed here, or a file of one."""
    say = texts(lang)
    proposed = [e for e in found if e.plan]
    with st.expander(say.screen_follow_a_plan, icon=":material/route:"):
        st.markdown(say.screen_what_following_does)
        with st.container(horizontal=True):
            for one in proposed:
                kind = messages.screen(one.kind, lang)
                st.button(
                    plain(f"{say.screen_follow} {kind}{say.colon}{plan_words.cost(one, lang)}"),
                    key=f"follow_{one.kind}",
                    on_click=_follow,
                    args=(one.plan,),
                )
        upload = st.file_uploader(plans.FILE, type="json", key="plan_file")
        if upload is not None:
            try:
                plan = plans.read(upload.getvalue().decode("utf-8", "replace"), upload.name)
            except BadInput as e:
                st.error(plain(str(e)))
            else:
                _follow(plan)
                st.rerun()


def _follow(plan: Plan) -> None:
    sidebar.remember(PICK, plans.line(plan))


def _stop() -> None:
    sidebar.remember(PICK, "")
    st.session_state.pop("plan_file", None)


def followed(study: Study, flat: bool, lang: str) -> Experiment | None:
    """The plan of the link, and its next round as a card; what is wrong with it is said."""
    with st.container(border=True):
        try:
            plan = plans.read(st.session_state.picks[PICK], plans.FILE)
            context = _context(plan, study)
            found = progress.follow_up(plan, context)
        except BadInput as e:
            st.error(plain(str(e)))
            st.button(texts(lang).screen_stop_following, on_click=_stop)
            return None
        _progress(found, lang)
    experiment = progress.next_experiment(found, context)
    if experiment is None or not experiment.runs:
        return None
    return experiment_cards.card(experiment, context, study, flat, lang, is_open=True)


def _context(plan: Plan, study: Study) -> PlanContext:
    """What the plan is read from. Raises: BadInput where this is another source or metric."""
    context = study.plan_context
    if context is None or plan.anchor not in study.summaries:
        raise BadInput(f"{plan.anchor}: the plan's anchor is not a usable run of this source")
    if plan.metric != study.metric:
        raise BadInput(
            f"{plan.metric} decides this plan; choose it as the metric, not {study.metric}"
        )
    return context.at(plan.anchor)


def _progress(found: Progress, lang: str) -> None:
    say = texts(lang)
    st.markdown(f"#### {plain(plan_words.question(found.plan, lang))}")
    standing = plain(plan_words.standing(found, lang))
    if found.answer is not None:
        st.success(standing, icon=":material/flag:")
    else:
        st.markdown(f"**{standing}**")
        st.progress(found.have_run / found.wanted)
    _chart(found, lang)
    lines = plan_words.lines(found, lang)
    if lines:
        number, run, *rest = say.plan_head
        rows = [(o.what, o.came_out, o.reading, o.run, o.round) for o in lines]
        tables.prose(pd.DataFrame(rows, columns=[*rest, run, number]))
    for surprise in found.surprises:
        st.info(plain(plan_words.surprise(surprise, found, lang)), icon=":material/lightbulb:")
    st.button(say.screen_stop_following, on_click=_stop)


def _chart(found: Progress, lang: str) -> None:
    """How each run came out between the anchor, at 0, and the regressed config, with half-way between them."""
    worse, say = found.worse, texts(lang)
    whats = [line.what for line in plan_words.lines(found, lang)]
    readings = [reading for _, some in found.rounds for reading in some]
    rows = {w: r.row for w, r in zip(whats, readings, strict=True) if isinstance(r.row, Judged)}
    if not rows or not isinstance(worse, Judged):
        return
    rows = {found.plan.regressed: worse, **rows}
    frame = pd.DataFrame(
        [{"what": w, "word": row.word, **charts.in_unit(row)} for w, row in rows.items()]
    )
    unit = row_words.unit(worse, lang)
    title = say.screen_change_against_base_unit.format(base=found.plan.anchor, unit=unit)
    y = alt.Y("what:N", sort=[*rows], title=None, axis=alt.Axis(labelLimit=130, ticks=False))
    colour = alt.Color(
        "word:N",
        scale=alt.Scale(domain=list(palette.VERDICTS), range=list(palette.VERDICTS.values())),
        legend=None,
    )
    base = alt.Chart(frame).encode(
        y=y, color=colour, tooltip=["what:N", *(f"{n}:Q" for n in ("change", "low", "high"))]
    )
    line = base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q", title=title), x2="high:Q")
    point = base.mark_point(size=110, filled=True, opacity=1).encode(x="change:Q")
    places = pd.DataFrame(
        {"x": [0.0, row_words.shown(half_way(worse), worse)], "text": ["", say.plan_half_way]}
    )
    rule = alt.Chart(places).mark_rule(color=palette.GREY, strokeDash=[4, 4]).encode(x="x:Q")
    note = rule.mark_text(color=palette.GREY, baseline="bottom").encode(
        text="text:N", y=alt.value(-4)
    )
    chart = alt.layer(rule, note, line, point).properties(height=80 + 30 * len(rows))
    st.altair_chart(chart, width="stretch")
