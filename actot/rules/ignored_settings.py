"""Settings that were written down and are not in force: the trainer reads them elsewhere.

Why: with its preset on, the trainer takes lr, weight decay, clip and scheduler from the policy's
block without a word. Who wrote `optimizer.lr` believes in a run that never was.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from actot.analysis import config_values, flat_config, knob_settings
from actot.analysis.knob_settings import KnobValue, Settings
from actot.profile_schema import Profile
from actot.rules import Case

SEVERITY = "warning"


def check(case: Case) -> dict[str, Any] | None:
    """Speaks where a shadowed path would give a knob in force another value, were it read. Only for
    switches that the config holds at their default: who turned one knows what counts, and what
    it shadows is a leftover. A value that the reference has at the same place is one too."""
    settings, profile = case.summary.settings, case.profile
    usual = flat_config.with_defaults({}, profile)
    for block in profile.shadowed:
        switches = {p: not v for p, v in block.when.items() if isinstance(v, bool)}
        there = switches and switches.keys() <= settings.flat.keys()
        full = flat_config.with_defaults(settings.flat, profile)
        turned = {p: v for p, v in block.when.items() if p in switches}
        if there and flat_config.holds(turned, usual) and flat_config.holds(block.when, full):
            bases = [r.settings for r in case.reference if r.id != case.summary.id]
            found = dict(_conflicts(settings, switches, profile, bases))
            if found:
                switch = next(iter(switches))
                return {
                    "switch": switch,
                    "state": not switches[switch],
                    "what": "; ".join(found.values()),
                    "knobs": list(found),
                }
    return None


def _conflicts(
    settings: Settings, switches: Mapping[str, bool], profile: Profile, bases: Sequence[Settings]
) -> Iterator[tuple[str, str]]:
    """(knob, `optimizer.lr = 0.0002 ≠ lr = 1e-05`) of every knob that the other reading moves."""
    believed = knob_settings.read({**settings.flat, **switches}, profile)
    for knob in profile.knobs:
        real, other = settings.knobs.get(knob), believed.knobs.get(knob)
        if real is None or other is None or switches.keys() & set(other.paths):
            continue
        ignored = [p for p in other.paths if p in settings.shadowed]
        left = any(all(_same(p, settings, base) for p in ignored) for base in bases)
        if ignored and not left and other.value is not None and not _agree(real, other):
            written, runs = config_values.show(other.value), config_values.show(real.value)
            yield knob, f"{' = '.join(ignored)} = {written} ≠ {knob} = {runs}"


def _same(path: str, settings: Settings, base: Settings) -> bool:
    return path in base.flat and config_values.equal(settings.flat[path], base.flat[path])


def _agree(real: KnobValue, other: KnobValue) -> bool:
    """Equal, or one of the values that are in force side by side (a backbone with its own lr)."""
    sides = real.value if isinstance(real.value, tuple) else ()
    return any(config_values.equal(other.value, value) for value in (real.value, *sides))
