"""The next experiments: anchored, one knob at a time, guarded, never a repeat."""

from dataclasses import replace
from typing import Any

import pytest
from support import builders

from actot.analysis import config_changes, config_values, knob_settings
from actot.experiments import guard, proposals, screens, templates
from actot.experiments.experiment import PARTS, Experiment
from actot.output import messages, render
from actot.records import Run
from actot.study import Study
from actot.verdicts.reasons import SeedsNeeded
from actot.widgets.experiment_cards import KINDS


def kinds(found: Study) -> list[str]:
    return [e.kind for e in found.experiments]


def one(found: Study, kind: str, knob: str = "") -> Experiment:
    return next(e for e in found.experiments if e.kind == kind and (not knob or knob in e.knobs))


def with_runs(*more: Run, **kwargs: Any) -> Study:
    return builders.planted_study(runs=[*builders.planted(), *more], **kwargs)


def moved(found: Study, config: Any, anchor: str | None = None) -> list[str]:
    new = knob_settings.read(config, found.profile)
    old = found.summaries[anchor or found.anchor].settings
    return [c.knob for c in config_changes.changes(old, new)]


def of_the_anchor(found: Study) -> Experiment:
    """The baseline with other seeds."""
    return next(e for e in found.experiments if e.name == "replicate_anchor")


# The anchor.


def test_the_anchor_is_the_best_baseline() -> None:
    assert builders.planted_study(baselines=("base1", "other")).anchor == "base1"
    assert builders.planted_study(baselines=("other", "base1")).anchor == "base1"
    assert builders.planted_study(baselines=("other",)).anchor == "other"
    assert builders.planted_study(anchor="upd_reg").anchor == "upd_reg"


def test_a_diverged_baseline_is_no_anchor() -> None:
    values = builders.curve(0.1)
    values[-3:] = float("nan")
    settings = builders.config({builders.REG: 0.3})
    bad = builders.healthy("bad", settings=settings, eval_l1=values)
    assert with_runs(bad, baselines=("bad", "base1")).anchor == "base1"


def test_the_anchor_is_a_run_of_the_best_group_that_has_a_value() -> None:
    values = builders.curve(0.1)
    values[-3:] = float("nan")
    bad = builders.healthy("bad", settings=builders.config(seed=9), eval_l1=values)
    assert with_runs(bad, baselines=("bad", "base1")).anchor == "base1"


# One knob at a time.


def test_every_planned_run_differs_from_the_anchor_in_one_effective_knob_or_the_seed() -> None:
    found = builders.planted_study()
    assert found.experiments
    for experiment in found.experiments:
        for run in experiment.runs:
            changed = moved(found, run.config, start_of(experiment))
            if experiment.kind == "halve":
                assert changed == run.knob.split(" + ")
            elif experiment.kind == "replicate":
                assert changed == []
                assert run.config["seed"] == run.seed
            elif changed == ["scheduler"]:
                assert "scheduler" in experiment.knobs
            else:
                assert len(changed) == 1
                assert changed[0] in experiment.knobs


def start_of(experiment: Experiment) -> str:
    """The run that its runs differ from in one knob."""
    plan = experiment.plan if experiment.kind == "isolate" else None
    return plan.regressed if plan else experiment.anchor


def test_every_planned_config_is_reset_and_named() -> None:
    names = []
    for experiment in builders.planted_study().experiments:
        for run in experiment.runs:
            names.append(run.name)
            assert run.config["output_dir"] is None
            assert run.config["resume"] is False
            assert run.config["wandb"]["run_id"] is None
            assert run.config["job_name"] == run.name
            assert run.name.startswith(start_of(experiment))
    assert len(set(names)) == len(names)


