"""What to run next, one knob at a time, with the files that start it."""

import streamlit as st

from actot.experiments import proposals, screens
from actot.output.messages import texts
from actot.widgets import downloads, experiment_cards, experiment_editor, plan_progress, sidebar
from actot.widgets.escaping import plain
from actot.widgets.page import begin

study, lang = begin("Experiments")
say = texts(lang)

options = list(study.summaries)
chosen = st.selectbox(
    say.screen_anchor,
    options,
    index=options.index(study.anchor) if study.anchor else None,
    help=say.screen_the_run_that_experiments_start,
)
if chosen and chosen != study.anchor:
    sidebar.remember("anchor", chosen)
    st.rerun()
context = study.plan_context
if context is None:
    metric = study.profile.metrics[study.metric].title.get(lang, study.metric)
    st.info(say.screen_no_baseline_is_usable_every.format(metric=plain(metric)))
    st.stop()
if not context.anchor.run.config:
    st.info(say.screen_the_anchor_came_without_its)
    st.stop()

top = st.container(horizontal=True, vertical_alignment="bottom")
flat = top.toggle(say.screen_flat_sweeps, help=say.screen_over_one_knob_instead_of)
steps = experiment_editor.screen_steps(context, lang)
first = st.container()
is_followed = plan_progress.is_followed()
ticked = [plan_progress.followed(study, flat, lang)] if is_followed else []
proposed = [e for e in study.experiments if not (is_followed and e.plan)]
if not proposed:
    st.info(say.screen_no_experiment_is_left_to)
usual = proposals.usual(proposed)
ticked += [
    experiment_cards.card(
        e,
        context.at(e.anchor),
        study,
        flat,
        lang,
        is_open=e is proposed[0] and not is_followed,
        is_usual=e in usual,
    )
    for e in proposed
]
if not is_followed:
    plan_progress.offer(proposed, lang)
more = experiment_editor.another(context, study, lang)
if study.profile.templates and sidebar.toggle(
    say.screen_recipes_that_go_round,
    "recipes",
    "Experiments",
    help=say.screen_each_moves_many_knobs_at,
):
    more += proposals.recipes(context, study.experiments)
    experiment_cards.recipes(context, study, lang)
ticked += [experiment_cards.card(e, context, study, flat, lang) for e in more]
found = [e for e in ticked if e is not None]
if steps:
    found = list(screens.in_place(context, found, steps))
    with first:
        experiment_cards.card(found[0], context, study, flat, lang)
with top:
    downloads.everything(found, study, flat, lang)
