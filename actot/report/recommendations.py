"""What to do: revert the suspects, hold the rest, one knob at a time, within the guard's bounds."""

from typing import Any

from actot.analysis import config_values
from actot.analysis.knob_settings import Settings
from actot.experiments.experiment import Experiment
from actot.output import wording
from actot.output.markdown import escape
from actot.output.messages import texts
from actot.report import Sheet
from actot.report.postmortem import regressed

ORDER, LEVEL = 62, 3


def write(sheet: Sheet) -> str:
    """A numbered list, where a run regressed and a suspect is named."""
    study, text = sheet.study, texts(sheet.lang)
    suspects = study.suspects
    if not regressed(sheet) or not suspects or study.anchor is None:
        return ""
    anchor = sheet.summary(study.anchor).settings
    moved = [m for cause in suspects for m in cause.moved]
    comma = texts(sheet.lang).comma
    values = escape(
        comma.join(f"{m.knob}={config_values.show(anchor.value(m.knob))}" for m in moved)
    )
    items = [text.report_recommendations_revert.format(values=values, anchor=escape(study.anchor))]
    held = ("lambda_ot", "reg", "tau", "window_size")
    ot = ", ".join(f"{k}={sheet.knob(study.anchor, k)}" for k in held if k in anchor.knobs)
    sweeps = [_sweep(e, sheet) for e in study.experiments if e.kind == "sweep"]
    if ot:
        items.append(
            "\n".join(
                [text.report_recommendations_hold.format(values=ot), *(f"   - {s}" for s in sweeps)]
            )
        )
    items += _window(sheet, anchor.value("window_size"))
    healthy = [sheet.summary(r) for r in study.healthy]
    if anchor.value("preset") is True and all(r.settings.value("preset") is True for r in healthy):
        items.append(text.report_recommendations_preset)
    items += _bounds(sheet, anchor, [m.knob for m in moved if (m.changes[0].ratio or 0) > 1])
    return "\n".join(f"{i}. {item}" for i, item in enumerate(items, 1))


def _sweep(experiment: Experiment, sheet: Sheet) -> str:
    values = [v for v, _ in experiment.have] + [r.value for r in experiment.runs]
    shown = ", ".join(config_values.show(v) for v in sorted(values))
    return texts(sheet.lang).report_recommendations_sweep.format(
        knob=experiment.knobs[0], values=shown
    )


def _window(sheet: Sheet, anchor: Any) -> list[str]:
    """A baseline's other window, to be tried in a run of its own."""
    for run in sheet.study.baselines:
        value = sheet.summary(run).settings.value("window_size")
        if not config_values.equal(value, anchor) and config_values.ABSENT not in (value, anchor):
            return [
                texts(sheet.lang).report_recommendations_window.format(
                    value=config_values.show(value), run=escape(run)
                )
            ]
    return []


def _bounds(sheet: Sheet, anchor: Settings, knobs: list[str]) -> list[str]:
    """How far the guard lets a suspect go, where it went up."""
    found = []
    for knob in knobs:
        values = [
            value
            for run in sheet.study.healthy
            if config_values.ratio(
                anchor.value(knob), value := sheet.summary(run).settings.value(knob)
            )
        ]
        if values:
            bound = anchor.value(knob) * sheet.study.profile.guard
            found.append(
                texts(sheet.lang).report_recommendations_bound.format(
                    knob=knob, bound=wording.number(bound), largest=config_values.show(max(values))
                )
            )
    return found