def test_sweeps_stand_for_the_knobs_with_a_ladder_around_the_anchors_value() -> None:
    found = builders.planted_study()
    sweeps = {e.knobs[0]: e for e in found.experiments if e.kind == "sweep"}
    of_ot, of_any_lerobot = (
        ["lambda_ot", "reg", "weight_label"],
        ["lr", "weight_decay", "batch_size"],
    )
    assert [*sweeps] == of_ot + of_any_lerobot + ["chunk_size"]
    assert [r.value for r in sweeps["reg"].runs] == [0.08]
    assert [r.value for r in sweeps["lambda_ot"].runs] == [0.12]
    assert [r.value for r in sweeps["weight_label"].runs] == [0.04]


def test_a_sweep_never_repeats_a_run_and_names_the_one_that_exists() -> None:
    have = dict(one(builders.planted_study(), "sweep", "reg").have)
    assert have[0.12] == ("upd_reg",)
    assert set(have[0.1]) == {"base1", "base2", "base3"}
    have = dict(one(builders.planted_study(), "sweep", "lambda_ot").have)
    assert have[0.08] == ("upd_lambda",)


def test_no_planned_run_is_one_that_the_source_holds() -> None:
    found = builders.planted_study()
    stamps = {config_changes.fingerprint(r.settings) for r in found.summaries.values()}
    for experiment in found.experiments:
        for run in experiment.runs:
            stamp = config_changes.fingerprint(knob_settings.read(run.config, found.profile))
            if experiment.kind == "replicate":
                seeds = {
                    r.settings.value("seed")
                    for r in found.summaries.values()
                    if config_changes.fingerprint(r.settings) == stamp
                }
                assert run.seed not in seeds
            else:
                assert stamp not in stamps


def test_a_sweep_whose_values_were_all_run_is_not_proposed() -> None:
    done = [
        builders.healthy("reg08", 0.401, builders.config({builders.REG: 0.08}), seed=51),
    ]
    found = with_runs(*done)
    assert not any("reg" in e.knobs for e in found.experiments if e.kind == "sweep")


def test_a_run_of_another_length_is_another_run() -> None:
    longer = builders.config({builders.REG: 0.08}, steps=20_000)
    found = with_runs(builders.healthy("long", 0.4, longer, seed=52))
    assert [r.value for r in one(found, "sweep", "reg").runs] == [0.08]


def test_without_ot_there_is_nothing_of_ot_to_sweep() -> None:
    off = builders.config({"ot.enable": False})
    found = with_runs(builders.healthy("off", 0.39, off, seed=53), anchor="off")
    swept = {e.knobs[0] for e in found.experiments if e.kind == "sweep"}
    assert swept == {"lr", "weight_decay", "batch_size", "chunk_size"}


# The guard.


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1e-5, None),
        (2e-5, "warns"),
        (3e-5, "warns"),
        (3.1e-5, "refuses"),
        (2e-4, "refuses"),
        (4e-6, "warns"),
        (1e-5 / 3, "warns"),
        (3.2e-6, "refuses"),
        (-1e-5, "refuses"),
    ],
)
def test_the_guard_refuses_beyond_three_times_and_warns_outside_what_was_tried(
    value: float, name: str | None
) -> None:
    why = guard.check_value(builders.planted_study().plan_context, "lr", value)
    assert (None if why is None else why.name) == name


def test_the_guard_says_how_far_and_what_healthy_runs_tried() -> None:
    why = guard.check_value(builders.planted_study().plan_context, "lr", 2e-4)
    assert why is not None
    for lang in messages.LANGUAGES:
        text = render.guard(why, lang)
        for part in ("lr", "0.0002", {"en": "20x", "zh": "20 倍"}[lang], "1e-05"):
            assert part in text


def test_the_guard_lets_pass_what_healthy_runs_have_tried() -> None:
    found = builders.planted_study()
    assert guard.check_value(found.plan_context, "reg", 0.12) is None
    assert guard.check_value(found.plan_context, "reg", 0.11) is None
    assert guard.check_value(found.plan_context, "reg", 0.08).name == "warns"


def test_a_category_has_no_guard() -> None:
    found = builders.planted_study().plan_context
    assert guard.check_value(found, "scheduler", "cosine_decay_with_warmup") is None


# Replicates.


