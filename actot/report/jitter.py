"""How rough the training curves are, and what helps where they are rougher than the reference's."""

from actot.analysis import config_values
from actot.causes import symptoms
from actot.output import messages, render, wording
from actot.output.markdown import escape
from actot.output.messages import texts
from actot.report import Sheet
from actot.report.postmortem import regressed

ORDER, LEVEL = 40, 2
# Each fix needs a knob to turn; one without stays unsaid.
FIXES = ("batch_size", "reg", "ot_every_n_steps", "lr")


def write(sheet: Sheet) -> str:
    """The jitter findings with the fixes, or the calm sentence where jitter was measured."""
    found = [f for f in sheet.study.findings if f.rule == "jitter"]
    if found:
        lines = [
            escape(f"{f.run}{texts(sheet.lang).colon}{render.finding(f, sheet.lang)}")
            for f in found
        ]
        knobs = sheet.study.profile.knobs
        lines += [
            messages.named(f"report_jitter_fix_{knob}", sheet.lang).format(knob=knob)
            for knob in FIXES
            if knob in knobs
        ]
        lines.append(texts(sheet.lang).report_jitter_reading)
        return "\n".join(f"- {line}" for line in lines)
    times = largest_times(sheet)
    if times is None or max(times) > rough(sheet):
        return ""
    return texts(sheet.lang).report_jitter_calm.format(
        l1=wording.number(times[0]), grad=wording.number(times[1])
    )


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
        if config_values.equal(sheet.summary(r).settings.value("log_freq"), often)
    ]
    largest = []
    for rule in ("jitter", "grad_norm"):
        metric = symptoms.keyword(rule, "metric", sheet.study.profile)
        times = [symptoms.rougher(sheet.summary(r), base, metric) for r in runs]
        known = [t for t in times if t is not None]
        if not known or len(known) < len(times):
            return None
        largest.append(max(known))
    return largest[0], largest[1]
