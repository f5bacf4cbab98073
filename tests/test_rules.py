"""Every rule: its contract, where it speaks, and where it stays silent.

The cases are recorded runs where one shows the thing, else a recorded run edited at one place; built
curves only where a threshold wants an exact number.
"""

import dataclasses
import inspect
import json
import math
import string
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from support import builders

from actot import profile, rules, study
from actot.analysis import duplicates, run_summary
from actot.errors import BadInput
from actot.output import messages, render
from actot.records import Run, Series, make_series
from actot.rules import Case, Finding

RULES = rules.shelf()
Cases = Mapping[str, Callable[[], Case]]
Edit = float | Callable[[np.ndarray], np.ndarray]


def recorded(run: str | Run, *bases: str | Run) -> Case:
    """A run of the sample, or an edited one, beside all of the sample; base_a_s1 is the reference."""
    sample = builders.sample()
    one, *reference = (
        sample[r] if isinstance(r, str) else run_summary.summarize(r, builders.PROFILE)
        for r in (run, *(bases or ("base_a_s1",)))
    )
    others = [one, *(r for i, r in sample.items() if i != one.id)]
    duplicates_of = duplicates.find_duplicates(others, builders.PROFILE)
    return Case(one, "eval_l1", builders.PROFILE, reference, duplicates_of(one))


def alone(run: str | Run) -> Case:
    """The same run without a reference."""
    return dataclasses.replace(recorded(run), reference=())


def edited(
    run_id: str,
    changes: Mapping[str, Any] | None = None,
    *,
    cut: int | None = None,
    without: tuple[str, ...] = (),
    **edits: Any,
) -> Run:
    """A recorded run with another config, fewer steps or metrics, another state or name, or other
    values of metrics: one number throughout, or a function of what was logged."""
    summary = builders.sample()[run_id]
    facts = {k: edits.pop(k) for k in ("name", "state", "config") if k in edits}
    keys = {m: s.key for m, s in summary.series.items()}
    series = {k: s for k, s in summary.run.series.items() if k not in {keys[m] for m in without}}
    for metric, edit in edits.items():
        old = series[keys[metric]]
        values = edit(old.values) if callable(edit) else np.full(len(old), float(edit))
        series[old.key] = Series(old.key, old.steps, values)
    if cut is not None:
        series = {k: s.window(0, cut) for k, s in series.items()}
    config = builders.config(changes, base=summary.run.config)
    return dataclasses.replace(
        summary.run, **{"id": "edited", "config": config, "series": series, **facts}
    )


def thinned(run_id: str) -> Run:
    """A recorded run that kept every other point."""
    run = edited(run_id)
    series = {k: Series(k, s.steps[1::2], s.values[1::2]) for k, s in run.series.items()}
    return dataclasses.replace(run, series=series)


def rank(run_id: str, second: int, seed: int | None, group: str = "ddp") -> Run:
    """A process of a distributed training that started this long after the first."""
    return builders.healthy(
        run_id,
        0.4 + second / 1000,
        builders.config(seed=seed),
        seed=second,
        group=group,
        created=f"2025-01-01T00:{second // 60:02}:{second % 60:02}+00:00",
    )


def case(run: Run, reference: list[Run] | None = None, others: list[Run] | None = None) -> Case:
    """A built run."""
    if reference is None:
        reference = [builders.healthy("base", settings=builders.config(seed=77), seed=77)]
    everyone = [run, *reference, *(others or [])]
    read = {id(r): run_summary.summarize(r, builders.PROFILE) for r in everyone}
    return Case(
        read[id(run)],
        "eval_l1",
        builders.PROFILE,
        [read[id(r)] for r in reference],
        duplicates.find_duplicates(read.values(), builders.PROFILE)(read[id(run)]),
    )


def healthy(**kwargs: Any) -> Case:
    return case(builders.healthy("run", **kwargs))


OLD_RATE = {"policy.optimizer_lr": 1e-4, "policy.optimizer_lr_backbone": 1e-4}


def rates(*percent: float, rollouts: int | None = 50) -> Case:
    """Success rates, one evaluation after the other."""
    settings = builders.config({"eval.n_episodes": rollouts} if rollouts else {})
    run = builders.run("run", settings, success=np.array(percent))
    return Case(run_summary.summarize(run, builders.PROFILE), "success", builders.PROFILE)


def turned(changes: Mapping[str, Any]) -> Run:
    """A run with these values up to step 1,000, and its own from there on."""
    return dataclasses.replace(builders.healthy("run"), earlier=((1000, builders.config(changes)),))


def with_point_at(step: int) -> Run:
    """A run with one more evaluation, far away."""
    run = builders.healthy("run")
    key = builders.key("eval_l1")
    old = run.series[key]
    far = make_series(key, [*old.steps, step], [*old.values, old.values[-1]])
    return dataclasses.replace(run, series={**run.series, key: far})


def empty() -> Case:
    """A run that logged nothing."""
    return case(builders.run("run", keys={}), [builders.run("base", keys={})])


def found(rule: str, one: Case) -> Finding | None:
    return next((f for f in rules.check(one) if f.rule == rule), None)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# Curves that a rule must speak on, or leave alone.


def falling(drop: float, n: int = 100) -> np.ndarray:
    """From 1 to 1 - drop over the last 2,000 of 5,000 steps, after a steep start and a level."""
    return np.concatenate(
        [np.linspace(5, 1, n - 60), np.ones(20), 1 - drop * np.linspace(0, 1, 40)]
    )


def valley(depth: float, *, at: float = 0.3, n: int = 100, noise: float = 0.002) -> np.ndarray:
    """Falls to 1 - depth at a share of the run and climbs back to 1."""
    t = np.linspace(0, 1, n)
    low = np.interp(t, [0, at, at + 0.1, 1], [2, 1 - depth, 1 - depth, 1.0])
    return low * (1 + noise * np.random.default_rng(3).standard_normal(n))


def one_dip(n: int = 100) -> np.ndarray:
    """One lucky early point below a level curve."""
    values = builders.flat(1.0, n=n, seed=4, noise=0.005)
    values[20] = 0.88
    return values


def restless() -> np.ndarray:
    """A calm stretch 5 % below an end that swings by 30 %: less than two of its errors."""
    swing = 1 + 0.3 * np.array([1, -1] * 5)
    return np.concatenate([np.linspace(2, 1, 20), np.full(20, 0.95), np.ones(50), swing])


def dell(last: int = 40, *, swing: float = 0.0) -> np.ndarray:
    """Ten points of 0.9, the last of them the given one of 100, and an end at 1 that swings: the
    error of its tail is a third of the swing."""
    values = np.full(100, 1.2)
    values[last - 10 : last] = 0.9
    values[-10:] = 1 + swing * np.array([1, -1] * 5)
    return values


