"""What a user changes of an experiment: values, seeds, budget, the guard. What is wrong stands at its field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from actot.analysis import config_changes, config_values
from actot.experiments import proposals, screens, typed_values
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext, PlannedRun
from actot.facts import Mistyped
from actot.output import change_words, render, wording
from actot.output.messages import texts
from actot.study import Study
from actot.verdicts.replicates import TRAINING
from actot.widgets import edits, sidebar
from actot.widgets.escaping import plain

# No knob is called so: what stands in an edit beside the values of knobs.
SEEDS, STEPS, OVERRIDE, TICK, ANOTHER = ":seeds", ":steps", ":override", ":tick", "another"
MOST_STEPS = 10**12


@dataclass(frozen=True)
class _Card:
    """An experiment as it was proposed, and where it is drawn."""

    experiment: Experiment
    context: PlanContext
    study: Study
    lang: str


@dataclass(frozen=True)
class _Asked:
    """What stands in the fields; None in place of what is none of a knob's values."""

    values: Mapping[str, tuple[Any, ...] | None]
    seeds: tuple[int, ...] | None
    steps: int | None
    override: bool
    is_usual: bool


def edited(experiment: Experiment, context: PlanContext, study: Study, lang: str) -> Experiment:
    """The controls of one experiment, and what they make of it: no run where a field holds what is no value."""
    if experiment.plan:
        st.caption(texts(lang).screen_the_plan_sets_its_runs)
        return experiment
    if experiment.kind in (screens.SCREEN, screens.PROMOTE):
        st.caption(texts(lang).screen_nothing_to_edit_here)
        return experiment
    card = _Card(experiment, context, study, lang)
    asked, beside = _fields(card)
    if asked.seeds is None or None in asked.values.values():
        return replace(experiment, runs=(), have=(), refused=(), hours=None)
    pairs = [(knob, value) for knob, values in asked.values.items() for value in values or ()]
    found = experiment
    if not asked.is_usual:
        found = proposals.revise(
            experiment,
            context,
            pairs,
            seeds=asked.seeds,
            steps=asked.steps,
            override=asked.override,
        )
    for knob, place in beside.items():
        values = [value for name, value in pairs if name == knob]
        lines = [plain(line) for line in _effects(knob, values, found, context, lang)]
        place.caption("  \n".join(lines))
    return found


def ticked(experiment: Experiment, study: Study, title: str, is_usual: bool) -> bool:
    """The box that puts an experiment among the files; nothing to tick where no run is left."""
    usual = "1" if is_usual else "0"
    kept = edits.kept(study, experiment.name, TICK, usual) == "1"
    is_wanted = st.checkbox(
        title,
        key=edits.key(study, experiment.name, TICK, kept),
        disabled=not experiment.runs,
        label_visibility="collapsed",
    )
    edits.keep(study, experiment.name, TICK, "1" if is_wanted else "0", usual)
    return is_wanted and bool(experiment.runs)


def screen_steps(context: PlanContext, lang: str) -> int | None:
    """How short everything runs first; None where nothing is screened, or what is typed says nothing."""
    if screens.full_length(context) is None:
        return None
    text = sidebar.text(
        texts(lang).screen_screen_first,
        "screen",
        edits.PAGE,
        placeholder=texts(lang).screen_whole_length,
        help=texts(lang).screen_what_is_wanted_runs_short,
        width=320,
    )
    sidebar.write_url()
    found = screens.short_length(context, text)
    if isinstance(found, Mistyped):
        st.error(plain(render.mistyped(found, lang)))
        return None
    return found


def another(context: PlanContext, study: Study, lang: str) -> list[Experiment]:
    """Sweeps of knobs that no experiment proposes, as the user adds them."""
    proposed = {k for e in study.experiments for k in e.knobs if e.kind == "sweep"}
    knobs = [k for k in context.anchor.settings.knobs if k not in proposed]
    kept = [k for k in knobs if edits.kept(study, ANOTHER, k)]
    chosen = st.multiselect(
        texts(lang).screen_sweep_another_knob,
        knobs,
        placeholder=texts(lang).screen_any_knob_of_the_anchors,
        key=edits.key(study, ANOTHER, "", kept),
    )
    for knob in dict.fromkeys((*kept, *chosen)):
        edits.keep(study, ANOTHER, knob, "1" if knob in chosen else "")
    return [proposals.sweep(context, knob) for knob in chosen]


def _fields(card: _Card) -> tuple[_Asked, dict[str, Any]]:
    """What stands in the fields of a card, and by knob the place beside its field."""
    experiment, usual = card.experiment, True
    values: dict[str, tuple[Any, ...] | None] = {}
    beside = {}
    knobs = dict.fromkeys(r.knob for r in experiment.runs) or dict.fromkeys(experiment.knobs)
    for knob in knobs:
        left, beside[knob] = st.columns([2, 3])
        with left:
            own = [r.value for r in experiment.runs if r.knob == knob]
            values[knob], is_own = _values(card, knob, own)
        usual = usual and is_own
    left, middle, right = st.columns(3)
    with left:
        seeds, without = _seeds(card, disabled=[*knobs] == [TRAINING])
    steps = _steps(card, middle)
    override = _override(card, right)
    is_usual = usual and without and steps is None and not override
    return _Asked(values, seeds, steps, override, is_usual), beside


