"""The seed noise, against its definition."""

import math
import statistics
from dataclasses import replace
from typing import Any

import pytest
from support import builders

from actot import profile
from actot.analysis import run_summary
from actot.analysis.run_summary import RunSummary
from actot.output import noise_lines
from actot.profile_schema import Learnt, Profile
from actot.records import Run
from actot.verdicts import noise_history, replicates, seed_noise
from actot.verdicts.seed_noise import SeedNoise

LEVELS = (0.40, 0.43, 0.38)


def points(summary: RunSummary, metric: str = "eval_l1") -> list[tuple[int, float]]:
    s = summary.series[metric]
    return [(int(a), float(b)) for a, b in zip(s.steps, s.values, strict=True) if math.isfinite(b)]


def seeds(levels: tuple[float, ...], changes: dict[str, Any] | None = None) -> list[Run]:
    name = "-".join(sorted(changes or {}))
    return [
        builders.healthy(f"{name}{i}", level, builders.config(changes, seed=i), seed=17 * i + 3)
        for i, level in enumerate(levels, 1)
    ]


def measured(runs: list[Run]) -> tuple[SeedNoise, list[RunSummary]]:
    found = [run_summary.summarize(r, builders.PROFILE) for r in runs]
    return seed_noise.measure(found, "eval_l1", builders.PROFILE), found


def window_means(summaries: list[RunSummary]) -> list[float]:
    """The mean log value over the last tenth, point by point, of runs on the same steps."""
    logs = [[math.log(v) for _, v in points(r)] for r in summaries]
    k = min(len(logs[0]), max(5, min(100, math.ceil(0.1 * len(logs[0])))))
    return [statistics.fmean(one[-k:]) for one in logs]


def test_the_spread_of_a_group_is_that_of_its_mean_logs() -> None:
    mine, found = measured(seeds(LEVELS))
    (group,) = mine.groups
    assert group.spread == pytest.approx(statistics.stdev(window_means(found)), rel=1e-9)
    assert (group.df, mine.origin) == (2, "measured")
    assert set(group.runs) == {r.id for r in found}


def test_a_config_is_drawn_to_the_prior_and_all_others_with_the_weight_of_four_runs() -> None:
    other = seeds((0.40, 0.42), {builders.REG: 0.2})
    mine, found = measured([*seeds(LEVELS), *other, *seeds((0.1,), {builders.REG: 0.3})])
    v, w = (statistics.variance(window_means(r)) for r in (found[:3], found[3:5]))
    centre = (4 * 0.04**2 + w) / 5
    drawn = mine.of(replicates.config_key(found[0], builders.PROFILE))
    assert drawn.variance == pytest.approx((4 * centre + 2 * v) / 6, rel=1e-9)
    assert drawn.df == 6
    assert mine.of(replicates.config_key(found[5], builders.PROFILE)) is None
    whole = mine.centre()
    assert whole.variance == pytest.approx((4 * 0.04**2 + 2 * v + w) / 7, rel=1e-9)
    assert whole.df == 4


def test_a_config_that_is_far_noisier_than_the_others_stands_alone() -> None:
    quiet = seeds((0.40, 0.401, 0.399, 0.4005), {builders.REG: 0.2})
    mine, found = measured([*seeds((0.3, 0.5)), *quiet])
    v = statistics.variance(window_means(found[:2]))
    alone = mine.of(replicates.config_key(found[0], builders.PROFILE))
    assert (alone.variance, alone.df) == (pytest.approx(v, rel=1e-9), 1)


def test_in_own_units_a_config_is_drawn_to_the_other_groups_alone() -> None:
    metrics = dict(builders.PROFILE.metrics)
    metrics["eval_l1"] = replace(metrics["eval_l1"], scale="absolute")
    own = replace(builders.PROFILE, metrics=metrics)
    runs = [*seeds((5.0, 6.0)), *seeds((4.0, 4.5, 5.2), {builders.REG: 0.2})]
    found = [run_summary.summarize(r, own) for r in runs]
    alone = seed_noise.measure(found[:2], "eval_l1", own)
    key = replicates.config_key(found[0], own)
    assert alone.prior is None
    assert (alone.of(key).df, alone.centre([key])) == (1, None)
    both = seed_noise.measure(found, "eval_l1", own)
    values = [[v for _, v in points(r)][-5:] for r in found]
    v, w = (statistics.variance(map(statistics.fmean, part)) for part in (values[:2], values[2:]))
    assert both.of(key).variance == pytest.approx((2 * w + v) / 3, rel=1e-9)
    assert both.of(key).df == 3


def test_without_a_group_the_prior_stands_alone_and_is_called_assumed() -> None:
    mine, _ = measured(seeds((0.4,)))
    assert (mine.spread, mine.overall.df) == (pytest.approx(0.04), 4)
    assert (mine.origin, mine.groups) == ("assumed", ())


def with_history(*learnt: Learnt) -> Profile:
    return replace(builders.PROFILE, noise=replace(builders.PROFILE.noise, history=learnt))