def with_bad(values: np.ndarray, *places: int, bad: float = math.nan) -> np.ndarray:
    values = values.copy()
    values[list(places)] = bad
    return values


def bad_at(*places: int, bad: float = math.nan) -> Edit:
    """NaN or Inf at some points of a recorded curve."""
    return lambda values: with_bad(values, *places, bad=bad)


def climbing(share: float) -> Edit:
    """A recorded curve that climbs by a share of itself from 40 % of the run on."""
    return lambda v: v * np.interp(np.linspace(0, 1, len(v)), [0, 0.4, 1], [1, 1, 1 + share])


def held(values: np.ndarray) -> np.ndarray:
    """A recorded curve that keeps its 16th value to the end."""
    return np.concatenate([values[:16], np.full(len(values) - 16, values[15])])


def ending(drop: float, swing: float = 0.0) -> np.ndarray:
    """A level curve of 100 points whose tail of 10 falls in a straight line, or swings around it."""
    end = np.linspace(1, 1 - drop, 10) + swing * np.array([1, -1] * 5)
    return np.concatenate([np.full(90, 1.0), end])


def halves(fall: float) -> Edit:
    """A level that lies `fall` lower in the second half of the run."""
    return lambda v: np.where(np.arange(len(v)) < len(v) // 2, 0.2, 0.2 * (1 - fall))


COSTS = ("ot_cost_img_third_person", "ot_cost_img_ee", "ot_cost_img_side")


def costs(fall: float, run_id: str = "base_a_s1", **edits: Any) -> Case:
    """A recorded run whose OT costs all fall by a share."""
    return recorded(edited(run_id, **{**{c: halves(fall) for c in COSTS}, **edits}))


def spikes(n: int) -> Case:
    """A recorded run with so many large gradient norms in a row, from its 100th point on."""
    place = np.arange(240)
    high = (place >= 100) & (place < 100 + n)
    return recorded(edited("base_a_s1", grad_norm=lambda v: np.where(high, 150.0, 1.0)))


def swinging(swing: float, above: float = 0.0) -> Case:
    """An evaluation that swings around a reference without scatter: the error of its tail of 5 is
    0.4899 of the swing, its mean lies a fifth of the swing higher, and `above` more."""
    curve = 0.06 * (1 + swing * (-1.0) ** np.arange(1, 49)) * (1 + above)
    base = dataclasses.replace(edited("base_a_s1", eval_l1=0.06), id="still")
    return recorded(edited("upd_reg", eval_l1=lambda v: curve), base)


def rough(factor: float) -> np.ndarray:
    """Noise around 1 of a given size."""
    return builders.flat(1.0, n=400, seed=5, noise=factor)


def jittery(factor: float, often: int = 50) -> Case:
    base = builders.healthy("base", train_l1=rough(0.01))
    run = builders.healthy("run", settings=builders.config(log_freq=often), train_l1=rough(factor))
    return case(run, [base])


def trained(train_l1: np.ndarray) -> Case:
    return healthy(train_l1=train_l1, eval_l1=builders.curve(0.4, n=100))


def named(name: str, **changes: Any) -> Case:
    """A recorded run of 2,400 steps, lr 5e-4, batch size 24, seed 1 under another name."""
    return recorded(edited("base_a_s1", changes, name=name))


def written(**changes: Any) -> Case:
    """A recorded run, preset on, with other values at some paths (dots as `__`)."""
    return recorded(edited("base_a_s1", {k.replace("__", "."): v for k, v in changes.items()}))


COSINE = {"type": "cosine_decay_with_warmup", "num_warmup_steps": 240, "num_decay_steps": 2400}
CONSTANT = {**COSINE, "num_warmup_steps": 0, "peak_lr": 5e-4, "decay_lr": 5e-4}
SCHEDULED = builders.config(builders.own_optimizer(2e-4, 0.05))
SILENT_CONFIG = {k: v for k, v in builders.config().items() if k != "steps"}

SPEAKS: dict[str, Cases] = {
    "constant_lr": {
        "a recorded schedule, logged flat": lambda: recorded(edited("lr20x", lr=0.01)),
        "a range below 1e-9 of the level": lambda: recorded(
            edited("lr20x", lr=lambda v: np.linspace(0.01, 0.01 * (1 + 9e-10), len(v)))
        ),
        "a built schedule": lambda: healthy(settings=SCHEDULED, lr=np.full(40, 2e-4)),
    },
    "diag_share": {
        "baseline B": lambda: recorded("base_b_s1"),
        "its second seed": lambda: recorded("base_b_s2"),
        "a little below the least": lambda: recorded(
            edited("base_a_s1", ot_pi_diag=0.7999, ot_pi_sum=1.0)
        ),
        "half of the mass": lambda: healthy(
            ot_pi_diag=np.full(40, 0.5), ot_pi_sum=np.full(40, 0.9)
        ),
        "older names": lambda: case(
            builders.run(keys={"train/ot_ot_pi_diag": [0.1] * 9, "train/ot_ot_pi_sum": [0.9] * 9})
        ),
    },
    "diverged": {
        "the diverged run": lambda: recorded("diverged"),
        "NaN at the last evaluation": lambda: recorded(edited("upd_reg", eval_l1=bad_at(-1))),
        "NaN at the fifth from the end": lambda: recorded(edited("upd_reg", eval_l1=bad_at(-5))),
        "Inf in train loss": lambda: healthy(
            train_loss=with_bad(builders.curve(0.4), *range(20, 40), bad=math.inf)
        ),
        "never finite": lambda: healthy(eval_l1=np.full(40, math.nan)),
    },
    "beyond_plan": {
        "three times as far": lambda: case(
            builders.healthy("run", settings=builders.config(steps=666))
        ),
        "one point": lambda: case(with_point_at(100_000)),
    },
    "forked": {
        "a fork": lambda: case(dataclasses.replace(builders.healthy("run"), fork=("base", 500))),
        "one whose trunk is elsewhere": lambda: case(
            dataclasses.replace(builders.healthy("run"), fork=("gone", 500))
        ),
    },
    "other_axis": {
        "a counter that was agreed upon": lambda: case(
            dataclasses.replace(builders.healthy("run"), axis="n", axis_origin="agreed")
        ),
        "another": lambda: case(
            dataclasses.replace(builders.healthy("run"), axis="train/step", axis_origin="agreed")
        ),
    },
    "rewound": {
        "once": lambda: case(dataclasses.replace(builders.healthy("run"), rewinds=((900, 500),))),
        "twice": lambda: case(
            dataclasses.replace(builders.healthy("run"), rewinds=((900, 500), (800, 300)))
        ),
    },
    "config_changed": {
        "another rate": lambda: case(turned(OLD_RATE)),
        "two knobs": lambda: case(turned({"batch_size": 16, builders.REG: 0.3})),
    },
    "drift": {
        "a recorded run that climbs by half": lambda: recorded(
            edited("upd_reg", eval_l1=climbing(0.5))
        ),
        "10 % up again": lambda: healthy(eval_l1=valley(0.10)),
        "30 % up from the middle": lambda: healthy(eval_l1=valley(0.30, at=0.5)),
        "a best that ends at 74 %": lambda: healthy(eval_l1=dell(74)),
        "worse by 2.03 errors": lambda: healthy(eval_l1=dell(swing=0.148)),
    },
    "duplicate": {
        "the repeat": lambda: recorded("repeat"),
        "the run that was repeated": lambda: recorded("base_a_s1"),
        "another output folder": lambda: recorded(edited("upd_reg", {"output_dir": "/x"})),
        "built twins": lambda: case(builders.healthy("run"), others=[builders.healthy("twin")]),
    },
    "grad_norm": {
        "a recorded curve, 200 times as high": lambda: recorded(
            edited("base_a_s1", grad_norm=lambda v: 200 * v)
        ),
        "13 of 24 points": lambda: spikes(13),
        "a stretch in the middle": lambda: spikes(60),
        "two of three points": lambda: recorded(
            edited("base_a_s1", grad_norm=lambda v: np.where(np.arange(240) % 3, 101.0, 1.0))
        ),
    },
    "identical_curves": {
        "one data order": lambda: recorded("base_b_s2"),
        "the repeat": lambda: recorded("repeat"),
        "built twins": lambda: case(
            builders.healthy("run", seed=5),
            others=[builders.healthy("twin", settings=builders.config(seed=9), seed=5)],
        ),
        "one metric, no reference": lambda: case(
            builders.run("run", ot_cost_action_lbl=builders.flat(0.02, seed=1)),
            [],
            [builders.run("twin", ot_cost_action_lbl=builders.flat(0.02, seed=1))],
        ),
    },
    "ignored_settings": {
        "an lr at the optimizer": lambda: written(optimizer__lr=2e-4),
        "a scheduler beside another lr": lambda: written(optimizer__lr=2e-4, scheduler=COSINE),
        "the recorded optimizer of lr20x, preset on": lambda: recorded(
            edited("lr20x", {"use_policy_training_preset": True})
        ),
    },
    "jitter": {
        "the diverged run": lambda: recorded("diverged"),
        "1.55 times": lambda: jittery(0.0155),
        "twice": lambda: jittery(0.02),
        "ten times": lambda: jittery(0.1),
    },
    "name_contradicts": {
        "200k": lambda: named("act_200k"),
        "2.53k, beyond the slack": lambda: named("act_2.53k"),
        "steps in full": lambda: named("20000_steps"),
        "lr": lambda: named("act_lr2e-4_200ep"),
        "lr apart": lambda: named("act lr_2e-4"),
        "batch size": lambda: named("insert-bs16"),
        "batch in full": lambda: named("batch16.act"),
        "seed": lambda: named("act_seed7"),
        "lr beside the preset's": lambda: named("lr2e-4", **{"optimizer.lr": 2e-4}),
    },
    "noisy_eval": {
        "two baselines": lambda: recorded("base_a_s2", "base_b_s1"),
        "the older names against baseline B": lambda: recorded("oldkeys", "base_b_s1"),
        "an error a little above what matters": lambda: swinging(0.042),
        "an error a little above the difference": lambda: swinging(0.1, 0.02),
    },
    "nonfinite": {
        "one evaluation": lambda: recorded(edited("upd_reg", eval_l1=bad_at(10))),
        "two gradient norms": lambda: recorded(
            edited("upd_reg", grad_norm=bad_at(10, 11, bad=math.inf))
        ),
    },
    "plan_collapse": {
        "the collapsed run": lambda: recorded("collapse"),
        "a little below the threshold": lambda: recorded(edited("upd_reg", ot_pi_sum=0.99e-3)),
        "to the end": lambda: healthy(ot_pi_sum=np.geomspace(0.9, 1e-6, 40)),
        "once": lambda: healthy(ot_pi_sum=with_bad(builders.flat(0.97), 4, bad=1.638e-24)),
        "once, a little below": lambda: recorded(
            edited("upd_reg", ot_pi_sum=bad_at(20, bad=0.99e-12))
        ),
        "older names": lambda: case(builders.run(keys={"train/ot_ot_pi_sum": [1e-5] * 9})),
    },
    "plan_mass": {
        "costs that fall by 9.9 %": lambda: costs(0.099),
        "costs that rise": lambda: costs(-0.3),
        "mass a little above the least": lambda: costs(0.05, ot_pi_sum=0.601),
        "one camera": lambda: recorded(
            edited("base_a_s1", without=COSTS[1:], ot_cost_img_third_person=halves(0.05))
        ),
    },
    "plateau": {
        "a recorded curve held from step 160": lambda: recorded(edited("upd_reg", train_l1=held)),
        "level": lambda: trained(falling(0.0)),
        "a fall of 1.95 %": lambda: trained(falling(0.022)),
        "a rise of 1.9 %": lambda: trained(falling(-0.02)),
    },
    "rate_swings": {
        "20 to 100 of 50 rollouts": lambda: rates(40, 100, 20, 90, 30, 100),
        "a rise with a collapse in between": lambda: rates(10, 60, 80, 0, 90, 92, 30, 94),
    },
    "ranks": {
        "two ranks without a seed": lambda: case(
            rank("run", 0, None), others=[rank("rank1", 7, None)]
        ),
        "three with one": lambda: case(
            rank("run", 0, 3), others=[rank("rank1", 2, 3), rank("rank2", 59, 3)]
        ),
    },
    "repeats": {
        "two runs of one seed": lambda: case(
            builders.healthy("run"), others=[builders.healthy("again", 0.42, seed=5)]
        ),
        "three of them": lambda: case(
            builders.healthy("run"),
            others=[builders.healthy(f"again{i}", 0.42 + i / 100, seed=5 + i) for i in range(2)],
        ),
    },
    "slow_loading": {
        "a recorded run, loading 50 times as long": lambda: recorded(
            edited("base_a_s1", dataloading_s=lambda v: 50 * v)
        ),
        "a little longer than updating": lambda: recorded(
            edited("base_a_s1", dataloading_s=0.0201, update_s=0.02)
        ),
    },
    "still_improving": {
        "a recorded run stopped at step 700": lambda: recorded(edited("base_a_s1", cut=700)),
        "stopped at step 1,000": lambda: recorded(edited("base_a_s1", cut=1000)),
        "a fall of 2.1 %": lambda: healthy(eval_l1=ending(0.021)),
        # t = 2.33 with 8 degrees of freedom; the 95 % point is 2.306.
        "a fall a little clearer than chance": lambda: healthy(eval_l1=ending(0.10, 0.050)),
    },
    "unfinished": {
        "the killed run": lambda: recorded("killed"),
        "a failed exit": lambda: recorded(edited("upd_reg", state="failed", cut=2390)),
        "no end recorded": lambda: recorded(edited("upd_reg", state="unfinished", cut=2390)),
        "a failure without a budget": lambda: healthy(settings=SILENT_CONFIG, state="failed"),
        "still running": lambda: recorded(edited("upd_reg", state="running")),
        "97.9 % of the steps": lambda: recorded(edited("upd_reg", cut=2340)),
        "half of the steps": lambda: case(builders.healthy("run", n=20)),
    },
    "unmoved": {
        "reg changed": lambda: recorded("upd_reg"),
        "the optimizer changed": lambda: recorded("lr20x"),
        "a rescaled cost": lambda: recorded("lr25x"),
        "a rescaled cost, off by 8e-6": lambda: recorded(
            edited("lr25x", ot_cost_action_lbl=lambda v: v * (1 + 8e-6))
        ),
        "five shared points": lambda: recorded(edited("upd_reg", cut=50)),
        "logged half as often": lambda: recorded(thinned("upd_reg")),
    },
    "zeros": {
        "a recorded run, evaluated as 0": lambda: recorded(edited("upd_reg", eval_l1=0)),
        "another metric": lambda: recorded(edited("upd_reg", eval_loss=0)),
    },
}

SILENT: dict[str, Cases] = {
    "beyond_plan": {
        "as planned": lambda: healthy(),
        "twice as far": lambda: case(builders.healthy("run", settings=builders.config(steps=1000))),
        "no plan": lambda: case(builders.healthy("run", settings=SILENT_CONFIG)),
        "nothing logged": empty,
    },
    "forked": {
        "a run of its own": lambda: healthy(),
        "a recorded run": lambda: recorded("lr20x"),
        "nothing logged": empty,
    },
    "other_axis": {
        "its own steps": lambda: healthy(),
        "a declared axis": lambda: case(
            dataclasses.replace(builders.healthy("run"), axis="n", axis_origin="declared")
        ),
        "a chosen axis": lambda: case(
            dataclasses.replace(builders.healthy("run"), axis="n", axis_origin="chosen")
        ),
    },
    "rewound": {
        "never": lambda: healthy(),
        "a recorded run": lambda: recorded("lr20x"),
        "nothing logged": empty,
    },
    "config_changed": {
        "never": lambda: healthy(),
        "bookkeeping": lambda: case(turned({"output_dir": "/elsewhere", "seed": 4})),
        "nothing logged": empty,
    },
    "rate_swings": {
        "as luck has it": lambda: rates(48, 56, 44, 52, 50, 46),
        "a straight rise": lambda: rates(10, 30, 50, 70, 90),
        "few rollouts": lambda: rates(40, 60, 30, 60, 50, rollouts=10),
        "unknown rollouts": lambda: rates(40, 100, 20, 90, 30, 100, rollouts=None),
        "few evaluations": lambda: rates(20, 100, 20, 100),
        "another metric": lambda: healthy(),
        "never a success": lambda: rates(0, 0, 0, 0, 0, 0),
    },
    "ranks": {
        "another start": lambda: case(rank("run", 0, 3), others=[rank("rank1", 61, 3)]),
        "another group": lambda: case(rank("run", 0, 3), others=[rank("r1", 0, 3, group="b")]),
        "no group": lambda: case(rank("run", 0, 3, ""), others=[rank("rank1", 0, 3, group="")]),
        "another seed": lambda: case(rank("run", 0, 3), others=[rank("rank1", 0, 4)]),
        "nothing logged": empty,
    },
    "repeats": {
        "ranks of one training": lambda: case(rank("run", 0, 3), others=[rank("rank1", 2, 3)]),
        "the same curve": lambda: recorded("repeat"),
        "another seed": lambda: case(
            builders.healthy("run"),
            others=[builders.healthy("other", 0.42, builders.config(seed=2), seed=5)],
        ),
        "seeds that are not known": lambda: case(
            builders.healthy("run", settings=builders.config(seed=None)),
            others=[builders.healthy("other", 0.42, builders.config(seed=None), seed=5)],
        ),
        "nothing logged": empty,
    },
    "constant_lr": {
        "a recorded schedule": lambda: recorded("lr20x"),
        "no scheduler": lambda: recorded("base_a_s1"),
        "a range above 1e-9 of the level": lambda: recorded(
            edited("lr20x", lr=lambda v: np.linspace(0.01, 0.01 * (1 + 11e-10), len(v)))
        ),
        "one point": lambda: recorded(edited("lr20x", cut=10)),
        "lr not logged": lambda: recorded(edited("lr20x", without=("lr",))),
    },
    "diag_share": {
        "baseline A": lambda: recorded("base_a_s1"),
        "the least itself": lambda: recorded(edited("base_a_s1", ot_pi_diag=0.8, ot_pi_sum=1.0)),
        "low only at the start": lambda: healthy(
            ot_pi_diag=np.linspace(0.1, 0.9, 40) ** 0.05, ot_pi_sum=np.ones(40)
        ),
        "no OT": lambda: recorded("no_ot"),
    },
    "diverged": {
        "a baseline": lambda: recorded("base_a_s1"),
        "NaN at the sixth from the end": lambda: recorded(edited("upd_reg", eval_l1=bad_at(-6))),
        "NaN in the gradient norm": lambda: recorded(edited("upd_reg", grad_norm=bad_at(-1))),
        "nothing logged": empty,
    },
    "drift": {
        "a baseline": lambda: recorded("base_a_s1"),
        "the diverged run": lambda: recorded("diverged"),
        "one lucky point": lambda: healthy(eval_l1=one_dip()),
        "too small to matter": lambda: healthy(eval_l1=valley(0.005)),
        "a restless end": lambda: healthy(eval_l1=restless()),
        "a best that ends at 75 %": lambda: healthy(eval_l1=dell(75)),
        "worse by 1.97 errors": lambda: healthy(eval_l1=dell(swing=0.152)),
        "a late best": lambda: healthy(eval_l1=valley(0.10, at=0.75)),
        "noise": lambda: healthy(eval_l1=builders.flat(1.0, n=200, seed=8, noise=0.01)),
        "zeros": lambda: healthy(eval_l1=np.zeros(40)),
        "nothing logged": empty,
    },
    "duplicate": {
        "another seed": lambda: recorded("base_a_s2"),
        "another knob": lambda: recorded("upd_reg"),
        "the repeat with a seed of its own": lambda: recorded(edited("repeat", {"seed": 9})),
        "other budgets and data orders": lambda: case(
            builders.healthy("run"),
            [builders.healthy("base", settings=builders.config(seed=2))],
            [
                builders.healthy("c", settings=builders.config({builders.REG: 0.2})),
                builders.healthy("d", settings=builders.config(steps=4000)),
                builders.healthy("e", settings=builders.config({"dataset.sampler_seed": 3})),
            ],
        ),
    },
    "grad_norm": {
        "a baseline": lambda: recorded("base_a_s1"),
        "recorded spikes": lambda: recorded("lr20x"),
        "spikes of another seed": lambda: recorded("killed"),
        "12 of 24 points": lambda: spikes(12),
        "the threshold itself": lambda: recorded(edited("base_a_s1", grad_norm=100.0)),
        "four points": lambda: case(builders.run("run", grad_norm=[500.0] * 4)),
        "not logged": lambda: recorded(edited("base_a_s1", without=("grad_norm",))),
    },
    "identical_curves": {
        "another data order": lambda: recorded("base_a_s2"),
        "a rescaled curve": lambda: recorded("lr25x"),
        "a constant": lambda: case(
            builders.run("run", lr=[1e-5] * 9), [builders.run("b", lr=[1e-5] * 9)]
        ),
        "one schedule": lambda: case(
            builders.run("run", lr=np.linspace(0, 1, 9)),
            [builders.run("b", lr=np.linspace(0, 1, 9))],
        ),
        "one point that differs": lambda: case(
            builders.run("run", train_l1=builders.curve(0.4)),
            [builders.run("b", train_l1=with_bad(builders.curve(0.4), 7, bad=0.5))],
        ),
        "another length": lambda: case(
            builders.run("run", train_l1=builders.curve(0.4, n=20)),
            [builders.run("b", train_l1=builders.curve(0.4, n=40))],
        ),
        "nothing logged": empty,
    },
    "ignored_settings": {
        "a baseline: the same values twice": lambda: recorded("base_a_s1"),
        "preset off: the policy's values are a leftover": lambda: recorded("lr20x"),
        "a schedule that is exactly constant": lambda: written(scheduler=CONSTANT),
        "a scheduler beside the policy's lr, as code may preset it": lambda: written(
            scheduler=COSINE
        ),
        "a clip beside the policy's lr": lambda: written(optimizer__grad_clip_norm=1.0),
        "no optimizer at all": lambda: written(optimizer=None),
        "an lr of null": lambda: written(optimizer__lr=None),
        "the policy's lr turned, the optimizer's left as in the reference": lambda: recorded(
            edited("upd_reg", {"policy.optimizer_lr": 1e-3, "policy.optimizer_lr_backbone": 1e-3})
        ),
        "the lr of the backbone's neighbour": lambda: written(policy__optimizer_lr_backbone=1e-5),
        "OT off on purpose": lambda: recorded("no_ot"),
        "an lr at the optimizer, the switch not in the config": lambda: case(
            builders.run("run", {"optimizer": {"lr": 2e-4}, "policy": {"type": "act"}})
        ),
        "no config": lambda: case(builders.run("run", {})),
    },
    "jitter": {
        "another seed": lambda: recorded("base_a_s2"),
        "1.45 times": lambda: jittery(0.0145),
        "smoother": lambda: jittery(0.005),
        "logged at another rate": lambda: jittery(0.1, often=200),
        "no reference": lambda: alone("diverged"),
        "nothing logged": empty,
    },
    "name_contradicts": {
        "the recorded name": lambda: recorded("base_a_s1"),
        "the recorded name with lr20x": lambda: recorded("lr20x"),
        "2.4k": lambda: named("act_2.4k"),
        "2.51k, within the slack": lambda: named("act_2.51k"),
        "200k of 200,000": lambda: named("act_200k", steps=200_000),
        "the right lr": lambda: named("lr5e-4_bs24_seed1"),
        "episodes": lambda: named("insert_100ep_20eps"),
        "warm-up": lambda: named("warmup_2k"),
        "a checkpoint": lambda: named("from_200k"),
        "frames": lambda: named("act_200k_frames"),
        "two values": lambda: named("act_100k_200k"),
        "seeds": lambda: named("seed_1_2_3"),
        "a baseline's number": lambda: named("bs1"),
        "a batch of runs": lambda: named("batch2"),
        "part of a word": lambda: named("lr0.0002x_task200kb"),
        "the backbone's lr": lambda: named("backbone_lr_1e-6"),
        "no name": lambda: named(""),
        "another batch size than the trainer's default, which the config does not hold": lambda: (
            case(builders.run("run", {"steps": 2000}, name="act_bs16"))
        ),
        "no config": lambda: case(builders.run("run", {}, name="act_200k_lr2e-4_bs16_seed7")),
    },
    "noisy_eval": {
        "a difference far above the error": lambda: recorded("lr20x"),
        "an error below what matters": lambda: recorded("upd_reg"),
        "an error a little below what matters": lambda: swinging(0.040),
        "an error a little below the difference": lambda: swinging(0.1, 0.035),
        "the reference itself": lambda: recorded("base_b_s1", "base_b_s1"),
        "the repeat": lambda: recorded("repeat"),
        "no reference": lambda: alone("base_a_s2"),
        "another dataset": lambda: recorded(
            edited("base_a_s2", {"dataset.repo_id": "other"}), "base_b_s1"
        ),
        "the diverged run": lambda: recorded("diverged"),
        "four evaluations": lambda: recorded(edited("base_a_s2", cut=200), "base_b_s1"),
        "not evaluated": lambda: recorded(edited("base_a_s2", without=("eval_l1",)), "base_b_s1"),
    },
    "nonfinite": {
        "a baseline": lambda: recorded("base_a_s1"),
        "the diverged run": lambda: recorded("diverged"),
        "NaN at the end": lambda: recorded(edited("upd_reg", eval_l1=bad_at(-1))),
        # 0 / 0 of a derived metric was not logged.
        "0 / 0": lambda: recorded(edited("upd_reg", ot_pi_diag=0, ot_pi_sum=0)),
        "nothing logged": empty,
    },
    "plan_collapse": {
        "a baseline": lambda: recorded("base_a_s1"),
        "a little above the threshold": lambda: recorded(edited("upd_reg", ot_pi_sum=1.01e-3)),
        "once, a little above": lambda: recorded(
            edited("upd_reg", ot_pi_sum=bad_at(20, bad=1.01e-12))
        ),
        "low only at the start": lambda: healthy(ot_pi_sum=np.linspace(0.0174, 0.98, 40)),
        "no OT": lambda: recorded("no_ot"),
        "never finite": lambda: case(builders.run("run", ot_pi_sum=[math.nan] * 9)),
    },
    "plan_mass": {
        "a baseline": lambda: recorded("base_a_s1"),
        "costs that fall by 10.1 %": lambda: costs(0.101),
        "one camera that falls": lambda: costs(0.0, ot_cost_img_ee=halves(0.5)),
        "mass a little below": lambda: costs(0.0, ot_pi_sum=0.599),
        "the collapsed plan": lambda: recorded("collapse"),
        "costs not logged": lambda: recorded(edited("base_a_s1", without=COSTS)),
        "costs of zero": lambda: recorded(edited("base_a_s1", **dict.fromkeys(COSTS, 0))),
        "one window": lambda: recorded(
            edited("base_a_s1", cut=90, **{c: halves(0.0) for c in COSTS})
        ),
        "no OT": lambda: recorded("no_ot"),
    },
    "plateau": {
        "a baseline": lambda: recorded("base_a_s1"),
        "a fall of 2.03 %": lambda: trained(falling(0.023)),
        "a fall of 20 %": lambda: trained(falling(0.2)),
        "a rise of 20 %": lambda: trained(falling(-0.2)),
        "shorter than the span": lambda: recorded(edited("upd_reg", cut=1500, train_l1=held)),
        "never finite": lambda: case(builders.run("run", train_l1=[math.nan] * 100)),
        "nothing logged": empty,
    },
    "slow_loading": {
        "a baseline": lambda: recorded("base_a_s1"),
        "as long as updating": lambda: recorded(
            edited("base_a_s1", dataloading_s=0.02, update_s=0.02)
        ),
        "slow at a few steps": lambda: recorded(
            edited("base_a_s1", dataloading_s=lambda v: np.where(np.arange(240) < 100, 9.0, v))
        ),
        "never on one step": lambda: case(
            builders.run(
                "run",
                dataloading_s=(range(10, 100, 10), [1.0] * 9),
                update_s=(range(15, 105, 10), [0.1] * 9),
            )
        ),
        "one of the two": lambda: recorded(edited("base_a_s1", without=("update_s",))),
    },
    "still_improving": {
        "a baseline": lambda: recorded("base_a_s1"),
        "a recorded fall within its scatter": lambda: recorded("lr20x"),
        "a recorded rise": lambda: recorded("base_a_s2"),
        "a fall a little less clear than chance": lambda: healthy(eval_l1=ending(0.10, 0.052)),
        "a fall of 1.97 %": lambda: healthy(eval_l1=ending(0.0195)),
        "nine evaluations": lambda: recorded(
            edited("base_a_s1", cut=450, eval_l1=lambda v: np.linspace(1, 0.1, len(v)))
        ),
        "the diverged run": lambda: recorded("diverged"),
        "nothing logged": empty,
    },
    "unfinished": {
        "a baseline": lambda: recorded("base_a_s1"),
        "the resumed run": lambda: recorded("resumed"),
        "a crash after the last planned step": lambda: recorded(edited("upd_reg", state="failed")),
        "98.3 % of the steps": lambda: recorded(edited("upd_reg", cut=2350)),
        "no budget in the config": lambda: healthy(settings=SILENT_CONFIG),
        # 2,000 steps, logged every 300: nothing is missing behind step 1,800.
        "the last interval": lambda: case(
            builders.healthy(
                "run", settings=builders.config(log_freq=300, eval_freq=300), n=6, every=300
            )
        ),
    },
    "unmoved": {
        "the reference itself": lambda: recorded("base_a_s1"),
        "no knob changed": lambda: recorded("repeat"),
        "another data order": lambda: recorded("base_b_s1"),
        "one data order, no knob changed": lambda: recorded("base_b_s2", "base_b_s1"),
        "rescaled by no knob's ratio": lambda: recorded(
            edited("lr25x", ot_cost_action_lbl=lambda v: v * (1 + 12e-6))
        ),
        "rescaled, and its knob unchanged": lambda: recorded(
            edited("upd_reg", ot_cost_action_lbl=lambda v: 1.2 * v)
        ),
        "one point that differs": lambda: recorded(
            edited("upd_reg", ot_cost_action_lbl=lambda v: with_bad(v, 7, bad=v[7] * (1 + 1e-12)))
        ),
        "four shared points": lambda: recorded(edited("upd_reg", cut=40)),
        "one schedule": lambda: case(
            builders.run("run", SCHEDULED, lr=np.linspace(0, 1, 9)),
            [builders.run("b", lr=np.linspace(0, 1, 9))],
        ),
        "no OT": lambda: recorded("no_ot"),
        "no reference": lambda: alone("upd_reg"),
        "nothing logged": empty,
    },
    "zeros": {
        "a baseline": lambda: recorded("base_a_s1"),
        "a metric without direction": lambda: recorded(edited("upd_reg", grad_norm=0)),
        "one point above 0": lambda: recorded(
            edited("upd_reg", eval_loss=lambda v: with_bad(0 * v, 3, bad=0.1))
        ),
        "nothing logged": empty,
    },
}


def each(table: Mapping[str, Cases]) -> list[Any]:
    """A parameter per case, called by its words."""
    return [
        pytest.param(rule, make, id=f"{rule}: {words}")
        for rule, cases in table.items()
        for words, make in cases.items()
    ]


def within(one: Finding, run: Case) -> None:
    """A finding's curve is there, and its steps are steps of the run."""
    metric = one.facts.get("metric")
    if metric is not None:
        assert len(run.summary.series[metric])
    if one.steps is not None:
        first = min(int(s.steps[0]) for s in run.summary.run.series.values() if len(s))
        assert first <= one.steps[0] <= one.steps[1] <= run.summary.run.last_step


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_a_severity_and_says_what_it_is(name: str) -> None:
    rule = RULES[name]
    assert rule.SEVERITY in rules.SEVERITIES
    assert rule.__doc__


@pytest.mark.parametrize("name", RULES)
def test_the_keywords_of_a_rule_are_its_thresholds_and_have_defaults(name: str) -> None:
    first, *rest = inspect.signature(RULES[name].check).parameters.values()
    assert first.name == "case"
    for one in rest:
        assert one.kind is one.KEYWORD_ONLY, one.name
        assert one.default is not one.empty, one.name
    for threshold in rules.thresholds(name, builders.PROFILE):
        assert threshold in [one.name for one in rest]


def test_every_number_stands_in_its_rule_alone() -> None:
    assert builders.PROFILE.rules == {}


def test_every_rule_has_cases_where_it_speaks_and_where_it_is_silent() -> None:
    assert SPEAKS.keys() == RULES.keys()
    assert SILENT.keys() == RULES.keys()
    assert min(len(cases) for cases in SPEAKS.values()) >= 2
    assert min(len(cases) for cases in SILENT.values()) >= 3


@pytest.mark.parametrize(("name", "make"), each(SPEAKS))
def test_a_rule_speaks(name: str, make: Callable[[], Case]) -> None:
    run = make()
    one = found(name, run)
    assert one is not None
    assert one.severity in rules.SEVERITIES
    for lang in messages.LANGUAGES:
        sentence = render.finding(one, lang)
        assert "{" not in sentence
        assert "None" not in sentence
        assert "nan" not in sentence.split()
    wanted = placeholders(messages.named(f"rule_{name}", "en"))
    assert wanted <= one.facts.keys()
    assert json.loads(json.dumps(one.facts))
    within(one, run)


@pytest.mark.parametrize(("name", "make"), each(SILENT))
def test_a_rule_is_silent(name: str, make: Callable[[], Case]) -> None:
    one = found(name, make())
    assert one is None, render.finding(one, "en")


def test_no_data_makes_no_finding_about_a_curve() -> None:
    assert {f.rule for f in rules.check(empty())} <= {"unfinished", "duplicate"}


def test_a_profile_without_the_metrics_of_the_rules_makes_no_finding_and_no_error() -> None:
    text = "name: x\njudge: [m]\nmetrics: {m: {keys: [a/b], direction: lower}}\n"
    other = profile.parse(text, "mine.yaml")
    run = builders.run("run", {}, keys={"a/b": builders.curve(0.4)})
    summary = run_summary.summarize(run, other)
    equals = duplicates.find_duplicates([summary], other)(summary)
    assert list(rules.check(Case(summary, "m", other, [summary], equals))) == []


def test_the_gravest_finding_comes_first() -> None:
    bad = builders.healthy(
        "run", state="failed", eval_l1=with_bad(builders.curve(0.4), 39), eval_loss=np.zeros(40)
    )
    severities = [f.severity for f in rules.check(case(bad))]
    assert severities == sorted(severities, key=rules.SEVERITIES.index)
    assert severities[0] == "error"


# The recorded runs as they are.

GRAVE = {
    "collapse": {"plan_collapse"},
    "diverged": {"diverged", "jitter"},
    "killed": {"unfinished"},
}
REMARKS = {
    "base_b_s1": {"diag_share", "identical_curves"},
    "base_b_s2": {"diag_share", "identical_curves"},
    "repeat": {"duplicate", "identical_curves"},
    "upd_reg": {"identical_curves", "unmoved"},
    "upd_lambda": {"identical_curves", "unmoved"},
    "lr20x": {"identical_curves", "unmoved"},
    "lr25x": {"unmoved"},
    "lr30x": {"identical_curves", "unmoved"},
}


@pytest.mark.parametrize("run_id", sorted(builders.sample()))
def test_what_is_planted_in_a_recorded_run_is_found_and_nothing_grave_besides(run_id: str) -> None:
    run = recorded(run_id)
    said = {f.rule: f for f in rules.check(run)}
    assert {r for r, f in said.items() if f.severity != "info"} == GRAVE.get(run_id, set())
    assert REMARKS.get(run_id, set()) <= said.keys()
    for one in said.values():
        within(one, run)


@pytest.mark.parametrize("base", ["base_a_s1", "base_a_s2", "base_a_s3", "base_b_s1", "base_b_s2"])
def test_healthy_baselines_raise_nothing_above_a_remark_whatever_the_reference(base: str) -> None:
    for run_id in ("base_a_s1", "base_a_s2", "base_a_s3", "base_b_s1", "base_b_s2"):
        said = list(rules.check(recorded(run_id, base)))
        assert {f.severity for f in said} <= {"info"}, run_id


# What a finding says.


def test_a_divergence_names_its_step_and_the_curve_that_breaks_off_there() -> None:
    one = found("diverged", healthy(eval_l1=with_bad(builders.curve(0.4), *range(30, 40))))
    assert one is not None
    assert one.facts["step"] == 1550
    assert one.steps == (1550, 2000)
    assert one.facts["metric"] == "eval_l1"
    one = found("diverged", recorded("diverged"))
    assert one is not None
    assert (one.facts["metric"], one.steps) == ("train_loss", (1020, 2400))


def test_a_collapse_in_the_tail_is_graver_than_one_on_the_way() -> None:
    whole = found("plan_collapse", SPEAKS["plan_collapse"]["to the end"]())
    once = found("plan_collapse", SPEAKS["plan_collapse"]["once"]())
    assert whole is not None
    assert once is not None
    assert (whole.severity, once.severity) == ("warning", "info")
    assert (once.facts["step"], once.steps) == (250, (250, 250))


def test_a_drift_names_the_window_and_how_much_worse_the_end_is() -> None:
    one = found("drift", healthy(eval_l1=valley(0.10)))
    assert one is not None
    assert one.facts["worse_pct"] == pytest.approx(10, abs=1.5)
    assert 1500 <= one.facts["step"] <= 2500


def test_a_duplicate_names_its_twin() -> None:
    one = found("duplicate", SPEAKS["duplicate"]["built twins"]())
    assert one is not None
    assert "twin" in one.facts["runs"]


def test_repeats_say_how_far_apart_they_came_out() -> None:
    one = found("repeats", SPEAKS["repeats"]["two runs of one seed"]())
    assert one is not None
    assert one.facts["runs"] == ["again"]
    assert one.facts["apart_pct"] == pytest.approx(5, abs=0.5)


def test_a_changed_config_names_its_step_and_both_values_and_is_no_side_of_a_pair() -> None:
    one = found("config_changed", case(turned(OLD_RATE)))
    assert one is not None
    assert one.steps == (1000, 2000)
    assert "step 1000" in render.finding(one, "en")
    assert "0.0001 → 1e-05" in render.finding(one, "en")
    pair = [builders.healthy("base", settings=builders.config({"batch_size": 16}), seed=3)]
    run = turned(OLD_RATE)
    judged = study.study([run, *pair], ["run"], ["base"], builders.PROFILE)
    assert judged.summaries["run"].turns
    assert "one_knob" not in [n.name for n in judged.headlines[0].notes]


def test_identical_curves_name_the_metric_and_the_run() -> None:
    one = found("identical_curves", SPEAKS["identical_curves"]["one metric, no reference"]())
    assert one is not None
    assert one.facts["metric"] == "ot_cost_action_lbl"
    for lang in messages.LANGUAGES:
        assert "ot_cost_action_lbl" in render.finding(one, lang)
        assert "twin" in render.finding(one, lang)


def test_rougher_training_says_by_how_much() -> None:
    one = found("jitter", jittery(0.03))
    assert one is not None
    assert one.facts["times"] == pytest.approx(3, rel=0.02)


def test_a_low_diagonal_share_marks_the_tail() -> None:
    one = found("diag_share", recorded("base_b_s1"))
    assert one is not None
    assert one.steps == (2170, 2400)


def test_zeros_that_are_no_curve_of_their_metric_show_none_and_still_say_where() -> None:
    one = found("zeros", recorded(edited("upd_reg", eval_l1=0)))
    assert one is not None
    assert (one.facts["metric"], one.steps) == (None, (50, 2400))
    both = found("zeros", recorded(edited("upd_reg", eval_l1=0, eval_loss=0)))
    assert both is not None
    assert both.facts["metric"] == "eval_loss"


def test_a_nonfinite_finding_shows_the_curve_of_its_first_step() -> None:
    run = edited("upd_reg", eval_l1=bad_at(10), train_l1=bad_at(3))
    one = found("nonfinite", recorded(run))
    assert one is not None
    assert (one.facts["metric"], one.facts["step"], one.steps) == ("train_l1", 40, (40, 550))


def test_plan_mass_shows_the_cost_that_fell_most() -> None:
    one = found("plan_mass", costs(0.0, ot_cost_img_side=halves(0.08)))
    assert one is not None
    assert one.facts["metric"] == "ot_cost_img_side"
    assert "-8.0 %" in render.finding(one, "en")
    assert one.severity == "warning"


def test_a_rescaled_metric_is_named_with_its_knob_and_factor() -> None:
    one = found("unmoved", recorded("lr25x"))
    assert one is not None
    for lang in messages.LANGUAGES:
        assert "ot_cost_action_lbl / weight_label (2.5x)" in render.finding(one, lang)
    plain = found("unmoved", recorded("upd_reg"))
    assert plain is not None
    assert plain.facts["what"] == "ot_cost_action_lbl"
    assert plain.facts["knobs"] == ["reg"]


def test_a_long_stretch_of_large_gradients_is_marked_from_its_first_to_its_last() -> None:
    one = found("grad_norm", spikes(60))
    assert one is not None
    assert one.steps == (1010, 1600)
    assert one.facts["level"] == 150


def test_slow_loading_says_by_how_much() -> None:
    one = found("slow_loading", recorded(edited("base_a_s1", dataloading_s=0.06, update_s=0.02)))
    assert one is not None
    assert one.facts["times"] == pytest.approx(3)


def test_the_scatter_of_an_evaluation_equals_a_plain_computation() -> None:
    # Five points, alternating: no positive autocorrelation, so the error is s / sqrt(5).
    one = found("noisy_eval", swinging(0.1))
    assert one is not None
    logs = np.log([1.1, 0.9, 1.1, 0.9, 1.1])
    plain = math.expm1(np.std(logs, ddof=1) / math.sqrt(5))
    assert one.facts["error_pct"] == pytest.approx(100 * plain)
    assert one.facts["change_pct"] == pytest.approx(100 * math.expm1(logs.mean()))
    assert one.steps == (2200, 2400)


def test_a_name_is_quoted_beside_each_setting_that_it_contradicts() -> None:
    one = found("name_contradicts", named("act_200k_seed7_bs24_lr2e-4"))
    assert one is not None
    assert one.facts["what"] == "200k ≠ steps 2400; lr2e-4 ≠ lr 0.0005; seed7 ≠ seed 1"


def test_an_ignored_setting_is_named_with_what_is_in_force_and_why() -> None:
    one = found("ignored_settings", written(optimizer__lr=2e-4))
    assert one is not None
    assert one.facts["what"] == "optimizer.lr = 0.0002 ≠ lr = 0.0005"
    for lang in messages.LANGUAGES:
        assert "use_policy_training_preset" in render.finding(one, lang)
    whole = found(
        "ignored_settings",
        SPEAKS["ignored_settings"]["the recorded optimizer of lr20x, preset on"](),
    )
    assert whole is not None
    assert whole.facts["knobs"] == ["lr", "weight_decay", "grad_clip_norm", "scheduler"]


def test_still_improving_marks_the_tail_and_says_how_far_it_fell() -> None:
    one = found("still_improving", healthy(eval_l1=ending(0.10)))
    assert one is not None
    assert one.steps == (4550, 5000)
    assert one.facts["gain_pct"] == pytest.approx(100 * 0.10 / 0.95)


def test_a_success_rate_that_rises_is_still_improving_too() -> None:
    rising = np.concatenate([np.full(10, 40.0), np.full(10, 40) + np.arange(10) * 5])
    summary = builders.summary("run", success=rising)
    one = found("still_improving", Case(summary, "success", builders.PROFILE))
    assert one is not None
    assert one.facts["gain_pct"] > 0


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"jitter": {"factor": "much"}}, "jitter: factor is 'much', which is not a number"),
        ({"jitter": {"factor": True}}, "jitter: factor is True, which is not a number"),
        ({"jitter": {"metric": "nosuch"}}, "jitter: metric is 'nosuch', which is no metric here"),
        ({"jitter": {"metric": ["lr"]}}, "which is no metric here"),
        ({"still_improving": {"confidence": 1.2}}, "confidence is 1.2; it lies between 0 and 1"),
    ],
)
def test_a_threshold_that_cannot_be_is_bad_input(wanted: dict[str, Any], words: str) -> None:
    wrong = dataclasses.replace(builders.PROFILE, rules=wanted)
    summary = run_summary.summarize(builders.healthy("run"), wrong)
    with pytest.raises(BadInput, match=words):
        list(rules.check(Case(summary, "eval_l1", wrong)))