def test_second_seeds_of_what_regressed_in_one_come_first_the_largest_change_before() -> None:
    found = builders.planted_study()
    by_size = sorted(found.headlines, key=lambda v: -v.change)
    first = [e for e in found.experiments if e.kind == "replicate"]
    assert [e.anchor for e in first] == [v.run for v in by_size]
    assert [len(e.runs) for e in first] == [1, 1, 1]
    assert [e.kind for e in found.experiments[:4]] == ["replicate"] * 3 + ["isolate"]
    more = [
        made(f"worse{i}", 0.9 + i / 10, {"batch_size": 16 * (i + 1)}, seed=70 + i) for i in range(3)
    ]
    many = with_runs(*more, picked=(*builders.REGRESSED, *(r.id for r in more)))
    assert kinds(many).count("replicate") == 3


def made(run_id: str, level: float, changes: dict[str, Any], seed: int) -> Run:
    return builders.healthy(run_id, level, builders.config(changes), seed=seed)


def test_where_the_noise_is_assumed_the_baseline_is_repeated_too() -> None:
    alone = [r for r in builders.planted() if r.id not in ("base2", "base3")]
    found = builders.planted_study(runs=alone)
    assert found.noise.origin == "assumed"
    first = of_the_anchor(found)
    assert [r.seed for r in first.runs] == [2, 3]
    assert all(moved(found, r.config) == [] for r in first.runs)
    assert first.have == ((1, ("base1",)),)


def test_where_the_noise_is_measured_and_all_is_decided_nothing_is_repeated() -> None:
    found = builders.planted_study()
    assert found.noise.origin == "measured"
    assert "replicate_anchor" not in [e.name for e in found.experiments]


def test_where_runs_are_within_noise_as_many_seeds_as_are_needed_are_proposed() -> None:
    runs = [r for r in builders.planted() if r.id != "base3"]
    runs.append(builders.healthy("near", 0.41, builders.config({"batch_size": 16}), seed=61))
    found = builders.planted_study(("near",), ("base1",), runs)
    row = found.headline("near")
    assert (row.word, found.noise.origin) == ("within noise", "measured")
    repeat = of_the_anchor(found)
    wanted = row.forecast.n if isinstance(row.forecast, SeedsNeeded) else 0
    assert len(repeat.runs) + 2 == min(10, max(3, wanted))
    assert kinds(found)[0] == "replicate"


# Isolation.


def test_a_confounded_group_is_separated_by_putting_each_of_it_back_in_the_regressed_run() -> None:
    found = builders.planted_study()
    isolate = one(found, "isolate")
    group = set(found.causes[0].knobs)
    assert len(group) == 4
    assert isolate.plan is not None
    assert (isolate.plan.regressed, set(isolate.plan.suspects)) == ("lr20x", group)
    back = {moved(found, r.config, "lr20x")[0]: moved(found, r.config) for r in isolate.runs}
    assert {knob: set(rest) for knob, rest in back.items()} == {k: group - {k} for k in group}


def test_isolation_runs_what_has_run_already_so_the_guard_is_not_asked() -> None:
    found = builders.planted_study()
    for kind in ("isolate", "halve"):
        experiment = one(found, kind)
        assert experiment.refused == ()
        assert [r.remark for r in experiment.runs] == [None] * len(experiment.runs)
    (half,) = one(found, "halve").runs
    anchor, worse = (found.summaries[i].settings for i in (found.anchor or "", "lr20x"))
    settings = knob_settings.read(half.config, found.profile)
    for knob in found.causes[0].knobs:
        side = worse if knob in half.knob.split(" + ") else anchor
        assert settings.value(knob) == side.value(knob)


def test_one_suspect_that_a_pair_confirms_needs_no_isolation() -> None:
    bad = builders.healthy("bad", 0.9, builders.config({"batch_size": 16}), seed=62)
    again = builders.healthy("again", 0.9, builders.config({"batch_size": 16}, seed=2), seed=63)
    found = with_runs(bad, again, picked=("bad", "again"))
    assert found.causes[0].word == "confirmed"
    assert not {"isolate", "halve", "verify"} & {*kinds(found)}


