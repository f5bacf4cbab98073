"""What to run next, one knob at a time, with the files that start it."""

import streamlit as st

from actot.experiments import screens
from actot.output.messages import texts
from actot.widgets import downloads, experiment_cards, experiment_editor, sidebar
from actot.widgets.escaping import plain
from actot.widgets.page import begin

study, lang = begin("Experiments")

options = list(study.summaries)
chosen = st.selectbox(
    texts(lang).screen_anchor,
    options,
    index=options.index(study.anchor) if study.anchor else None,
    help=texts(lang).screen_the_run_that_experiments_start,
)
if chosen and chosen != study.anchor:
    sidebar.remember("anchor", chosen)
    st.rerun()
context = study.plan_context
if context is None:
    metric = study.profile.metrics[study.metric].title.get(lang, study.metric)
    st.info(texts(lang).screen_no_baseline_is_usable_every.format(metric=plain(metric)))
    st.stop()
if not context.anchor.run.config:
    st.info(texts(lang).screen_the_anchor_came_without_its)
    st.stop()

top = st.container(horizontal=True, vertical_alignment="bottom")
flat = top.toggle(
    texts(lang).screen_flat_sweeps,
    help=texts(lang).screen_over_one_knob_instead_of,
)
steps = experiment_editor.screen_steps(context, lang)
first = st.container()
if not study.experiments:
    st.info(texts(lang).screen_no_experiment_is_left_to)
found = [
    experiment_cards.card(e, context.at(e.anchor), study, flat, lang) for e in study.experiments
]
added = experiment_editor.another(context, study, lang)
found += [experiment_cards.card(e, context, study, flat, lang) for e in added]
if steps:
    found = list(screens.in_place(context, found, steps))
    with first:
        experiment_cards.card(found[0], context, study, flat, lang)
with top:
    downloads.everything([e for e in found if e.runs], study, flat, lang)
experiment_cards.recipes(context, study, lang)