def _values(card: _Card, knob: str, own: Sequence[Any]) -> tuple[tuple[Any, ...] | None, bool]:
    """The values in a knob's field, and whether they are the experiment's own."""
    usual = ", ".join(dict.fromkeys(typed_values.written(v) for v in own))
    anchors = config_values.show(card.context.anchor.settings.value(knob))
    text = _text(
        card,
        knob,
        texts(card.lang).screen_values_of_knob.format(knob=_label(knob)),
        usual,
        help=texts(card.lang).screen_separated_by_commas_the_anchor.format(value=plain(anchors)),
    )
    if text == usual:
        return tuple(own), True
    return _read(card, knob, text), False


def _seeds(card: _Card, *, disabled: bool) -> tuple[tuple[int, ...] | None, bool]:
    """The seeds in their field, and whether there are none."""
    own = config_values.show(card.context.anchor.settings.value(TRAINING))
    text = _text(card, SEEDS, texts(card.lang).screen_seeds, "", placeholder=own, disabled=disabled)
    return ((), True) if disabled or not text else (_read(card, TRAINING, text), False)


def _text(card: _Card, field: str, label: str, usual: str, **more: Any) -> str:
    """A line of text of a card, kept where it is not the usual."""
    name, study = card.experiment.name, card.study
    key = edits.key(study, name, field, edits.kept(study, name, field, usual))
    text = st.text_input(label, key=key, max_chars=edits.LONGEST, **more).strip()
    edits.keep(study, name, field, text, usual)
    return text


def _read(card: _Card, knob: str, text: str) -> tuple[Any, ...] | None:
    """The values in a text; what is wrong with it is said below its field."""
    found = typed_values.read(card.context, knob, text)
    if isinstance(found, Mistyped):
        st.error(plain(render.mistyped(found, card.lang)))
        return None
    return found


def _steps(card: _Card, place: Any) -> int | None:
    """Another budget than the anchor's, or None."""
    budget = card.context.anchor.budget(card.study.profile)
    usual, name = str(int(budget or 1)), card.experiment.name
    kept = edits.kept(card.study, name, STEPS, usual)
    first = int(kept) if re.fullmatch("[1-9][0-9]{0,11}", kept) else int(usual)
    found = place.number_input(
        texts(card.lang).screen_budget_in_steps,
        1,
        MOST_STEPS,
        key=edits.key(card.study, name, STEPS, first),
        disabled=budget is None,
    )
    edits.keep(card.study, name, STEPS, str(found), usual)
    return None if str(found) == usual else int(found)


def _override(card: _Card, place: Any) -> bool:
    kept = edits.kept(card.study, card.experiment.name, OVERRIDE)
    found = place.toggle(
        texts(card.lang).screen_override_the_guard,
        key=edits.key(card.study, card.experiment.name, OVERRIDE, bool(kept)),
        help=texts(card.lang).screen_the_warning_stays_in_the,
    )
    edits.keep(card.study, card.experiment.name, OVERRIDE, "1" if found else "")
    return bool(found)


def _effects(
    knob: str, values: Sequence[Any], found: Experiment, context: PlanContext, lang: str
) -> Iterator[str]:
    """What becomes of each value: what it changes of the anchor, or why there is no run; with the guard's words."""
    for value in values:
        run = next((r for r in found.runs if r.knob == knob and _same(r.value, value)), None)
        refused = [w for w in found.refused if w.knob == knob and _same(w.value, value)]
        have = [ids for had, ids in found.have if _same(had, value)]
        if run is not None:
            yield _moved(run, context)
            if run.remark is not None:
                yield f"⚠ {render.guard(run.remark, lang)}"
        elif refused:
            yield f"✕ {render.guard(refused[0], lang)}"
        elif have:
            yield texts(lang).screen_exists_already.format(
                knob=knob, value=config_values.show(value), runs=wording.few(have[0], lang)
            )


def _moved(run: PlannedRun, context: PlanContext) -> str:
    """`reg 0.1 → 0.14 (1.4x)`: the effective knobs that differ from the anchor's, else the run's own."""
    anchor = context.anchor.settings
    moved = config_changes.changes(anchor, run.settings)
    if not moved:
        every = config_changes.changes(anchor, run.settings, every=True)
        moved = tuple(c for c in every if c.knob == run.knob)
    return "; ".join(change_words.change(c, "en") for c in moved)


def _same(one: Any, other: Any) -> bool:
    return config_values.equal(one, other)


def _label(knob: str) -> str:
    """A knob's name in a label, whose raw text is what a screen reader says."""
    return knob if re.fullmatch(r"[A-Za-z0-9]+([_.][A-Za-z0-9]+)*", knob) else plain(knob)
