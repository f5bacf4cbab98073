"""Which changes the regressed runs share, and what speaks for and against them."""

from collections.abc import Sequence

from actot.analysis import train_config
from actot.causes.ranking import Cause
from actot.output import render
from actot.output.markdown import escape
from actot.report import Sheet
from actot.report.jitter import largest_times, rough
from actot.report.postmortem import regressed

ORDER, LEVEL = 61, 3
TITLE = {"en": "Key Differences Observed", "zh": "主要差异"}
TEXT = {
    "en": {
        "suspects": "New runs changed {changes}.",
        "by": "{knob} by {times}x ({base} → {values})",
        "join": ("; ", "."),
        "together": "{knobs} always moved together: these runs cannot tell them apart.",
        "modest": "OT hyperparameters shifted modestly ({values})",
        "shifted": "OT hyperparameters shifted ({values})",
        "cleared": "{knobs}: not enough alone to explain the regression (a healthy run went as far)",
        "alone": "{knobs}: changed alone it does not make it worse",
        "open": "{knobs}: cannot be separated from {suspects}",
        "calm": "Jitter did not explode (train L1 at most {l1}x, gradient norm at most {grad}x of the "
        "reference's), but {metric} is worse: optimization rather than OT noise.",
        "quiet": "Jitter did not explode (train L1 at most {l1}x, gradient norm at most {grad}x of the "
        "reference's).",
        "rough": "Jitter is higher (train L1 up to {l1}x, gradient norm up to {grad}x of the reference's).",
    },
    "zh": {
        "suspects": "新运行改动了 {changes}。",
        "by": "{knob}（{times} 倍：{base} → {values}）",
        "join": ("；", "。"),
        "together": "{knobs} 总是同时改动：这些运行无法区分它们。",
        "modest": "OT 超参小幅变动（{values}）",
        "shifted": "OT 超参有变动（{values}）",
        "cleared": "{knobs}：单独不足以解释变差（有健康运行改动同样大）",
        "alone": "{knobs}：单独改动时并未变差",
        "open": "{knobs}：无法与 {suspects} 区分开",
        "calm": "抖动没有爆发（训练 L1 最多为参照基线的 {l1} 倍，梯度范数最多 {grad} 倍），但 {metric} "
        "变差：更像优化问题而非 OT 噪声。",
        "quiet": "抖动没有爆发（训练 L1 最多为参照基线的 {l1} 倍，梯度范数最多 {grad} 倍）。",
        "rough": "抖动升高（训练 L1 最高为参照基线的 {l1} 倍，梯度范数最高 {grad} 倍）。",
    },
}
MODEST = 2.0  # times the anchor's value


def write(sheet: Sheet) -> str:
    """The shared changes, the OT changes, the jitter; nothing where no run regressed."""
    if not regressed(sheet) or not sheet.study.causes:
        return ""
    text = TEXT[sheet.lang]
    suspects = sheet.study.suspects
    comma = render.COMMA[sheet.lang]
    lines = []
    if suspects:
        changes = comma.join(_shared(c, text["by"]) for c in suspects)
        lines.append(text["suspects"].format(changes=changes))
    first = [c.knob for c in suspects if c.rank == 1]
    if len(first) > 1 and _says(suspects[0], "confounded"):
        lines.append(text["together"].format(knobs=comma.join(first)))
    lines += _ot(sheet, suspects)
    times = largest_times(sheet)
    if times is not None:
        optimizer = any(_says(c, "optimizer_symptom") for c in suspects)
        calm = "calm" if optimizer else "quiet"
        name = calm if max(times) <= rough(sheet) else "rough"
        l1, grad = (render.number(t) for t in times)
        lines.append(text[name].format(l1=l1, grad=grad, metric=sheet.study.metric))
    return "\n".join(f"- {escape(line)}" for line in lines)


def _says(cause: Cause, name: str) -> bool:
    return any(e.name == name for e in cause.evidence)


def _shared(cause: Cause, by: str) -> str:
    """`lr by 20-30x (1e-05 → 0.0002/0.0003)` or `grad_clip_norm 10 → 1`."""
    base = train_config.show(cause.changes[0].base)
    values = "/".join(dict.fromkeys(train_config.show(c.value) for c in cause.changes))
    ratios = [c.ratio for c in cause.changes if c.ratio]
    if not ratios or min(ratios) < 1:
        return f"{cause.knob} {base} → {values}"
    low, high = (f"{r:.4g}" for r in (min(ratios), max(ratios)))
    times = low if low == high else f"{low}-{high}"
    return by.format(knob=cause.knob, times=times, base=base, values=values)


def _ot(sheet: Sheet, suspects: Sequence[Cause]) -> list[str]:
    """What the OT knobs did, and whether healthy runs clear them."""
    text = TEXT[sheet.lang]
    others = [c for c in sheet.study.causes if c.group == "ot" and c not in suspects]
    if not others:
        return []
    comma = render.COMMA[sheet.lang]
    values = comma.join(
        f"{c.knob}={{{','.join(sorted({train_config.show(x.value) for x in c.changes}))}}}"
        for c in others
    )
    # Where no baseline is usable there is no anchor, and the reference stands for it.
    start = sheet.summary(sheet.study.anchor or sheet.study.groups[0][0]).settings
    ratios = [train_config.ratio(start.value(c.knob), x.value) for c in others for x in c.changes]
    modest = all(r is not None and 1 / MODEST <= r <= MODEST for r in ratios)
    parts = [text["modest" if modest else "shifted"].format(values=values)]
    carried = [c.knob for c in others if c.score == 0 and _says(c, "cleared")]
    alone = [c.knob for c in others if c.score == 0 and c.knob not in carried]
    rest = [c.knob for c in others if c.score > 0]
    for key, knobs in (("cleared", carried), ("alone", alone)):
        if knobs:
            parts.append(text[key].format(knobs=comma.join(knobs)))
    if rest and suspects:
        names = comma.join(c.knob for c in suspects)
        parts.append(text["open"].format(knobs=comma.join(rest), suspects=names))
    between, end = text["join"]
    return [between.join(parts) + end]