def test_the_order_is_replicate_then_isolate_then_sweep_where_the_noise_is_assumed() -> None:
    alone = [r for r in builders.planted() if r.id not in ("base2", "base3")]
    order = kinds(builders.planted_study(runs=alone))
    assert order == sorted(order, key=[*KINDS].index)
    later = {"verify", "repeat", "alone"}
    assert set(order) == set(KINDS) - {screens.SCREEN, screens.PROMOTE, "template"} - later


# The recipes that go round.


def test_a_template_gives_a_run_for_each_of_its_knobs_that_passes_the_guard() -> None:
    found = builders.planted_study()
    assert found.plan_context is not None
    recipes = {e.name: e for e in proposals.recipes(found.plan_context, found.experiments)}
    assert "template" not in kinds(found)
    assert {r.knob for r in recipes["template_ot_tune"].runs} == {"reg"}
    assert {r.knob for r in recipes["template_action_lbl_focus"].runs} == {"lambda_ot", "reg"}
    refused = {w.knob for w in recipes["template_ot_tune"].refused}
    # 3e-4 is 30x, 0.02 is 200x, 128 is 16x the anchor's; no warm-up without a schedule.
    assert {"lr", "weight_decay", "batch_size", "lr_warmup_steps", "lambda_ot"} <= refused
    for experiment in recipes.values():
        for run in experiment.runs:
            assert moved(found, run.config) == [run.knob]


def test_a_templates_words_become_this_trainers() -> None:
    found = builders.planted_study()
    anchor = found.summaries[found.anchor]
    text = found.profile.templates["stable_ot"]
    rows = {r.key: r for r in templates.template_rows(text, anchor, found.profile)}
    assert "experiment" not in rows
    scheduler = rows["train.scheduler"]
    assert (scheduler.value, scheduler.knob) == ("cosine", "scheduler")
    assert scheduler.knob_value == "cosine_decay_with_warmup"
    warmup = rows["train.warmup_ratio"]
    assert (warmup.value, warmup.knob, warmup.knob_value) == (0.1, "lr_warmup_steps", 200)
    assert (rows["train.ema"].value, rows["train.ema"].knob) == (True, None)


def test_no_run_is_planned_twice() -> None:
    names = [r.name for e in builders.planted_study().experiments for r in e.runs]
    assert len(set(names)) == len(names)


# What a user edits.


def revise(values: list[tuple[str, Any]], **kwargs: Any) -> Experiment:
    found = builders.planted_study()
    return proposals.revise(one(found, "sweep", "reg"), found.plan_context, values, **kwargs)


def test_edited_values_seeds_and_budget_reach_every_config() -> None:
    found = revise([("reg", 0.07), ("reg", 0.15)], seeds=(1, 2), steps=4000)
    assert [(r.value, r.seed) for r in found.runs] == [(0.07, 1), (0.07, 2), (0.15, 1), (0.15, 2)]
    for run in found.runs:
        assert (run.config["seed"], run.config["steps"]) == (run.seed, 4000)
        assert run.config["ot"]["loss_config"]["reg"] == run.value
        assert run.config["job_name"] == run.name
    assert len({r.name for r in found.runs}) == 4


def test_a_run_that_exists_with_that_seed_is_had_and_another_seed_is_not() -> None:
    assert revise([("reg", 0.12)]).runs == ()
    found = revise([("reg", 0.12)], seeds=(1, 2))
    assert [r.seed for r in found.runs] == [2]
    assert found.have == ((0.12, ("upd_reg",)),)


def test_a_longer_budget_is_another_run() -> None:
    assert [r.value for r in revise([("reg", 0.12)], steps=4000).runs] == [0.12]
    assert revise([("reg", 0.12)], steps=2100).runs == ()


