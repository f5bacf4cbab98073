"""The recipes that go round: their keys, and the knobs of this trainer that they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actot.analysis import config_values, flat_config
from actot.analysis.run_summary import RunSummary
from actot.files.bounded_yaml import plain_yaml
from actot.profile_schema import Profile, TemplateKey


@dataclass(frozen=True)
class TemplateRow:
    """A key of a template: its value there, and the knob of this trainer with the value it would get.

    Absent: `knob` is None where the trainer has no such knob.
    """

    key: str
    value: Any
    knob: str | None
    knob_value: Any = None


def template_rows(text: str, anchor: RunSummary, profile: Profile) -> list[TemplateRow]:
    """Every key of a template but its name."""
    rows = []
    for key, value in flat_config.flatten(plain_yaml(text)).items():
        if key in profile.template_keys:
            known = profile.template_keys[key]
            rows.append(TemplateRow(key, value, known.knob, _translated(value, known, anchor)))
        elif key != "experiment":
            rows.append(TemplateRow(key, value, None))
    return rows


def moved(rows: Sequence[TemplateRow], anchor: RunSummary) -> list[str]:
    """The knobs that a template would give another value than the anchor's."""
    changed = (
        r.knob
        for r in rows
        if r.knob and not config_values.equal(anchor.settings.value(r.knob), r.knob_value)
    )
    return list(dict.fromkeys(changed))


def _translated(value: Any, known: TemplateKey, anchor: RunSummary) -> Any:
    """A template's value in this trainer's words; a share becomes a number of the anchor's."""
    whole = anchor.settings.value(known.times) if known.times else None
    if isinstance(whole, int | float) and isinstance(value, int | float):
        return round(value * whole)
    return known.values.get(value, value)
