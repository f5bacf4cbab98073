"""What has become of the runs of a plan: which have run, and on which side of half-way they came out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from actot.analysis import config_changes
from actot.analysis.run_summary import RUNNING, RunSummary, diverged_at, is_replicable
from actot.errors import BadInput
from actot.experiments import guard
from actot.experiments.guard import PlanContext
from actot.experiments.mixtures import Mixer
from actot.experiments.plan import Plan
from actot.experiments.strategies import SECOND, VERIFY, Mix, Outcome, Round
from actot.verdicts import judging, replicates
from actot.verdicts.scales import ABSOLUTE, SCALES
from actot.verdicts.verdict import IMPROVED, REGRESSED, Judged, Measured, Verdict


@dataclass(frozen=True)
class Reading:
    """What the source holds of a mix.

    `done` have run, finished or diverged; `running` have not ended; `died` ended too early and are offered again. `row` is
    their verdict against the anchor, None while none is done; `outcome` what that says, None where they cannot be compared.
    """

    mix: Mix
    done: tuple[RunSummary, ...]
    running: tuple[RunSummary, ...]
    died: tuple[RunSummary, ...]
    seeds: int
    row: Verdict | None
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Reader:
    """Reads a plan's runs off a source, by what they have in effect."""

    plan: Plan
    context: PlanContext

    @cached_property
    def mixer(self) -> Mixer:
        """What makes the plan's runs."""
        return Mixer(self.context.anchor, self.regressed, self.context.profile)

    @cached_property
    def regressed(self) -> RunSummary:
        """The run that the plan explains. Raises: BadInput."""
        found = next((r for r in self.context.summaries if r.id == self.plan.regressed), None)
        if found is None or not found.run.config:
            raise BadInput(f"{self.plan.regressed}: not among the runs with a config")
        return found

    @cached_property
    def anchors(self) -> tuple[RunSummary, ...]:
        """The usable runs of the anchor's config. Raises: BadInput where there is none."""
        found = self._usable([*guard.alike(self.context)])
        if not found:
            raise BadInput(f"{self.context.anchor.id}: no run of its config has a usable value")
        return found

    @cached_property
    def worse(self) -> Reading:
        """The regressed config."""
        return self.reading(Mix(self.plan.suspects, is_revert=True))

    @cached_property
    def seeds(self) -> int:
        """How many seeds of each run the half-way rule takes: two where the regression itself is hardly found."""
        row = self.worse.row
        is_clear = not isinstance(row, Judged) or abs(row.change) > row.mde
        return max(self.plan.seeds, 1 if is_clear else SECOND)

    def readings(self, wanted: Round) -> tuple[Reading, ...]:
        """What has become of the mixes of a round. The run that raised the suspicion verifies nothing."""
        found = (self.reading(mix, wanted.kind == VERIFY) for mix in wanted.mixes)
        return tuple(replace(reading, outcome=self._outcome(reading)) for reading in found)

    def reading(self, mix: Mix, is_fresh: bool = False) -> Reading:
        """What has become of a mix; `is_fresh`: without the plan's regressed run. Raises: BadInput where no config says it."""
        profile = self.context.profile
        settings = self.mixer.settings(mix, self.plan.suspects)
        stamp, budget = config_changes.fingerprint(settings), settings.value(profile.budget)
        runs = [
            r
            for r in self.context.summaries
            if config_changes.fingerprint(r.settings) == stamp
            and not r.turns
            and not (is_fresh and r.id == self.plan.regressed)
            and guard.is_as_long(r, budget, profile)
        ]
        done = tuple(r for r in runs if self._is_done(r) or r.id == self.plan.regressed)
        running = tuple(r for r in runs if r not in done and r.run.state == RUNNING)
        return Reading(
            mix,
            done,
            running,
            died=tuple(r for r in runs if r not in done and r not in running),
            seeds=len(replicates.by_seed(done, profile)),
            row=self._judged(done, self.anchors) if done else None,
        )

    def outcomes(self, wanted: Round) -> list[Outcome] | None:
        """How the mixes of a round came out, None while one of them lacks a seed or cannot be compared."""
        readings = self.readings(wanted)
        known = [r.outcome for r in readings if r.outcome and r.seeds >= wanted.seeds]
        return known if len(known) == len(readings) else None

    def _outcome(self, reading: Reading) -> Outcome | None:
        """On which side of half-way a mix came out; None where it has not run or cannot be compared."""
        row, worse = reading.row, self.worse.row
        if row is None or worse is None:
            return None
        diverged = [r for r in reading.done if self._has_diverged(r)]
        if diverged or not isinstance(row, Measured):
            return Outcome(True, True, REGRESSED) if diverged else None
        is_harmed = isinstance(worse, Measured) and _height(row) > _height(worse) / 2
        if is_harmed:
            return Outcome(True, row.word == REGRESSED, row.word)
        apart = self._judged(reading.done, self._usable(self.worse.done))
        is_sure = not isinstance(worse, Measured) or apart.word == IMPROVED
        return Outcome(False, is_sure, row.word)

    def _judged(self, runs: Sequence[RunSummary], bases: Sequence[RunSummary]) -> Verdict:
        context = self.context
        return judging.judge_alone([(runs, bases)], context.metric, context.noise, context.profile)[
            0
        ]

    def _usable(self, runs: Sequence[RunSummary]) -> tuple[RunSummary, ...]:
        context = self.context
        return tuple(r for r in runs if is_replicable(r, context.metric, context.profile))

    def _is_done(self, run: RunSummary) -> bool:
        context = self.context
        return self._has_diverged(run) or is_replicable(run, context.metric, context.profile)

    def _has_diverged(self, run: RunSummary) -> bool:
        return diverged_at(run, self.context.metric, self.context.profile) is not None


def half_way(row: Measured) -> float:
    """The change at which a run is as near to the anchor as to the regressed row. Units: as the row's change."""
    scale = SCALES.get(row.scale, SCALES[ABSOLUTE])
    return scale.change(scale.distance(row.change) / 2)


def _height(row: Measured) -> float:
    """How much worse a row is on the metric's scale, where half-way is halved."""
    sign = 1 if row.lower_is_better else -1
    return sign * SCALES.get(row.scale, SCALES[ABSOLUTE]).distance(row.change)
