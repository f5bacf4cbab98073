"""What a user changes of an experiment: values, seeds, budget, the guard. The files follow."""

import re
from typing import Any

import streamlit as st
import yaml

from actot.analysis import config_values
from actot.errors import BadInput
from actot.experiments import proposals
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext
from actot.files.bounded_yaml import YAML_ERRORS, plain_yaml
from actot.output.messages import texts
from actot.study import Study
from actot.widgets.escaping import plain


def edited(experiment: Experiment, context: PlanContext, study: Study, lang: str) -> Experiment:
    """The controls of one experiment, and what they make of it. An edit lives as long as the session."""
    kept = _kept(study, experiment.name)
    usual = context.anchor.budget(study.profile)
    knobs = kept.get("knobs") or list(dict.fromkeys(r.knob for r in experiment.runs))
    own = {k: _text([r.value for r in experiment.runs if r.knob == k]) for k in knobs}
    typed = {
        knob: st.text_input(
            texts(lang).screen_values_of_knob.format(knob=_label(knob)),
            key=_key(study, f"{experiment.name}/{knob}", kept.get(knob, own[knob])),
            help=texts(lang).screen_separated_by_commas_the_anchor.format(
                value=_anchors(context, knob)
            ),
        )
        for knob in knobs
    }
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    seeds = left.text_input(
        texts(lang).screen_seeds,
        key=_key(study, f"{experiment.name}/seeds of it", kept.get("seeds", "")),
        placeholder=config_values.show(context.anchor.settings.value("seed")),
        disabled=knobs == ["seed"],
    )
    steps = middle.number_input(
        texts(lang).screen_budget_in_steps,
        1,
        key=_key(study, f"{experiment.name}/steps of it", int(kept.get("steps", usual or 1))),
        disabled=usual is None,
    )
    override = right.toggle(
        texts(lang).screen_override_the_guard,
        key=_key(study, f"{experiment.name}/no guard", kept.get("override", False)),
        help=texts(lang).screen_the_warning_stays_in_the,
    )
    kept.update(typed, seeds=seeds, steps=steps, override=override)
    if typed == own and not seeds.strip() and steps == usual and not override:
        return experiment
    try:
        values = [(knob, value) for knob, text in typed.items() for value in _values(text, lang)]
        chosen = [v for v in _values(seeds, lang) if isinstance(v, int | float)]
    except BadInput as e:
        st.error(plain(str(e)))
        return experiment
    return proposals.revise(
        experiment,
        context,
        values,
        seeds=[int(s) for s in chosen],
        steps=None if steps == usual else int(steps),
        override=override,
    )


def another(context: PlanContext, study: Study, lang: str) -> list[Experiment]:
    """Sweeps of knobs that no experiment proposes, as the user adds them."""
    kept = _kept(study, "another")
    proposed = {k for e in study.experiments for k in e.knobs if e.kind == "sweep"}
    knobs = [k for k in context.anchor.settings.knobs if k not in proposed]
    chosen = st.multiselect(
        texts(lang).screen_sweep_another_knob,
        knobs,
        placeholder=texts(lang).screen_any_knob_of_the_anchors,
        key=_key(study, "another", [k for k in kept.get("chosen", []) if k in knobs]),
    )
    kept["chosen"] = chosen
    found = []
    for knob in chosen:
        empty = proposals.sweep(context, knob)
        _kept(study, empty.name)["knobs"] = [knob]
        found.append(empty)
    return found


def _kept(study: Study, name: str) -> dict[str, Any]:
    """What was typed into an experiment of this source and anchor."""
    edits = st.session_state.setdefault("edits", {})
    return edits.setdefault((study.source, study.anchor, name), {})


def _key(study: Study, name: str, value: Any) -> str:
    """The key of a control, which shows a value at first: another anchor has controls of its own."""
    key = f"{study.source}|{study.anchor}|{name}"
    if key not in st.session_state:
        st.session_state[key] = value
    return key


def _label(knob: str) -> str:
    """A knob's name in a label, whose raw text is what a screen reader says."""
    return knob if re.fullmatch(r"[A-Za-z0-9]+([_.][A-Za-z0-9]+)*", knob) else plain(knob)


def _anchors(context: PlanContext, knob: str) -> str:
    return plain(config_values.show(context.anchor.settings.value(knob)))


def _text(values: list[Any]) -> str:
    return ", ".join(
        yaml.safe_dump(
            list(v) if isinstance(v, tuple) else v, default_flow_style=True, width=10_000
        )
        .removesuffix("\n...\n")
        .strip()
        for v in values
    )


def _values(text: str, lang: str) -> list[Any]:
    """The values in a text. Raises: BadInput for a text that holds none."""
    try:
        found = plain_yaml(f"[{text}]")
    except YAML_ERRORS as e:
        raise BadInput(texts(lang).screen_typed_cannot_be_read_write.format(typed=text[:80])) from e
    return [config_values.plain(v) for v in found if not isinstance(v, dict)]
