"""How often the named cause is the true one: planted sources in which a known knob does the harm.

`make rates` writes the table of docs/causes.md.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from unittest import mock

import numpy as np

from actot import rules, study
from actot.analysis import metric_stats, run_summary
from actot.analysis.knob_settings import KnobValue
from actot.analysis.metric_stats import MetricStats
from actot.analysis.run_summary import RunSummary
from actot.experiments import proposals
from actot.records import Series
from actot.study import Study
from support import builders
from support.processes import processes

METRIC = "eval_l1"
LEVEL, SPREAD, SCATTER, POINTS = 0.4, 0.03, 0.02, 40
BASELINES, RUNS = 3, 6
FIXED, FRESH, FEWER = 200, 2_000, 1_000  # draws of a case: bounded; documented, with a bound or not
EARLIEST = 5  # the first point that may be the first NaN of a run
PARTS = 10  # of the draws of a case: one of them is drawn again by every `make test`

# The other values of a knob, and where they stand in a config.
VALUES: Mapping[str, tuple[Any, ...]] = {
    "lr": (2e-5, 5e-5, 2e-4),
    "weight_decay": (1e-3, 1e-2, 5e-2),
    "batch_size": (4, 16, 32),
    "lambda_ot": (0.05, 0.2, 0.4),
    "reg": (0.02, 0.05, 0.2),
    "window_size": (5, 20, 40),
    "heuristic": (False,),
}
PATHS: Mapping[str, tuple[str, ...]] = {
    "lr": ("policy.optimizer_lr", "policy.optimizer_lr_backbone"),
    "weight_decay": ("policy.optimizer_weight_decay",),
    "batch_size": ("batch_size",),
    "lambda_ot": (builders.LAMBDA,),
    "reg": (builders.REG,),
    "window_size": ("ot.window_size",),
    "heuristic": ("ot.loss_config.heuristic",),
}
MOST_KNOBS = 6


@dataclass(frozen=True)
class Case:
    """One kind of planted source.

    `truths` knobs make a run worse by `effect`; with `partners`, one or two knobs move in the very runs of
    the true one; `unlucky` makes one run worse by its seed. Where it `bursts`, the harm is that a run with
    a true knob is NaN from one step of the source on. Units: effects are per cent.
    """

    name: str
    truths: int = 1
    effect: int = 30
    partners: bool = False
    unlucky: int = 0
    bursts: bool = False

    @property
    def fresh(self) -> int:
        """How many draws its documented rates come from."""
        return FRESH if self in BOUNDED else FEWER

    def seed(self, number: int) -> list[int]:
        """The seed follows from the case and the number of the draw: none is chosen."""
        return [self.truths, self.effect, int(self.partners), self.unlucky, number]


ONE = Case("one true knob")
GROUP = Case("a true knob that others always moved with", partners=True)
NONE = Case("nothing has an effect", truths=0, effect=0)
WEAK = Case("one true knob, +15 %", effect=15)
TWO = Case("two true knobs", truths=2)
BURST = Case("one true knob, runs with it diverge", effect=0, bursts=True)
UNLUCKY = Case("no knob, one run +30 % by its seed", truths=0, effect=0, unlucky=30)
BOUNDED = (ONE, GROUP, NONE)
CASES = (*BOUNDED, WEAK, TWO, UNLUCKY, BURST)
OUTCOMES = ("right", "nothing named", "with others", "wrong")


@dataclass(frozen=True)
class Draw:
    """One planted source: who moved what, and how high each run lies.

    Shapes: `moved` (runs, knobs); `curves` (baselines and runs, points). `values[run][knob]` is what a run that
    moves the knob sets it to. The true knobs are the first of `knobs`, their partners the next.
    """

    knobs: tuple[str, ...]
    truths: int
    partners: int
    moved: np.ndarray
    values: Sequence[Sequence[Any]]
    curves: np.ndarray

    def changes(self, run: int) -> dict[str, Any]:
        """The knobs that a run moved, with their values."""
        pairs = zip(self.knobs, self.values[run], strict=True)
        return {k: v for at, (k, v) in enumerate(pairs) if self.moved[run, at]}

    @property
    def wanted(self) -> set[str]:
        """The knobs that should be named."""
        return set(self.knobs[: self.truths + self.partners])


def draw(case: Case, number: int) -> Draw:
    """The planted source of a case with that number."""
    rng = np.random.default_rng(case.seed(number))
    while True:
        names = [str(k) for k in rng.permutation(list(VALUES))]
        knobs = tuple(names[: rng.integers(2, MOST_KNOBS + 1)])
        partners = int(rng.integers(1, min(3, len(knobs)))) if case.partners else 0
        moved = rng.random((RUNS, len(knobs))) < 0.5
        moved[:, 1 : 1 + partners] = moved[:, :1]
        if moved.any(axis=1).all() and is_identifiable(moved, case.truths, partners):
            break
    # A knob has one other value, or a few.
    few = [VALUES[k] if rng.random() < 0.5 else (rng.choice(VALUES[k]).item(),) for k in knobs]
    values = [[some[rng.integers(len(some))] for some in few] for _ in range(RUNS)]
    levels = LEVEL * (1 + SPREAD * rng.standard_normal(BASELINES + RUNS))
    levels[BASELINES:] *= (1 + case.effect / 100) ** moved[:, : case.truths].sum(axis=1)
    levels[BASELINES] *= 1 + case.unlucky / 100
    scatter = 1 + SCATTER * rng.standard_normal((BASELINES + RUNS, POINTS))
    curves = levels[:, None] * scatter
    if case.bursts:
        at = rng.integers(EARLIEST, POINTS)
        curves[BASELINES:][moved[:, 0], at:] = np.nan
    return Draw(knobs, case.truths, partners, moved, values, curves)


def is_identifiable(moved: np.ndarray, truths: int, partners: int) -> bool:
    """Whether each true knob moved, and every other but its partners has a healthy carrier or is
    missing in a run that it made worse."""
    for at in range(truths):
        true = moved[:, at]
        others = [moved[:, o] for o in range(moved.shape[1]) if o != at]
        others = others[partners:]
        apart = [(o & ~true).any() or (true & ~o).any() for o in others]
        if not true.any() or not all(apart):
            return False
    return True


# From a draw to its study.


@cache
def templates() -> list[RunSummary]:
    """Summaries without curves, the baselines first. Of the config there is only that there is one."""
    ids = [f"base{at}" for at in range(1, BASELINES + 1)] + [
        f"run{at}" for at in range(1, RUNS + 1)
    ]
    bare = [builders.summary(i, builders.config(seed=at)) for at, i in enumerate(ids, 1)]
    return [replace(r, run=replace(r.run, config={"planted": True}, series={})) for r in bare]


def curves_of(plan: Draw) -> list[Series]:
    """The judged metric of every run."""
    steps = np.array(builders.even(POINTS), dtype=np.int64)
    return [Series(builders.key(METRIC), steps, values) for values in plan.curves]


def short(plan: Draw) -> list[RunSummary]:
    """The summaries of a draw, made from templates; of the stats, what a verdict is made from."""
    found = []
    for at, (bare, curve) in enumerate(zip(templates(), curves_of(plan), strict=True)):
        changes = plan.changes(at - BASELINES) if at >= BASELINES else {}
        knobs = {**bare.settings.knobs, **{k: KnobValue(v) for k, v in changes.items()}}
        points = curve.finite()
        mean = float(metric_stats.tail(points, builders.PROFILE.tail).values.mean())
        last = int(points.steps[-1])
        stats = MetricStats(curve.key, len(points), last_step=last, last_mean=mean)
        settings = replace(bare.settings, knobs=knobs)
        stats = {**bare.stats, METRIC: stats}
        found.append(RunSummary(bare.run, settings, {METRIC: curve}, stats))
    return found


def whole(plan: Draw) -> list[RunSummary]:
    """The same from complete configs, as a source would deliver them."""
    found = []
    for at, (bare, curve) in enumerate(zip(templates(), curves_of(plan), strict=True)):
        changes = plan.changes(at - BASELINES) if at >= BASELINES else {}
        paths = {path: value for k, value in changes.items() for path in PATHS[k]}
        run = replace(
            bare.run, config=builders.config(paths, seed=at + 1), series={curve.key: curve}
        )
        found.append(run_summary.summarize(run, builders.PROFILE))
    return found


def judge(found: Sequence[RunSummary]) -> Study:
    """The study of the six runs against the three baselines."""
    ids = [r.id for r in found]
    return study.study_summaries(
        found, ids[BASELINES:], ids[:BASELINES], builders.PROFILE, metric=METRIC
    )


def outcome(plan: Draw, found: Study) -> str:
    """How the named suspects compare with the true knobs."""
    named, wanted = {c.knob for c in found.suspects}, plan.wanted
    if not named:
        return "nothing named" if wanted else "right"
    if not named & wanted:
        return "wrong"
    if plan.truths == 2:
        return "right" if named <= wanted else "with others"
    together = all(set(c.confounded_with) == wanted - {c.knob} for c in found.suspects)
    is_group = named == wanted and together and len({c.score for c in found.suspects}) == 1
    return "right" if is_group else "with others"


def simulate(case: Case, numbers: range, has_findings: bool = False) -> Counter[str]:
    """The outcomes of some draws; "both first" where two true knobs lead.

    The rules make findings and no causes, and take most of the time: they are left out unless asked for. No
    experiments are planned.
    """
    outcomes: Counter[str] = Counter()
    check = rules.check if has_findings else lambda case: iter(())
    plan_nothing = mock.patch.object(proposals, "propose", lambda *_: ())
    with mock.patch.object(rules, "check", check), plan_nothing:
        for number in numbers:
            plan = draw(case, number)
            found = judge(short(plan))
            outcomes[outcome(plan, found)] += 1
            lead = {c.knob for c in found.causes[: case.truths] if c.score > 0}
            outcomes["both first"] += case.truths == 2 and lead == plan.wanted
    return outcomes


# By kind of draw ("fixed" or "fresh") and case: the outcomes of each tenth of its draws.
Tenths = dict[str, dict[Case, list[Counter[str]]]]


@dataclass(frozen=True)
class Rates:
    """The outcomes of the fixed draws of the bounded cases, and of fresh draws of every case."""

    fixed: Mapping[Case, Counter[str]]
    fresh: Mapping[Case, Counter[str]]


@dataclass(frozen=True)
class Job:
    """A tenth of the draws of a case."""

    kind: str
    case: Case
    part: int

    def run(self) -> Counter[str]:
        """The outcomes of its draws; the rules take part in the fixed ones."""
        first, count = (0, FIXED) if self.kind == "fixed" else (FIXED, self.case.fresh)
        size = count // PARTS
        begin = first + self.part * size
        return simulate(self.case, range(begin, begin + size), self.kind == "fixed")


JOBS = [Job("fixed", c, part) for c in BOUNDED for part in range(PARTS)]
JOBS += [Job("fresh", c, part) for c in CASES for part in range(PARTS)]


def measure() -> Tenths:
    """Draw and judge everything, spread over processes."""
    found: Tenths = {"fixed": {c: [] for c in BOUNDED}, "fresh": {c: [] for c in CASES}}
    with processes() as pool:
        for job, outcomes in zip(JOBS, pool.map(Job.run, JOBS), strict=True):
            found[job.kind][job.case].append(outcomes)
    return found


def rates(known: Tenths) -> Rates:
    """The tenths added up."""
    sums = {
        kind: {case: sum(parts, Counter()) for case, parts in cases.items()}
        for kind, cases in known.items()
    }
    return Rates(**sums)


def tenth() -> list[Job]:
    """What is drawn again: every case has another part."""
    return [job for at, job in enumerate(JOBS) if job.part == at // PARTS % PARTS]


def table(rates: Rates) -> list[str]:
    """The fresh draws as lines of a Markdown table."""
    rows = [["planted", *OUTCOMES], ["---"] * (1 + len(OUTCOMES))]
    for case in CASES:
        shares = [100 * rates.fresh[case][o] / case.fresh for o in OUTCOMES]
        rows.append([case.name, *(f"{share:.1f}" for share in shares)])
    both = f"{100 * rates.fresh[TWO]['both first'] / TWO.fresh:.1f}"
    rows.append([f"{TWO.name}, both before all others", both, "", "", ""])
    return ["| " + " | ".join(row) + " |" for row in rows]
