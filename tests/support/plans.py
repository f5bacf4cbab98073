"""Plans that are carried out on planted runs: a truth says which runs are bad, and the runs follow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from actot.experiments import progress
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext, PlannedRun
from actot.experiments.plan import Plan
from actot.experiments.progress import Progress
from actot.experiments.strategies import REVERTS
from actot.records import Run
from support import builders

GOOD, BAD = 0.4, 0.64
SUSPECTS = ("lr", "weight_decay", "grad_clip_norm", "scheduler")
Truth = Callable[
    [frozenset[str]], float
]  # the level of a run that has these at the regressed run's values


def plan(strategy: str = REVERTS, suspects: Sequence[str] = SUSPECTS) -> Plan:
    """Which knob of lr20x made it worse than base1."""
    return Plan(strategy, "base1", "lr20x", tuple(suspects), "eval_l1", "lower")


def context_of(runs: Sequence[Run]) -> PlanContext:
    """What a plan is read from: lr20x against the baselines."""
    found = builders.planted_study(("lr20x",), ("base1",), runs, anchor="base1")
    context = found.plan_context
    assert context is not None
    return context


def ran(run: PlannedRun, level: float, name: str, seed: int = 0) -> Run:
    """A planned run that has run, under a name of its own."""
    return replace(builders.healthy(name, level, run.config, seed=seed), created="2025-02-01")


def carried_out(
    truth: Truth, wanted: Plan | None = None
) -> Iterator[tuple[Progress, Experiment | None]]:
    """The progress of a plan and its next experiment whenever all of a round has run, until it has its answer."""
    known = builders.planted()
    wanted = wanted or plan()
    anchor = context_of(known).anchor
    while True:
        context = context_of(known)
        found = progress.follow_up(wanted, context)
        yield found, progress.next_experiment(found, context)
        if found.answer is not None:
            return
        for run in found.missing:
            moved = frozenset(
                k for k in SUSPECTS if run.settings.value(k) != anchor.settings.value(k)
            )
            number = len(known)
            known.append(ran(run, truth(moved) + 0.002 * (number % 3 - 1), f"x{number}", number))
