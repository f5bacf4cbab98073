"""How far a plan has come: its rounds and what they say, the next round's runs, or the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from actot.experiments.answers import NotWorse
from actot.experiments.experiment import Experiment, hours
from actot.experiments.guard import PlanContext, PlannedRun
from actot.experiments.plan import Plan
from actot.experiments.readings import Reader, Reading
from actot.experiments.strategies import (
    ALONE,
    HALVE,
    REPEAT,
    REVERT,
    STRATEGIES,
    VERIFY,
    Course,
    Round,
    begun,
    follow,
)
from actot.experiments.surprises import Better, Noisier, Unreadable
from actot.facts import Answer, Surprise
from actot.verdicts.replicates import TRAINING
from actot.verdicts.verdict import IMPROVED, REGRESSED, Judged, Verdict

KINDS = {REVERT: "isolate", HALVE: "halve", VERIFY: "verify", REPEAT: "repeat", ALONE: "alone"}


@dataclass(frozen=True)
class Progress:
    """How far a plan has come.

    `rounds` are those that have run, last the one that is waited for, with what the source holds of each mix. `missing` are the
    runs of that one which nobody has started, or which died. `worse` is the regressed config's verdict against the anchor.
    Absent: `answer` is None while runs are waited for.
    """

    plan: Plan
    rounds: tuple[tuple[Round, tuple[Reading, ...]], ...]
    answer: Answer | None
    missing: tuple[PlannedRun, ...]
    surprises: tuple[Surprise, ...]
    worse: Verdict | None

    @property
    def in_all(self) -> int:
        """How many rounds it takes, as far as is known by now."""
        waits = 0 if self.answer else self.rounds[-1][0].more
        return len(self.rounds) + waits

    @property
    def have_run(self) -> int:
        """How many runs of the last round have a value."""
        return sum(min(r.seeds, self.rounds[-1][0].seeds) for r in self.rounds[-1][1])

    @property
    def wanted(self) -> int:
        """How many runs the last round has."""
        wanted, readings = self.rounds[-1]
        return len(readings) * wanted.seeds


def follow_up(plan: Plan, context: PlanContext) -> Progress:
    """What has become of a plan in a source; the context's anchor is the plan's.

    Raises: BadInput where a run that it names is not there, or cannot be what the plan takes it for.
    """
    reader = Reader(plan, context)
    course = _course(plan, reader)
    wanted = [*(r for r, _ in course.rounds), *filter(None, [course.waits_for])]
    rounds = tuple((r, reader.readings(r)) for r in wanted)
    return Progress(
        plan,
        rounds,
        course.answer,
        tuple(_missing(reader, *rounds[-1])) if course.waits_for else (),
        tuple(_surprises(reader, [r for _, readings in rounds for r in readings])),
        reader.worse.row,
    )


def _course(plan: Plan, reader: Reader) -> Course:
    row = reader.worse.row
    if row is None or row.word != REGRESSED:
        return Course((), answer=NotWorse())
    return follow(begun(plan.strategy, plan.suspects, reader.seeds), reader.outcomes)


def _missing(reader: Reader, wanted: Round, readings: Sequence[Reading]) -> Iterator[PlannedRun]:
    """The runs of a round that are to be started, each with a seed that its config has not had."""
    for reading in readings:
        known = [r.settings.value(TRAINING) for r in (*reading.done, *reading.running)]
        if reading.mix.moved == reader.plan.suspects:
            known.append(reader.regressed.settings.value(TRAINING))
        lacking = wanted.seeds - reading.seeds - len(reading.running)
        own = reader.mixer.planned(reading.mix, reader.plan.suspects)
        if lacking > 0 and (not known or own.seed not in known):
            yield own
            known.append(own.seed)
            lacking -= 1
        first = own.seed + 1 if isinstance(own.seed, int) else 1
        others = (seed for seed in count(first) if seed not in known)
        for _, seed in zip(range(lacking), others, strict=False):
            yield reader.mixer.planned(reading.mix, reader.plan.suspects, seed)


def _surprises(reader: Reader, readings: Sequence[Reading]) -> Iterator[Surprise]:
    row, plan = reader.worse.row, reader.plan
    if isinstance(row, Judged) and reader.seeds > plan.seeds:
        yield Noisier(plan.regressed, abs(row.change), row.mde, row.scale, reader.seeds)
    better = [r.id for one in readings if one.row and one.row.word == IMPROVED for r in one.done]
    if better:
        yield Better(tuple(dict.fromkeys(better)), plan.anchor)
    for one in readings:
        if one.row is not None and one.outcome is None:
            yield Unreadable(tuple(r.id for r in one.done), one.row.why)


def next_experiment(progress: Progress, context: PlanContext) -> Experiment | None:
    """The runs of the round that is waited for, None where there is an answer."""
    if progress.answer is not None:
        return None
    plan, (wanted, readings) = progress.plan, progress.rounds[-1]
    kind = KINDS[wanted.kind]
    moved = tuple(dict.fromkeys(k for mix in wanted.mixes for k in mix.moved))
    return Experiment(
        kind,
        kind,
        knobs=moved if wanted.kind == VERIFY else plan.suspects,
        anchor=plan.anchor,
        metric=plan.metric,
        key=context.key,
        runs=progress.missing,
        have=tuple(
            (" + ".join(one.mix.moved) or plan.anchor, tuple(r.id for r in one.done))
            for one in readings
            if one.done and wanted.kind != REPEAT
        ),
        hours=hours(context, progress.missing),
        facts={"regressed": plan.regressed},
        plan=plan,
    )


def rounds_and_runs(plan: Plan) -> tuple[int, int]:
    """How many rounds and runs a plan takes at most, where no seed misleads it."""
    strategy = STRATEGIES[plan.strategy](plan.suspects, plan.seeds)
    first = next(strategy)
    rounds = 1 + first.more
    runs = (len(first.mixes) + first.more) * plan.seeds
    return (rounds + 1, runs + 1) if plan.seeds > 1 else (rounds, runs)
