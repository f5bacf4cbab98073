"""What to do: revert the suspects, hold the rest, one knob at a time, within the guard's bounds."""

from actot.analysis import train_config
from actot.experiments.proposals import Experiment
from actot.output import render
from actot.output.markdown import escape
from actot.report import Sheet
from actot.report.postmortem import regressed

ORDER, LEVEL = 62, 3
TITLE = {"en": "Recommendations", "zh": "建议"}
TEXT = {
    "en": {
        "revert": "Revert to the anchor {anchor}: {values}.",
        "hold": "Keep the OT settings at the anchor's ({values}); sweep one knob at a time:",
        "sweep": "{knob} ∈ {{{values}}}",
        "window": "If you want window_size={value} (as in {run}), change only that, in a run of its own.",
        "preset": "Keep use_policy_training_preset=true: no healthy run has it off.",
        "bound": "Do not move {knob} beyond {bound} without evidence: the largest healthy value tried "
        "is {largest}.",
    },
    "zh": {
        "revert": "恢复为锚点 {anchor} 的取值：{values}。",
        "hold": "OT 设置保持锚点取值（{values}）；一次只扫描一个旋钮：",
        "sweep": "{knob} ∈ {{{values}}}",
        "window": "若想采用 window_size={value}（如 {run}），请在单独的运行中只改这一项。",
        "preset": "保持 use_policy_training_preset=true：没有健康运行关闭过它。",
        "bound": "没有证据时不要让 {knob} 超过 {bound}：健康运行试过的最大值为 {largest}。",
    },
}


def write(sheet: Sheet) -> str:
    """A numbered list, where a run regressed and a suspect is named."""
    study, text = sheet.study, TEXT[sheet.lang]
    suspects = study.suspects
    if not regressed(sheet) or not suspects or study.anchor is None:
        return ""
    anchor = sheet.summary(study.anchor).settings
    comma = render.COMMA[sheet.lang]
    values = escape(
        comma.join(f"{c.knob}={train_config.show(anchor.value(c.knob))}" for c in suspects)
    )
    items = [text["revert"].format(values=values, anchor=escape(study.anchor))]
    held = ("lambda_ot", "reg", "tau", "window_size")
    ot = ", ".join(f"{k}={sheet.knob(study.anchor, k)}" for k in held if k in anchor.knobs)
    sweeps = [_sweep(e, sheet) for e in study.experiments if e.kind == "sweep"]
    if ot:
        items.append("\n".join([text["hold"].format(values=ot), *(f"   - {s}" for s in sweeps)]))
    items += _window(sheet)
    healthy = [sheet.summary(r) for r in study.healthy]
    if anchor.value("preset") is True and all(r.settings.value("preset") is True for r in healthy):
        items.append(text["preset"])
    items += _bounds(sheet, [c.knob for c in suspects if c.changes[0].ratio])
    return "\n".join(f"{i}. {item}" for i, item in enumerate(items, 1))


def _sweep(experiment: Experiment, sheet: Sheet) -> str:
    values = [v for v, _ in experiment.have] + [r.value for r in experiment.runs]
    shown = ", ".join(train_config.show(v) for v in sorted(values))
    return TEXT[sheet.lang]["sweep"].format(knob=experiment.knobs[0], values=shown)


def _window(sheet: Sheet) -> list[str]:
    anchor = sheet.summary(sheet.study.anchor).settings.value("window_size")
    for run in sheet.study.baselines:
        value = sheet.summary(run).settings.value("window_size")
        if not train_config.equal(value, anchor) and train_config.ABSENT not in (value, anchor):
            return [
                TEXT[sheet.lang]["window"].format(value=train_config.show(value), run=escape(run))
            ]
    return []


def _bounds(sheet: Sheet, knobs: list[str]) -> list[str]:
    """How far the guard lets a suspect go, where it went up."""
    found = []
    anchor = sheet.summary(sheet.study.anchor).settings
    for knob in knobs:
        values = [
            value
            for run in sheet.study.healthy
            if train_config.ratio(
                anchor.value(knob), value := sheet.summary(run).settings.value(knob)
            )
        ]
        cause = next(c for c in sheet.study.causes if c.knob == knob)
        if values and cause.changes[0].ratio > 1:
            bound = anchor.value(knob) * sheet.study.profile.guard
            found.append(
                TEXT[sheet.lang]["bound"].format(
                    knob=knob, bound=render.number(bound), largest=train_config.show(max(values))
                )
            )
    return found
