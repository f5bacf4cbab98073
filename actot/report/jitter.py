"""How rough the training curves are, and what helps where they are rougher than the reference's."""

from actot.analysis import train_config
from actot.causes import symptoms
from actot.output import render
from actot.output.markdown import escape
from actot.report import Sheet
from actot.report.postmortem import regressed

ORDER, LEVEL = 40, 2
TITLE = {"en": "Jitter Diagnosis & Fixes", "zh": "抖动诊断与对策"}
CALM = {
    "en": "Jitter did not explode: train L1 is at most {l1} and the gradient norm at most {grad} "
    "times as rough as the reference's.",
    "zh": "抖动没有爆发：训练 L1 的抖动最多为参照基线的 {l1} 倍，梯度范数最多为 {grad} 倍。",
}
# Each fix needs a knob to turn; one without stays unsaid.
FIXES = (
    (
        "batch_size",
        "Small batches make the variance large: a larger {knob} lowers it.",
        "小批量导致方差大：可增大 {knob}。",
    ),
    (
        "reg",
        "A small entropic {knob} makes the plan sharp and passes noise on: raise it one step.",
        "熵正则 {knob} 过小会使传输计划尖锐并放大噪声：可上调一档。",
    ),
    (
        "ot_every_n_steps",
        "The plan of every step brings its randomness into the gradient: compute it every few steps.",
        "每步都算 OT 会把匹配随机性直接注入梯度：可隔几步计算一次。",
    ),
    (
        "lr",
        "A lower {knob} or a warm-up calms the optimizer.",
        "降低 {knob} 或增加预热可使优化更平稳。",
    ),
    (
        None,
        "For reading: judge by tail means and slopes, not by single points.",
        "读图时：看尾段均值与斜率，不看单点。",
    ),
)


def write(sheet: Sheet) -> str:
    """The jitter findings with the fixes, or the calm sentence where jitter was measured."""
    found = [f for f in sheet.study.findings if f.rule == "jitter"]
    if found:
        lines = [
            escape(f"{f.run}{render.COLON[sheet.lang]}{render.finding(f, sheet.lang)}")
            for f in found
        ]
        knobs = sheet.study.profile.knobs
        for knob, en, zh in FIXES:
            if knob is None or knob in knobs:
                lines.append({"en": en, "zh": zh}[sheet.lang].format(knob=knob))
        return "\n".join(f"- {line}" for line in lines)
    times = largest_times(sheet)
    if times is None or max(times) > rough(sheet):
        return ""
    return CALM[sheet.lang].format(l1=render.number(times[0]), grad=render.number(times[1]))


def rough(sheet: Sheet) -> float:
    """The multiple of the reference's jitter above which training counts as rougher: the rule's."""
    return float(symptoms.keyword("jitter", "factor", sheet.study.profile))


def largest_times(sheet: Sheet) -> tuple[float, float] | None:
    """The largest jitter of train L1 and of the gradient norm, as multiples of the reference's.

    Of the regressed runs, of all where none regressed, and of those that log as often as the reference.
    """
    if not sheet.study.groups:
        return None
    base = sheet.summary(sheet.study.groups[0][0])
    often = base.settings.value("log_freq")
    runs = [
        r
        for r in regressed(sheet) or sheet.study.runs
        if train_config.equal(sheet.summary(r).settings.value("log_freq"), often)
    ]
    largest = []
    for rule in ("jitter", "grad_norm"):
        metric = symptoms.keyword(rule, "metric", sheet.study.profile)
        times = [symptoms.rougher(sheet.summary(r), base, metric) for r in runs]
        if not times or None in times:
            return None
        largest.append(max(times))
    return largest[0], largest[1]
