"""The runs between two configs: some knobs as in the regressed run, the others as in the anchor."""

from dataclasses import dataclass
from functools import cached_property

from actot.analysis import config_changes, config_values
from actot.analysis.knob_settings import Settings
from actot.analysis.run_summary import RunSummary
from actot.analysis.train_config import TrainConfig
from actot.errors import BadInput
from actot.experiments import config_edit, guard, trainer_refusals
from actot.experiments.guard import PlannedRun
from actot.experiments.remarks import NoPlace, OfValue
from actot.experiments.strategies import Mix
from actot.profile_schema import Profile
from actot.verdicts.replicates import TRAINING


@dataclass(frozen=True)
class Mixer:
    """Makes the runs between an anchor and a regressed run. Only values that have run: no guard asks for them."""

    anchor: RunSummary
    regressed: RunSummary
    profile: Profile

    @cached_property
    def configs(self) -> tuple[TrainConfig, TrainConfig]:
        """The anchor's and the regressed run's."""
        sides = (self.anchor, self.regressed)
        return tuple(TrainConfig.parse(r.run.config, self.profile) for r in sides)  # type: ignore[return-value]

    def settings(self, mix: Mix, suspects: tuple[str, ...]) -> Settings:
        """What is in effect in a mix. Raises: BadInput where no config says that alone."""
        return self._config(mix, suspects).settings

    def planned(self, mix: Mix, suspects: tuple[str, ...], seed: int | None = None) -> PlannedRun:
        """The run of a mix, with another seed than its start's if asked for. Raises: BadInput where it has no place."""
        start, knobs = self._turned(mix, suspects)
        other = self.anchor if mix.is_revert else self.regressed
        config = self._config(mix, suspects)
        label = [start.id, *_said(knobs, other)]
        if seed is not None:
            config = config_edit.with_knob(config, TRAINING, seed)
            label.append(f"s{seed}")
        name = guard.slug("_".join(label))
        knob = " + ".join(knobs) or TRAINING
        value = f"as in {other.id}" if len(knobs) > 1 else other.settings.value(knob)
        return PlannedRun(
            name,
            knob,
            value if knobs else seed,
            config.settings.value(TRAINING),
            config_edit.reset(config, name).tree,
            config.settings,
        )

    def refusal(self, knob: str, suspects: tuple[str, ...]) -> OfValue | None:
        """Why a suspect cannot be moved alone, from either side, or None."""
        others = tuple(k for k in suspects if k != knob)
        for mix in (Mix(others, is_revert=True), Mix((knob,))):
            start, _ = self._turned(mix, suspects)
            value = (self.anchor if mix.is_revert else self.regressed).settings.value(knob)
            try:
                settings = self.settings(mix, suspects)
            except BadInput:
                return NoPlace(knob, value)
            broken = trainer_refusals.find(start.settings, settings, knob, value, self.profile)
            if broken is not None:
                return broken
        return None

    def _turned(self, mix: Mix, suspects: tuple[str, ...]) -> tuple[RunSummary, tuple[str, ...]]:
        """The run that a mix starts from, and the knobs that it then takes from the other one."""
        if mix.is_revert:
            return self.regressed, tuple(k for k in suspects if k not in mix.moved)
        return self.anchor, mix.moved

    def _config(self, mix: Mix, suspects: tuple[str, ...]) -> TrainConfig:
        start, knobs = self._turned(mix, suspects)
        other = self.anchor if mix.is_revert else self.regressed
        config = self.configs[mix.is_revert]
        for knob in knobs:
            config = config_edit.with_knob(config, knob, other.settings.value(knob), other.settings)
        hanging = {k.name for k in self.profile.knobs.values() if {*knobs} & {*k.disabled_when}}
        moved = config_changes.changes(start.settings, config.settings)
        if {c.knob for c in moved} - hanging != {*knobs}:
            raise BadInput(f"{', '.join(knobs)}: something else would move too")
        return config


def _said(knobs: tuple[str, ...], other: RunSummary) -> list[str]:
    """How a run's name says what it takes from another run."""
    if len(knobs) == 1:
        return [knobs[0], config_values.show(other.settings.value(knobs[0]))]
    return [*knobs, "of", other.id] if knobs else []