def test_a_threshold_of_the_profile_counts() -> None:
    strict = dataclasses.replace(builders.PROFILE, rules={"diag_share": {"least": 0.99}})
    summary = run_summary.summarize(builders.healthy("run"), strict)
    one = Case(summary, "eval_l1", strict)
    assert any(f.rule == "diag_share" for f in rules.check(one))


# Twins: who is held against whom.


def test_the_findings_are_those_of_holding_every_run_against_every_other() -> None:
    sample = builders.sample()
    base = [sample["base_a_s1"]]
    of = duplicates.find_duplicates(sample.values(), builders.PROFILE)
    spoke = set()
    for one in sample.values():
        everyone = tuple(r for r in sample.values() if r is not one)
        few = Case(one, "eval_l1", builders.PROFILE, base, of(one))
        known = rules.check(few)
        assert known == rules.check(dataclasses.replace(few, duplicates=everyone))
        spoke |= {f.rule for f in known}
    assert {"duplicate", "identical_curves"} <= spoke


def test_of_hundreds_of_different_runs_none_is_held_against_all_others() -> None:
    runs = [
        builders.summary(
            f"r{i:03}",
            builders.config({builders.REG: 0.1 + i / 1000}),
            train_l1=builders.curve(0.4 + i / 1000),
        )
        for i in range(300)
    ]
    of = duplicates.find_duplicates(runs, builders.PROFILE)
    assert [len(of(one)) for one in runs] == [0] * 300
    again = duplicates.find_duplicates(
        [*runs, dataclasses.replace(runs[7], run=dataclasses.replace(runs[7].run, id="again"))],
        builders.PROFILE,
    )
    assert [r.id for r in again(runs[7])] == ["again"]


def test_runs_whose_config_nobody_knows_are_not_called_repeats() -> None:
    runs = [
        builders.summary(i, {}, train_l1=builders.curve(v)) for i, v in (("a", 0.4), ("b", 0.5))
    ]
    one = Case(runs[0], "eval_l1", builders.PROFILE, runs[1:], (runs[1],))
    assert not [f for f in rules.check(one) if f.rule == "duplicate"]