def test_the_guard_answers_an_edit_and_an_override_keeps_its_warning() -> None:
    held = revise([("reg", 0.9)])
    assert held.runs == ()
    assert [w.name for w in held.refused] == ["refuses"]
    forced = revise([("reg", 0.9)], override=True)
    assert [(r.value, r.remark.name) for r in forced.runs] == [(0.9, "refuses")]
    assert "9x the anchor's" in render.guard(forced.runs[0].remark, "en")


def test_an_edit_that_has_no_place_is_refused_with_its_reason() -> None:
    cosine = ("scheduler", "cosine_decay_with_warmup")
    found = revise([cosine, ("lr_warmup_steps", 100), ("no.such.path", 1)])
    assert [w.name for w in found.refused] == ["no_effect", "no_place", "no_place"]
    assert found.runs == ()


def test_edited_seeds_of_a_replicate_are_its_runs() -> None:
    alone = builders.planted_study(
        runs=[r for r in builders.planted() if r.id not in ("base2", "base3")]
    )
    found = proposals.revise(
        of_the_anchor(alone),
        alone.plan_context,
        [("seed", 7), ("seed", 1), ("seed", 9)],
        seeds=(3,),
    )
    assert [(r.value, r.seed) for r in found.runs] == [(7, 7), (9, 9)]
    assert found.have == ((1, ("base1",)),)


def test_an_edited_budget_scales_the_expected_time() -> None:
    runs = [Run(**{**vars(r), "runtime_s": 1800.0}) for r in builders.planted()]
    found = builders.planted_study(runs=runs)
    longer = proposals.revise(
        one(found, "sweep", "reg"), found.plan_context, [("reg", 0.09), ("reg", 0.11)], steps=6000
    )
    assert longer.hours == pytest.approx(2 * 0.5 * 3)


# What an experiment says.


def test_the_expected_time_is_the_anchors_runtime_times_the_runs() -> None:
    runs = [Run(**{**vars(r), "runtime_s": 1800.0}) for r in builders.planted()]
    for experiment in builders.planted_study(runs=runs).experiments:
        assert experiment.hours == pytest.approx(0.5 * len(experiment.runs))
    assert all(e.hours is None for e in builders.planted_study().experiments)


def test_the_forecast_is_that_of_the_first_verdict() -> None:
    found = builders.planted_study()
    assert {e.forecast for e in found.experiments} == {found.verdicts[0].forecast}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_experiment_has_title_question_and_answer(lang: str) -> None:
    alone = [r for r in builders.planted() if r.id not in ("base2", "base3")]
    for experiment in builders.planted_study(runs=alone).experiments:
        for part in PARTS:
            text = render.experiment(experiment, part, lang)
            assert text
            assert "{" not in text


def test_an_experiment_without_a_run_is_not_proposed() -> None:
    assert all(e.runs for e in builders.planted_study().experiments)


@pytest.mark.parametrize("name", ["a/b c", "../x", "ü|;$", "-x", "." * 9])
def test_a_slug_is_a_safe_file_name(name: str) -> None:
    slug = guard.slug(f"{name}_reg_0.1")
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert not slug.startswith(".")


def test_long_names_that_differ_at_their_end_stay_different() -> None:
    names = {guard.slug(f"{'run' * 60}_reg_0.{i}") for i in range(9)}
    assert len(names) == 9
    assert max(map(len, names)) == guard.LONGEST_NAME


def test_a_template_moves_the_knobs_whose_values_are_not_the_anchors() -> None:
    found = builders.planted_study()
    text = found.profile.templates["stable_ot"]
    rows = templates.template_rows(text, found.plan_context.anchor, found.profile)
    moved = templates.moved(rows, found.plan_context.anchor)
    assert moved
    same = {r.knob for r in rows if r.knob} - set(moved)
    assert same
    assert all(
        config_values.equal(found.plan_context.anchor.settings.value(r.knob), r.knob_value)
        for r in rows
        if r.knob in same
    )


def test_an_anchor_without_a_config_gives_no_experiments() -> None:
    bare = [replace(r, config={}) for r in builders.planted()]
    found = builders.planted_study(runs=bare)
    assert found.experiments == ()
    assert found.anchor is not None
