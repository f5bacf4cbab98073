"""Short runs first: what is screened, what passes the gate, and what is said of the rest."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support import builders

from actot import profile
from actot.analysis import config_changes, config_values
from actot.errors import BadInput
from actot.experiments import screens
from actot.experiments.experiment import PARTS, Experiment
from actot.output import experiment_files, messages, render
from actot.records import Run
from actot.study import Study, study

SHORT = 400
PASSES = {"ot_pi_sum": [0.1] * 8, "ot_loss": [1e-3] * 8, "grad_norm": [5.0] * 8}


def short(run_id: str, changes: dict[str, Any], **curves: Any) -> Run:
    """A run of 400 steps, whose L1 falls by half unless it is told otherwise."""
    known = {"eval_l1": np.linspace(0.6, 0.42, 8), "train_l1": np.linspace(0.2, 0.1, 8), **PASSES}
    settings = builders.config(changes, steps=SHORT)
    return builders.run(run_id, settings, **{**known, **curves})


def judged(runs: Sequence[Run], base: Sequence[Run] = (), **changes: Any) -> Study:
    """These runs picked, against others or a planted one."""
    own, ids = replace(builders.PROFILE, **changes), [r.id for r in runs]
    against = [r.id for r in base] or ["base1"]
    return study([*builders.planted(), *runs, *base], ids, against, own)


def without(run: Run, *metrics: str) -> Run:
    """The run without what it logged of these."""
    gone = {builders.key(m) for m in metrics}
    return Run(**{**vars(run), "series": {k: s for k, s in run.series.items() if k not in gone}})


def promoted(found: Study) -> Experiment:
    return next(e for e in found.experiments if e.kind == screens.PROMOTE)


def said(found: Study, lang: str = "en") -> list[str]:
    return [render.guard(why, lang) for why in promoted(found).refused]


# The screen.


def screened(steps: int = 500) -> Experiment:
    found = builders.planted_study()
    context = found.plan_context
    assert context is not None
    return screens.screen(context, found.experiments, steps)


def test_a_screen_is_the_anchor_and_every_wanted_value_at_the_short_length() -> None:
    found = builders.planted_study()
    screen = screened()
    assert screen.runs[0].knob == "steps"
    wanted = {
        (r.knob, config_values.stamp(r.value))
        for e in found.experiments
        for r in e.runs
        if e.anchor == found.anchor and e.plan is None and r.knob != "seed"
    }
    assert {(r.knob, config_values.stamp(r.value)) for r in screen.runs[1:]} == wanted
    for run in screen.runs:
        assert run.config["steps"] == 500
        changed = config_changes.changes(found.summaries[found.anchor].settings, run.settings)
        assert [c.knob for c in changed] == ([] if run.knob == "steps" else [run.knob])
    assert len({r.name for r in screen.runs}) == len(screen.runs)


def test_a_screen_takes_its_share_of_the_anchors_time() -> None:
    runs = [Run(**{**vars(r), "runtime_s": 3600.0}) for r in builders.planted()]
    found = builders.planted_study(runs=runs)
    context = found.plan_context
    assert context is not None
    screen = screens.screen(context, found.experiments, 500)
    assert screen.hours == pytest.approx(len(screen.runs) / 4)


@pytest.mark.parametrize("steps", [0, -1, 2000, 9000])
def test_a_screen_that_is_no_shorter_is_bad_input(steps: int) -> None:
    with pytest.raises(BadInput, match="write fewer than the 2000 of a whole run"):
        screened(steps)


def test_a_screen_that_ran_is_not_asked_for_again() -> None:
    done = [short("anchor_short", {}), short("reg_short", {builders.REG: 0.08})]
    found = builders.planted_study(runs=[*builders.planted(), *done])
    context = found.plan_context
    assert context is not None
    screen = screens.screen(context, found.experiments, SHORT)
    assert {i for _, ids in screen.have for i in ids} == {"anchor_short", "reg_short"}
    assert not [r for r in screen.runs if r.knob == "steps"]


# The promotion.


def test_what_passes_the_gate_is_proposed_at_the_anchors_length_with_its_own_config() -> None:
    found = judged([short("good", {builders.REG: 0.11, "ot.window_size": 12})])
    (run,) = promoted(found).runs
    assert (run.name, run.config["steps"]) == ("good_steps_2000", 2000)
    changed = config_changes.changes(found.summaries["good"].settings, run.settings)
    assert changed == ()
    assert said(found) == []


@pytest.mark.parametrize(
    ("curves", "words"),
    [
        ({"ot_pi_sum": [0.01] * 8}, "ot_pi_sum ended at 0.01, and the gate wants at least 0.05"),
        ({"ot_pi_sum": [0.5] * 8}, "ot_pi_sum ended at 0.5, and the gate wants at most 0.3"),
        ({"ot_loss": [0.0] * 8}, "ot_loss ended at 0, and the gate wants at least 1e-09"),
        ({"grad_norm": [61.0] * 8}, "grad_norm ended at 61, and the gate wants at most 60"),
        (
            {"train_l1": np.linspace(0.2, 0.19, 8)},
            "the gate wants it to fall by 10 %",
        ),
        ({"eval_l1": [0.5] * 4 + [float("nan")] * 4}, "it diverged at step"),
    ],
)
def test_what_does_not_pass_is_named_with_its_reason(curves: dict[str, Any], words: str) -> None:
    given = short("bad", {builders.REG: 0.11}, **curves)
    found = judged([given, short("good", {builders.REG: 0.12, "ot.window_size": 12})])
    (one,) = said(found)
    assert one.startswith("bad: not promoted, ")
    assert words in one
    assert said(found, "zh") != said(found)
    assert [r.name for r in promoted(found).runs] == ["good_steps_2000"]


def test_a_metric_that_the_gate_asks_for_must_be_there() -> None:
    found = judged([without(short("bad", {builders.REG: 0.11}), "grad_norm")])
    words = "bad: not promoted, it has no value of grad_norm, which the gate asks for"
    assert said(found) == [words]


def test_a_promotion_without_a_run_still_says_why_and_writes_no_sweep() -> None:
    found = judged([short("bad", {builders.REG: 0.11}, grad_norm=[99.0] * 8)])
    assert promoted(found).runs == ()
    files = experiment_files.files([promoted(found)], found.profile)
    assert list(files) == ["README.md"]
    assert "grad_norm ended at 99" in files["README.md"]
    assert "wandb sweep" not in files["README.md"].split("## ")[1]


def test_a_bound_does_not_count_where_a_knob_switches_its_metric_off() -> None:
    found = judged([without(short("off", {"ot.enable": False}), "ot_pi_sum", "ot_loss")])
    assert [r.name for r in promoted(found).runs] == ["off_steps_2000"]


def test_what_ran_at_full_length_is_not_promoted() -> None:
    found = judged([short("again", {builders.REG: 0.12}), short("new", {builders.REG: 0.11})])
    assert [r.name for r in promoted(found).runs] == ["new_steps_2000"]
    assert promoted(found).have == ((2000, ("upd_reg",)),)


def test_runs_of_the_full_length_and_those_that_still_run_are_no_screens() -> None:
    assert not [e for e in builders.planted_study().experiments if e.kind == screens.PROMOTE]
    going = short("going", {builders.REG: 0.11})
    going = Run(**{**vars(going), "state": "running"})
    assert not [e for e in judged([going]).experiments if e.kind == screens.PROMOTE]


def test_a_short_anchor_knows_the_full_length_from_the_runs_of_its_config() -> None:
    found = judged([short("good", {builders.REG: 0.11})], [short("anchor_short", {})])
    assert found.anchor == "anchor_short"
    assert [r.config["steps"] for r in promoted(found).runs] == [2000]


# Without a gate.


def test_without_a_gate_the_verdict_promotes_and_holds_back() -> None:
    curve = np.linspace(0.6, 0.425, 8)
    good = short("good", {builders.REG: 0.11}, grad_norm=[99.0] * 8, eval_l1=curve)
    bad = short("bad", {"batch_size": 16}, eval_l1=np.linspace(3.0, 2.5, 8))
    found = judged([good, bad], [short("anchor_short", {})], gate=())
    assert {r.runs[0]: r.word for r in found.headlines}["bad"] == "regressed"
    assert [r.name for r in promoted(found).runs] == ["good_steps_2000"]
    (why,) = said(found)
    assert why.startswith("bad: not promoted, it regressed")


def test_without_a_gate_and_a_verdict_it_says_that_there_is_none() -> None:
    found = judged([short("new", {builders.REG: 0.11})], gate=())
    assert found.headlines[0].word == "not comparable"
    (why,) = said(found)
    assert "it could not be judged, and the profile has no gate" in why


# The profile.


def test_a_gate_names_metrics_and_knobs_that_there_are() -> None:
    text = "name: x\njudge: [a]\nmetrics: {a: {keys: [a]}}\n"
    found = profile.parse(text + "gate: [{metric: a, at_most: 3}]", "p")
    assert (found.gate[0].metric, found.gate[0].at_most) == ("a", 3)
    with pytest.raises(BadInput, match="gate names the metric b"):
        profile.parse(text + "gate: [{metric: b}]", "p")
    with pytest.raises(BadInput, match="gate names the knob k"):
        profile.parse(text + "gate: [{metric: a, disabled_when: {k: 1}}]", "p")
    with pytest.raises(BadInput, match="at_most"):
        profile.parse(text + "gate: [{metric: a, at_most: much}]", "p")


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_screen_and_promotion_say_what_they_ask(lang: str) -> None:
    found = judged([short("good", {builders.REG: 0.11})])
    for experiment in (screened(), promoted(found)):
        for part in PARTS:
            text = render.experiment(experiment, part, lang)
            assert text
            assert "{" not in text
