"""How often the named cause is the true one: planted sources in which a known knob does the harm.

`make rates` writes the table of docs/causes.md.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
from actot.verdicts import rows
from support import builders
from support.processes import processes

METRIC = "eval_l1"
LEVEL, SCATTER, POINTS = 0.4, 0.02, 40
BASELINES, CONFIGS, KNOBS = 3, (4, 12), (4, 8)
MOST_RUNS = 2 * CONFIGS[1]
DRAWS = 500  # of a case and form
EARLIEST = 5  # the first point that may be the first NaN of a run
PARTS = 50  # of the draws of a case: one of them is drawn again by every `make test`
FORMS = ("1 or 2 runs a config", "one run a config")

# The other values of a knob, and where they stand in a config.
VALUES: Mapping[str, tuple[Any, ...]] = {
    "lr": (2e-5, 5e-5, 2e-4),
    "weight_decay": (1e-3, 1e-2, 5e-2),
    "batch_size": (4, 16, 32),
    "lambda_ot": (0.05, 0.2, 0.4),
    "tau": (0.2, 1.0, 2.0),
    "reg": (0.02, 0.05, 0.2),
    "window_size": (5, 20, 40),
    "heuristic": (False,),
}
# Of some, the largest value is beyond another one that is above the base's: there a threshold can be.
STEPPED = ("lr", "weight_decay", "batch_size", "lambda_ot", "tau", "window_size")
PATHS: Mapping[str, tuple[str, ...]] = {
    "lr": ("policy.optimizer_lr", "policy.optimizer_lr_backbone"),
    "weight_decay": ("policy.optimizer_weight_decay",),
    "batch_size": ("batch_size",),
    "lambda_ot": (builders.LAMBDA,),
    "tau": tuple(builders.tau(1.0)),
    "reg": (builders.REG,),
    "window_size": ("ot.window_size",),
    "heuristic": ("ot.loss_config.heuristic",),
}


@dataclass(frozen=True)
class Case:
    """One kind of planted source.

    `truths` knobs make a run worse by `effect`, each alone, or two only `together`, or one from its largest value on
    (`threshold`); with `partners`, one or two knobs move in the very configs of the true one; `unlucky` makes one run worse by its
    seed. Where it `bursts`, the harm is that a run with a true knob is NaN from one step of the source on.
    Units: effects and the `spread` of seeds are per cent.
    """

    name: str
    truths: int = 1
    effect: int = 30
    spread: int = 3
    together: bool = False
    threshold: bool = False
    partners: bool = False
    unlucky: int = 0
    bursts: bool = False

    def seed(self, form: str, number: int) -> list[int]:
        """The seed follows from the case, the form and the number of the draw: none is chosen."""
        kind = 4 * self.together + 2 * self.threshold + self.partners
        known = [self.truths, self.effect, self.spread, kind, self.unlucky]
        return [*known, FORMS.index(form), number]


ONE = Case("one true knob")
GROUP = Case("a true knob that others always moved with", partners=True)
WEAK = Case("one true knob, +15 %", effect=15)
NOISY = Case("one true knob, seeds differ by 10 %", spread=10)
TWO = Case("two true knobs", truths=2)
TOGETHER = Case("two knobs that harm only together", truths=2, together=True)
UNLUCKY = Case("no knob, one run +30 % by its seed", truths=0, effect=0, unlucky=30)
BESIDE = Case("one true knob, another run +30 % by its seed", unlucky=30)
THRESHOLD = Case("one true knob, from its largest value on", threshold=True)
NONE = Case("nothing has an effect", truths=0, effect=0)
BURST = Case("one true knob, runs with it diverge", effect=0, bursts=True)
CASES = (ONE, GROUP, WEAK, NOISY, TWO, TOGETHER, UNLUCKY, BESIDE, THRESHOLD, NONE, BURST)
MIX = tuple(c for c in CASES if c is not BURST)  # what is named in all of these is counted together


@dataclass(frozen=True)
class Draw:
    """One planted source: which config moved what, which config each run has, and how high each run lies.

    Shapes: `moved` (configs, knobs); `curves` (baselines and runs, points). `values[config][knob]` is what a config that
    moves the knob sets it to. The true knobs are the first of `knobs`, their partners the next.
    """

    knobs: tuple[str, ...]
    truths: int
    partners: int
    moved: np.ndarray
    values: Sequence[Sequence[Any]]
    configs: Sequence[int]
    curves: np.ndarray

    def changes(self, run: int) -> dict[str, Any]:
        """The knobs that a run moved, with their values."""
        config = self.configs[run]
        pairs = zip(self.knobs, self.values[config], strict=True)
        return {k: v for at, (k, v) in enumerate(pairs) if self.moved[config, at]}

    @property
    def true(self) -> set[str]:
        """The knobs that do the harm."""
        return set(self.knobs[: self.truths])

    @property
    def wanted(self) -> set[str]:
        """The knobs that should be named."""
        return set(self.knobs[: self.truths + self.partners])


def draw(case: Case, form: str, number: int) -> Draw:
    """The planted source of a case and form with that number.

    An effect is seen in two runs at least: a run alone could be bad by its seed.
    """
    rng = np.random.default_rng(case.seed(form, number))
    while True:
        names = [str(k) for k in rng.permutation(list(VALUES))]
        knobs = tuple(names[: rng.integers(KNOBS[0], KNOBS[1] + 1)])
        partners = int(rng.integers(1, 3)) if case.partners else 0
        moved = rng.random((rng.integers(CONFIGS[0], CONFIGS[1] + 1), len(knobs))) < 0.5
        moved[:, 1 : 1 + partners] = moved[:, :1]
        values = _values(case, knobs, len(moved), rng)
        harmed = _harm(case, knobs, moved, values)
        most = 2 if form == FORMS[0] else 1
        configs = [at for at in range(len(moved)) for _ in range(rng.integers(1, most + 1))]
        is_seen = case.truths == 0 or (harmed[configs] > 0).sum() > 1
        if is_seen and is_identifiable(case, knobs, moved, harmed, partners):
            break
    levels = LEVEL * (1 + case.spread / 100 * rng.standard_normal(BASELINES + len(configs)))
    levels[BASELINES:] *= (1 + case.effect / 100) ** harmed[configs]
    levels[BASELINES] *= 1 + case.unlucky / 100
    curves = levels[:, None] * (1 + SCATTER * rng.standard_normal((len(levels), POINTS)))
    if case.bursts:
        curves[BASELINES:][harmed[configs] > 0, rng.integers(EARLIEST, POINTS) :] = np.nan
    return Draw(knobs, case.truths, partners, moved, values, configs, curves)


def _values(
    case: Case, knobs: Sequence[str], configs: int, rng: np.random.Generator
) -> list[list[Any]]:
    """What each config would set each knob to: one other value of the knob, or one of a few."""
    few = [VALUES[k] if rng.random() < 0.5 else (rng.choice(VALUES[k]).item(),) for k in knobs]
    if case.threshold:
        few[0] = VALUES[knobs[0]]
    return [[some[rng.integers(len(some))] for some in few] for _ in range(configs)]


def _harm(
    case: Case, knobs: Sequence[str], moved: np.ndarray, values: Sequence[Sequence[Any]]
) -> np.ndarray:
    """How often each config has the effect."""
    true = moved[:, : case.truths]
    if case.together:
        return true.all(axis=1).astype(int)
    if case.threshold:
        largest = [row[0] == VALUES[knobs[0]][-1] for row in values]
        return (true[:, 0] & largest).astype(int)
    found: np.ndarray = true.sum(axis=1)
    return found


def is_identifiable(
    case: Case, knobs: Sequence[str], moved: np.ndarray, harmed: np.ndarray, partners: int
) -> bool:
    """Whether every config and each true knob moved, and that in other configs than every other knob but its partners.

    What harms only together moved alone as well; a threshold was passed, and a value above the base's was not.
    """
    for at in range(case.truths):
        others = [moved[:, o] for o in range(moved.shape[1]) if o != at][partners:]
        if not moved[:, at].any() or any((o == moved[:, at]).all() for o in others):
            return False
        if (case.together or case.threshold) and not (moved[:, at] & (harmed == 0)).any():
            return False
    return bool(moved.any(axis=1).all()) and (not case.threshold or knobs[0] in STEPPED)


# From a draw to its study.


@cache
def templates() -> list[RunSummary]:
    """Summaries without curves, the baselines first. Of the config there is only that there is one."""
    ids = [f"base{at}" for at in range(1, BASELINES + 1)] + [
        f"run{at}" for at in range(1, MOST_RUNS + 1)
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
    for at, (bare, curve) in enumerate(zip(templates(), curves_of(plan), strict=False)):
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
    for at, (bare, curve) in enumerate(zip(templates(), curves_of(plan), strict=False)):
        changes = plan.changes(at - BASELINES) if at >= BASELINES else {}
        paths = {path: value for k, value in changes.items() for path in PATHS[k]}
        run = replace(
            bare.run, config=builders.config(paths, seed=at + 1), series={curve.key: curve}
        )
        found.append(run_summary.summarize(run, builders.PROFILE))
    return found


def judge(found: Sequence[RunSummary]) -> Study:
    """The study of all runs against the three baselines."""
    ids = [r.id for r in found]
    return study.study_summaries(
        found, ids[BASELINES:], ids[:BASELINES], builders.PROFILE, metric=METRIC
    )


def outcome(plan: Draw, found: Study) -> Iterator[str]:
    """What holds of the causes that are named, and of the first of the ranking.

    A cause is true that holds a true knob and no other than those that always moved with it.
    """
    named = [c for c in found.causes if c.is_named]
    true = [c for c in named if set(c.knobs) & plan.true and set(c.knobs) <= plan.wanted]
    known = {knob for cause in true for knob in cause.knobs}
    yield from ["causes"] * len(named)
    yield from ["true causes"] * len(true)
    if not named:
        yield "nothing"
    if len(true) < len(named):
        yield "innocent"
    if any(c.probability is not None for c in named if c not in true):
        yield "innocent by probability"
    if plan.wanted <= known:
        yield "all"
        if len(true) == len(named):
            yield "exactly"
    if found.causes:
        yield "ranked"
        if set(found.causes[0].knobs) & plan.true:
            yield "first is true"


def simulate(case: Case, form: str, numbers: range) -> Counter[str]:
    """The outcomes of some draws, without the findings, neighbours and experiments, which make no causes."""
    outcomes: Counter[str] = Counter()
    with (
        mock.patch.object(rules, "check", lambda case: iter(())),
        mock.patch.object(proposals, "propose", lambda *_: ()),
        mock.patch.object(rows, "neighbours", lambda *_: []),
    ):
        for number in numbers:
            plan = draw(case, form, number)
            outcomes.update(outcome(plan, judge(short(plan))))
    return outcomes


# By form and case: the outcomes of each part of its draws.
Parts = dict[str, dict[Case, list[Counter[str]]]]
Rates = Mapping[str, Mapping[Case, Counter[str]]]


@dataclass(frozen=True)
class Job:
    """A part of the draws of a case in a form."""

    form: str
    case: Case
    part: int

    def run(self) -> Counter[str]:
        """The outcomes of its draws."""
        size = DRAWS // PARTS
        return simulate(self.case, self.form, range(self.part * size, (self.part + 1) * size))


JOBS = [Job(form, c, part) for form in FORMS for c in CASES for part in range(PARTS)]


def measure() -> Parts:
    """Draw and judge everything, spread over processes."""
    found: Parts = {form: {c: [] for c in CASES} for form in FORMS}
    with processes() as pool:
        for job, outcomes in zip(JOBS, pool.map(Job.run, JOBS), strict=True):
            found[job.form][job.case].append(outcomes)
    return found


def rates(known: Parts) -> Rates:
    """The parts added up."""
    return {
        form: {case: sum(parts, Counter()) for case, parts in cases.items()}
        for form, cases in known.items()
    }


def again() -> list[Job]:
    """What is drawn again: every case has another part."""
    return [job for at, job in enumerate(JOBS) if job.part == at // PARTS % PARTS]


def share(rates: Rates, form: str, case: Case, what: str, of: str = "") -> float:
    """How often something is the outcome of a case, in per cent of its draws, or `of` another outcome."""
    counts = rates[form][case]
    return 100 * counts[what] / (counts[of] if of else DRAWS)


def right_of_named(rates: Rates, form: str) -> float:
    """How much of what is named in all cases of the mix is true, in per cent."""
    whole = sum((rates[form][case] for case in MIX), Counter())
    return 100 * whole["true causes"] / whole["causes"]


COLUMNS = ("exactly", "nothing", "innocent", "first is true")


def table(rates: Rates) -> list[str]:
    """The shares of both forms as lines of a Markdown table, `99.0 / 98.6`; last how much of what is named is true."""
    head = ["planted", "exactly those named", "nothing named", "an innocent named", "first is true"]
    found = [head, ["---"] * len(head)]
    for case in CASES:
        found.append([case.name, *(_both(rates, case, what) for what in COLUMNS)])
    named = " / ".join(f"{right_of_named(rates, form):.1f}" for form in FORMS)
    found.append(["true among all that is named, without diverging runs", named, "", "", ""])
    return ["| " + " | ".join(row) + " |" for row in found]


def _both(rates: Rates, case: Case, what: str) -> str:
    """The share of an outcome in each form; nothing that is planted is never the first."""
    if case.truths == 0 and what in ("exactly", "first is true"):
        return "-"
    return " / ".join(f"{share(rates, form, case, what):.1f}" for form in FORMS)
