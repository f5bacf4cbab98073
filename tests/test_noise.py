"""The seed noise, against its definition."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from support import builders, independent

from actot.analysis import run_summary
from actot.analysis.run_summary import RunSummary
from actot.records import Run
from actot.verdicts import seed_noise
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


def test_one_group_of_replicates_equals_the_independent_computation() -> None:
    mine, found = measured(seeds(LEVELS))
    theirs, df = independent.noise([[points(r) for r in found]])
    assert mine.relative == pytest.approx(theirs, rel=1e-9)
    assert (mine.df, mine.origin) == (df, "measured")
    assert [set(g.runs) for g in mine.groups] == [{r.id for r in found}]


def test_several_groups_are_pooled_by_their_degrees_of_freedom() -> None:
    other = seeds((0.8, 0.9), {builders.REG: 0.2})
    lone = seeds((0.1,), {builders.REG: 0.3})
    mine, found = measured([*seeds(LEVELS), *other, *lone])
    groups = [[points(r) for r in found[:3]], [points(r) for r in found[3:5]]]
    theirs, df = independent.noise(groups)
    assert mine.relative == pytest.approx(theirs, rel=1e-9)
    assert mine.df == df == 4 + 2 + 1


@pytest.mark.parametrize("seed", range(8))
def test_random_groups_equal_the_independent_computation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs, sizes = [], rng.integers(2, 5, size=3)
    for at, size in enumerate(sizes):
        runs += seeds(tuple(rng.uniform(0.3, 0.5, size)), {builders.REG: 0.1 + at})
    mine, found = measured(runs)
    rest = iter(found)
    groups = [[points(r) for r in itertools.islice(rest, int(size))] for size in sizes]
    assert mine.relative == pytest.approx(independent.noise(groups)[0], rel=1e-9)


def test_without_a_group_the_prior_stands_alone_and_is_called_assumed() -> None:
    mine, _ = measured(seeds((0.4,)))
    assert (mine.relative, mine.df, mine.origin, mine.groups) == (
        pytest.approx(0.04),
        4,
        "assumed",
        (),
    )


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
    mine, found = measured([a, b, copy])
    assert mine.df == 4 + 1
    assert mine.relative == pytest.approx(
        independent.noise([[points(found[0]), points(found[1])]])[0], rel=1e-9
    )
    assert assumed([a, copy])


@pytest.mark.parametrize("state", ["unfinished", "failed", "running"])
def test_runs_that_did_not_finish_are_no_replicates(state: str) -> None:
    a, b = (
        builders.healthy(f"r{i}", 0.4, builders.config(seed=i), seed=i, state=state) for i in (1, 2)
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


def test_the_prior_is_the_profiles_and_weighs_its_degrees_of_freedom() -> None:
    alike = seeds((0.4, 0.4, 0.4))
    mine, found = measured(alike)
    theirs = independent.noise([[points(r) for r in found]])[0]
    assert 0.04 * math.sqrt(4 / 6) < mine.relative < 0.04
    assert mine.relative == pytest.approx(theirs, rel=1e-9)
