"""Rows for the tests: one side against one baseline group, under a noise that is known."""

from collections.abc import Sequence
from typing import Any

from actot.analysis import run_summary
from actot.profile_schema import Profile
from actot.records import Run
from actot.verdicts import judging
from actot.verdicts.seed_noise import Estimate, SeedNoise
from actot.verdicts.verdict import Verdict
from support import builders


def known_noise(relative: float, df: float) -> SeedNoise:
    """Seeds of every config scatter by so much, with so many degrees of freedom behind it."""
    return SeedNoise(Estimate(relative**2, df))


QUIET = known_noise(0.005, 10)


def rows_of(
    runs: Sequence[Run],
    bases: Sequence[Run],
    noise: SeedNoise = QUIET,
    metric: str = "eval_l1",
    profile: Profile = builders.PROFILE,
    **more: Any,
) -> tuple[Verdict, ...]:
    """All rows of runs of one config against baselines of one config."""
    sides = tuple([run_summary.summarize(r, profile) for r in side] for side in (runs, bases))
    return judging.judge([sides], metric, noise, profile, **more)[0]


def judged(runs: Sequence[Run], bases: Sequence[Run], *rest: Any, **more: Any) -> Verdict:
    """The first of these rows."""
    return rows_of(runs, bases, *rest, **more)[0]
