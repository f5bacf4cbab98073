"""A plan goes on by itself: from its file and a source to the next round, or to its answer."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from support import builders, plans
from support.plans import BAD, GOOD, SUSPECTS, carried_out, context_of, plan, ran

from actot.errors import BadInput
from actot.experiments import plan as plan_files
from actot.experiments import progress
from actot.experiments.answers import (
    EachAlone,
    NotAmongThem,
    NotEnough,
    NotWorse,
    Single,
    TakesPart,
    Together,
)
from actot.experiments.mixtures import Mixer
from actot.experiments.plan import Plan
from actot.experiments.progress import Progress
from actot.experiments.strategies import HALVING, REVERTS, VERIFICATION, Mix
from actot.experiments.surprises import Better, Noisier
from actot.facts import Answer


def course(truth: plans.Truth, wanted: Plan | None = None) -> list[Progress]:
    """Its standing before the first round and after each."""
    return [found for found, _ in carried_out(truth, wanted)]


def bad_where(is_bad: Callable[[frozenset[str]], bool]) -> plans.Truth:
    return lambda moved: BAD if is_bad(moved) else GOOD


# The answers.

LR, PAIR = frozenset({"lr"}), frozenset({"lr", "scheduler"})
ALL = frozenset(SUSPECTS)
TRUTHS: list[tuple[str, plans.Truth, Answer]] = [
    *((k, bad_where(lambda moved, k=k: k in moved), Single((k,))) for k in SUSPECTS),
    ("a pair", bad_where(lambda moved: moved >= PAIR), Together(("lr", "scheduler"))),
    ("each alone", bad_where(lambda moved: bool(moved & PAIR)), EachAlone(("lr", "scheduler"))),
    ("not alone", bad_where(lambda moved: "lr" in moved and moved != LR), NotEnough(("lr",))),
    (
        "beside",
        bad_where(lambda moved: moved == LR or moved >= {"lr", "weight_decay"}),
        TakesPart(("lr",), ("weight_decay",)),
    ),
    ("three of four", bad_where(lambda moved: len(moved) >= 3), NotAmongThem(SUSPECTS)),
]


@pytest.mark.parametrize(("truth", "answer"), [t[1:] for t in TRUTHS], ids=[t[0] for t in TRUTHS])
def test_reverts_find_what_was_planted(truth: plans.Truth, answer: Answer) -> None:
    assert course(truth)[-1].answer == answer


@pytest.mark.parametrize("knob", SUSPECTS)
def test_halving_finds_a_single_knob_in_fewer_runs_and_more_rounds(knob: str) -> None:
    truth = bad_where(lambda moved: knob in moved)
    halved = course(truth, plan(HALVING))
    reverted = course(truth)
    assert halved[-1].answer == reverted[-1].answer == Single((knob,))
    assert sum(len(p.missing) for p in halved) < sum(len(p.missing) for p in reverted)
    assert len(halved) >= len(reverted)


def test_halving_goes_over_to_reverts_where_neither_half_does_it() -> None:
    found = course(bad_where(lambda moved: moved >= PAIR), plan(HALVING))
    assert found[-1].answer == Together(("lr", "scheduler"))


def test_a_run_that_was_bad_by_its_seed_blames_no_knob() -> None:
    found = course(lambda moved: GOOD)
    again = [r for r in found[1].missing if r.settings.value("lr") == 2e-4 and r.knob != "lr"]
    assert [r.seed for r in again] == [2]
    assert found[-1].answer == NotWorse()


# How far it has come.


def test_a_round_counts_what_has_run_and_asks_for_the_rest() -> None:
    runs = builders.planted()
    first = progress.follow_up(plan(), context_of(runs))
    assert (first.have_run, first.wanted, first.in_all, len(first.rounds)) == (0, 4, 2, 1)
    runs.append(ran(first.missing[0], GOOD, "any name", 81))
    second = progress.follow_up(plan(), context_of(runs))
    assert (second.have_run, second.wanted) == (1, 4)
    assert [r.name for r in second.missing] == [r.name for r in first.missing[1:]]


def test_a_run_is_recognised_by_what_it_has_in_effect_and_not_by_its_name() -> None:
    runs = builders.planted()
    first = progress.follow_up(plan(), context_of(runs))
    wrong = builders.healthy(first.missing[0].name, GOOD, builders.config(), seed=82)
    found = progress.follow_up(plan(), context_of([*runs, wrong]))
    assert (found.have_run, len(found.missing)) == (0, 4)


@pytest.mark.parametrize(("state", "offered"), [("crashed", 4), ("running", 3)])
def test_a_run_that_died_is_offered_again_and_one_that_runs_is_waited_for(
    state: str, offered: int
) -> None:
    first = progress.follow_up(plan(), context_of(builders.planted()))
    short = builders.healthy("short", GOOD, first.missing[0].config, seed=83, n=12)
    short = replace(short, state=state)
    found = progress.follow_up(plan(), context_of([*builders.planted(), short]))
    assert (found.have_run, len(found.missing)) == (0, offered)
    (reading,) = [r for r in found.rounds[-1][1] if r.died or r.running]
    assert [r.id for r in (*reading.died, *reading.running)] == ["short"]


def test_a_run_that_diverged_is_as_bad() -> None:
    runs = builders.planted()
    first = progress.follow_up(plan(), context_of(runs))
    for number, run in enumerate(first.missing):
        level = GOOD if run.knob == "lr" else BAD
        made = ran(run, level, f"x{number}", number)
        if run.knob == "scheduler":
            made = builders.run(
                made.id, run.config, eval_l1=[*builders.curve(0.5, n=30), *[float("nan")] * 10]
            )
        runs.append(made)
    found = progress.follow_up(plan(), context_of(runs))
    assert [r.mix.moved for r in found.rounds[-1][1]] == [("lr",)]


def test_what_has_run_before_the_plan_counts() -> None:
    alone = {"policy.optimizer_lr": 2e-4, "policy.optimizer_lr_backbone": 2e-4}
    pair = builders.healthy("lr_alone", BAD, builders.config(alone), seed=84)
    found = progress.follow_up(plan(VERIFICATION, ("lr",)), context_of([*builders.planted(), pair]))
    assert found.answer == Single(("lr",))


# Surprises.


def test_a_run_that_beats_the_anchor_is_said() -> None:
    better = bad_where(lambda moved: "lr" in moved)
    found = course(lambda moved: 0.3 if moved == ALL - LR else better(moved))
    (said,) = [s for s in found[-1].surprises if isinstance(s, Better)]
    assert said.anchor == "base1"
    assert found[-1].answer == Single(("lr",))


def test_where_the_source_has_become_noisier_the_regressed_run_takes_a_second_seed_first() -> None:
    runs = [r for r in builders.planted() if r.id != "lr20x"]
    runs.append(builders.healthy("lr20x", 0.55, builders.config(builders.A_STABLE), seed=7))
    calm = progress.follow_up(plan(), context_of(runs))
    assert (calm.surprises, calm.wanted) == ((), 4)
    spread = [(2, 0.37), (3, 0.43), (4, 0.45), (5, 0.36)]
    runs = [r for r in runs if r.id not in ("base2", "base3")]
    runs += [builders.healthy(f"n{s}", v, builders.config(seed=s), seed=s) for s, v in spread]
    loud = progress.follow_up(plan(), context_of(runs))
    (said,) = loud.surprises
    assert isinstance(said, Noisier)
    assert (said.seeds, said.change < said.mde) == (2, True)
    assert (loud.have_run, loud.wanted) == (1, 2)
    (again,) = loud.missing
    assert again.seed not in (None, 1)
    runs.append(ran(again, 0.56, "again", 95))
    clear = progress.follow_up(plan(), context_of(runs))
    assert (clear.surprises, clear.wanted, len(clear.missing)) == ((), 4, 4)
    twice = progress.follow_up(replace(plan(), seeds=2), context_of(runs))
    assert (twice.have_run, twice.wanted, len(twice.missing)) == (0, 8, 8)
    assert len({r.name for r in twice.missing}) == 8


def test_an_anchor_that_no_longer_holds_ends_the_plan() -> None:
    runs = [r for r in builders.planted() if r.id != "lr20x"]
    runs.append(builders.healthy("lr20x", 0.401, builders.config(builders.A_STABLE), seed=7))
    found = progress.follow_up(plan(), context_of(runs))
    assert (found.answer, found.rounds, found.missing) == (NotWorse(), (), ())


# The file.


def test_a_plan_is_read_from_its_file_as_it_was_written() -> None:
    text = plan_files.write(plan(HALVING), question="which?", runs=["a"])
    assert plan_files.read(text, "plan.json") == plan(HALVING)
    assert json.loads(text)["question"] == "which?"


def test_half_a_letter_in_a_plan_is_told_on_any_screen() -> None:
    text = plan_files.write(replace(plan(), anchor="\ud800x")).replace("\ud800", "\\ud800")
    assert plan_files.read(text, "plan.json").anchor == "?x"


BROKEN = {
    "not json": "{",
    "a list": "[]",
    "no plan": "{}",
    "a plan of text": '{"plan": "x"}',
    "unknown strategy": json.dumps({"plan": {**vars(plan()), "strategy": "guess"}}),
    "no suspects": json.dumps({"plan": {**vars(plan()), "suspects": []}}),
    "a suspect twice": json.dumps({"plan": {**vars(plan()), "suspects": ["lr", "lr"]}}),
    "a number for a name": json.dumps({"plan": {**vars(plan()), "anchor": 3}}),
    "seeds without end": json.dumps({"plan": {**vars(plan()), "seeds": 10**9}}),
    "a hundred suspects": json.dumps(
        {"plan": {**vars(plan()), "suspects": [f"k{i}" for i in range(200)]}}
    ),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_plan_is_one_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=r"^plan\.json: ") as raised:
        plan_files.read(text, "plan.json")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"regressed": "gone"}, "gone: not among the runs"),
        ({"suspects": ("lr", "no_such_knob")}, "no_such_knob"),
    ],
)
def test_a_plan_of_another_source_says_what_is_missing(other: dict, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        progress.follow_up(replace(plan(), **other), context_of(builders.planted()))


# What a plan proposes.


def test_the_proposed_plans_say_rounds_and_runs_before() -> None:
    def at_most(strategy: str, n: int) -> tuple[int, int]:
        wanted = Plan(strategy, "a", "b", tuple("abcdefgh"[:n]), "m")
        return progress.rounds_and_runs(wanted)

    assert [at_most(REVERTS, n) for n in (2, 4, 6)] == [(2, 3), (2, 5), (2, 7)]
    assert [at_most(HALVING, n) for n in (2, 4, 6)] == [(2, 2), (3, 3), (4, 4)]
    assert at_most(VERIFICATION, 1) == (1, 1)
    twice = Plan(REVERTS, "a", "b", tuple("abcd"), "m", seeds=2)
    assert progress.rounds_and_runs(twice) == (3, 11)


def test_one_likely_knob_is_to_be_verified() -> None:
    def changed(batch: int, **more: float) -> dict[str, object]:
        return builders.config({"batch_size": batch, **more})

    runs = builders.planted()
    runs += [
        builders.healthy("bad1", 0.62, changed(32, **{builders.REG: 0.13}), seed=91),
        builders.healthy("bad2", 0.63, changed(32, **{builders.LAMBDA: 0.07}), seed=92),
    ]
    both = builders.planted_study(("bad1", "bad2"), ("base1",), runs)
    runs = [r for r in runs if r.id not in builders.REGRESSED]
    found = builders.planted_study(("bad1", "bad2"), ("base1",), runs)
    assert [e.knobs for e in both.experiments if e.plan] == [("batch_size",)]
    assert (found.causes[0].knobs, found.causes[0].word) == (("batch_size",), "likely")
    verify = next(e for e in found.experiments if e.plan)
    assert (verify.kind, [r.knob for r in verify.runs]) == ("verify", ["batch_size"])


def test_a_schedule_that_is_put_back_to_none_is_a_constant_rate_that_the_trainer_takes() -> None:
    context = context_of(builders.planted())
    mixer = Mixer(context.anchor, context.at("lr20x").anchor, context.profile)
    back = mixer.planned(Mix(("lr", "weight_decay", "grad_clip_norm"), is_revert=True), SUSPECTS)
    schedule = back.config["scheduler"]
    assert back.settings.value("scheduler") == "none"
    assert schedule["type"] == "cosine_decay_with_warmup"
    assert schedule["num_warmup_steps"] == 0
    assert schedule["peak_lr"] == schedule["decay_lr"] == back.config["optimizer"]["lr"]


def test_a_plan_gives_the_same_runs_whatever_the_order_of_the_source() -> None:
    forward = progress.follow_up(plan(), context_of(builders.planted()))
    backward = progress.follow_up(plan(), context_of(builders.planted()[::-1]))
    assert [r.config for r in forward.missing] == [r.config for r in backward.missing]