def test_a_teams_history_moves_the_prior_by_at_most_four_degrees_of_freedom() -> None:
    run = run_summary.summarize(seeds((0.4,))[0], builders.PROFILE)
    same = {"dataset": "insert_tube_20eps", "policy_type": "act"}
    few = with_history(Learnt("eval_l1", 0.01, 2, same))
    prior = seed_noise.prior_of("eval_l1", few, run)
    assert (prior.variance, prior.df) == (pytest.approx((4 * 0.04**2 + 2 * 0.01**2) / 6), 6)
    much = with_history(Learnt("eval_l1", 0.01, 9, same), Learnt("eval_l1", 0.02, 3, same))
    prior = seed_noise.prior_of("eval_l1", much, run)
    learnt = (9 * 0.01**2 + 3 * 0.02**2) / 12
    assert (prior.variance, prior.df) == (pytest.approx((4 * 0.04**2 + 4 * learnt) / 8), 8)


@pytest.mark.parametrize(
    ("metric", "same"),
    [
        ("eval_loss", {"dataset": "insert_tube_20eps"}),
        ("eval_l1", {"dataset": "other"}),
        ("eval_l1", {"dataset": "insert_tube_20eps", "policy_type": "diffusion"}),
    ],
)
def test_a_history_of_another_metric_data_or_policy_counts_for_nothing(
    metric: str, same: dict[str, str]
) -> None:
    run = run_summary.summarize(seeds((0.4,))[0], builders.PROFILE)
    prior = seed_noise.prior_of("eval_l1", with_history(Learnt(metric, 0.01, 9, same)), run)
    assert prior == seed_noise.prior_of("eval_l1", builders.PROFILE, run)


def test_what_the_replicates_of_a_source_teach_comes_back_as_a_profiles_lines() -> None:
    found = [run_summary.summarize(r, builders.PROFILE) for r in seeds(LEVELS)]
    groups = noise_history.taught("here", found, builders.PROFILE)
    (learnt,) = noise_history.pooled(groups)
    assert learnt.spread == pytest.approx(statistics.stdev(window_means(found)), rel=1e-9)
    lines = noise_lines.write([learnt], builders.PROFILE.noise)
    own = (builders.ROOT / "actot" / "profiles" / "lerobot.yaml").read_text(encoding="utf-8")
    head = next(line for line in own.splitlines() if line.startswith("noise: "))
    (taught,) = profile.parse(own.replace(head, lines), "own").noise.history
    assert (taught.metric, taught.df, taught.same) == ("eval_l1", 2, learnt.same)
    assert taught.spread == pytest.approx(learnt.spread, rel=1e-3)


def assumed(runs: list[Run]) -> bool:
    return measured(runs)[0].origin == "assumed"


def test_two_runs_of_one_seed_are_no_replicates() -> None:
    duplicates = [builders.healthy(f"r{i}", 0.4, builders.config(seed=1), seed=i) for i in (1, 2)]
    assert assumed(duplicates)


def test_identical_curves_count_once() -> None:
    a, b, _ = seeds(LEVELS)
    copy = builders.run(
        "copy", builders.config(seed=9), eval_l1=a.series[builders.key("eval_l1")].values
    )
    mine, _ = measured([a, b, copy])
    assert [g.df for g in mine.groups] == [1]
    assert assumed([a, copy])


@pytest.mark.parametrize("state", ["unfinished", "failed", "running"])
def test_runs_that_did_not_finish_are_no_replicates(state: str) -> None:
    a, b = (
        builders.healthy(f"r{i}", 0.4, builders.config(seed=i), seed=i, state=state, n=38)
        for i in (1, 2)
    )
    assert assumed([a, b])
    assert assumed([seeds((0.4,))[0], b])


def test_diverged_runs_are_no_replicates() -> None:
    a, b = seeds((0.4, 0.5))
    values = builders.curve(0.4, seed=5)
    values[-3] = math.nan
    bad = builders.healthy("bad", settings=builders.config(seed=8), eval_l1=values)
    assert assumed([a, bad])
    loss = builders.curve(0.4, seed=6)
    loss[-1] = math.inf
    worse = builders.healthy("worse", settings=builders.config(seed=8), train_loss=loss)
    assert assumed([a, worse])
    assert not assumed([a, b])


def test_another_dataset_or_knob_is_no_replicate_but_bookkeeping_and_the_sampler_seed_are() -> None:
    a = seeds((0.4,))[0]

    def pair(**change: Any) -> bool:
        other = builders.config(change, seed=2)
        return not assumed([a, builders.healthy("b", 0.41, other, seed=4)])

    assert pair()
    assert pair(output_dir="/elsewhere", job_name="other", num_workers=1)
    assert pair(**{"dataset.sampler_seed": 3})
    assert not pair(**{"dataset.repo_id": "other"})
    assert not pair(batch_size=16)
    assert not pair(**{"policy.chunk_size": 50})


def test_runs_of_another_length_are_no_replicates() -> None:
    a = seeds((0.4,))[0]
    near = builders.healthy("near", 0.41, builders.config(seed=2), seed=4, n=37)
    short = builders.healthy("short", 0.41, builders.config(seed=3), seed=5, n=30)
    assert not assumed([a, near])
    assert assumed([a, short])


def test_replicates_of_one_length_are_found_beside_a_longer_run() -> None:
    longer = builders.healthy(
        "long", 0.3, builders.config(seed=9, steps=20_000), seed=6, n=POINTS_OF_A_LONG_RUN
    )
    mine, found = measured([*seeds(LEVELS), longer])
    assert [set(g.runs) for g in mine.groups] == [{r.id for r in found[:3]}]


POINTS_OF_A_LONG_RUN = 400
