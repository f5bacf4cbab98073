"""Which changes the regressed runs share, and what speaks for and against them."""

from collections.abc import Sequence

from actot.analysis import config_values
from actot.causes.cause import RULED_OUT, Cause, Moved
from actot.causes.statements import Cleared, Confounded, OptimizerSymptom, PairClears
from actot.facts import Evidence
from actot.output import change_words, messages, wording
from actot.output.markdown import escape
from actot.output.messages import texts
from actot.report import Sheet
from actot.report.jitter import largest_times, rough
from actot.report.postmortem import regressed

ORDER, LEVEL = 61, 3
MODEST = 2.0  # times the anchor's value


def write(sheet: Sheet) -> str:
    """The shared changes, the OT changes, the jitter; nothing where no run regressed."""
    if not regressed(sheet) or not sheet.study.causes:
        return ""
    text = texts(sheet.lang)
    suspects = sheet.study.suspects
    comma = texts(sheet.lang).comma
    lines = []
    if suspects:
        changes = comma.join(_shared(m, sheet.lang) for c in suspects for m in c.moved)
        lines.append(text.report_differences_suspects.format(changes=changes))
    lines += [
        text.report_differences_together.format(knobs=comma.join(c.knobs))
        for c in suspects
        if _says(c, Confounded)
    ]
    lines += _ot(sheet, suspects)
    times = largest_times(sheet)
    if times is not None:
        optimizer = any(_says(c, OptimizerSymptom) for c in suspects)
        of_ot = any(k.group == "ot" for k in sheet.study.profile.knobs.values())
        calm = (
            text.report_differences_calm if optimizer and of_ot else text.report_differences_quiet
        )
        said = calm if max(times) <= rough(sheet) else text.report_differences_rough
        l1, grad = (wording.number(t) for t in times)
        lines.append(said.format(l1=l1, grad=grad, metric=sheet.study.metric))
    return "\n".join(f"- {escape(line)}" for line in lines)


def _says(cause: Cause, kind: type[Evidence]) -> bool:
    return any(isinstance(e, kind) for e in cause.evidence)


def _shared(moved: Moved, lang: str) -> str:
    """`lr by 20-30x (1e-05 → 0.0002/0.0003)` or `grad_clip_norm 10 → 1`."""
    base = change_words.sides(moved.changes[0], lang)[0]
    values = "/".join(dict.fromkeys(change_words.sides(c, lang)[1] for c in moved.changes))
    ratios = [c.ratio for c in moved.changes if c.ratio]
    if not ratios or min(ratios) < 1:
        return f"{moved.knob} {base} → {values}"
    low, high = (f"{r:.4g}" for r in (min(ratios), max(ratios)))
    times = low if low == high else f"{low}-{high}"
    return texts(lang).report_differences_by.format(
        knob=moved.knob, times=times, base=base, values=values
    )


def _ot(sheet: Sheet, suspects: Sequence[Cause]) -> list[str]:
    """What the OT knobs did, and whether healthy runs clear them."""
    text = texts(sheet.lang)
    others = [
        (cause, m)
        for cause in sheet.study.causes
        for m in cause.moved
        if m.group == "ot" and cause not in suspects
    ]
    if not others:
        return []
    comma = texts(sheet.lang).comma
    values = comma.join(
        f"{m.knob}={{{','.join(sorted({config_values.show(c.value) for c in m.changes}))}}}"
        for _, m in others
    )
    # Where no baseline is usable there is no anchor, and the reference stands for it.
    start = sheet.summary(sheet.study.anchor or sheet.study.groups[0][0]).settings
    ratios = [
        config_values.ratio(start.value(m.knob), c.value) for _, m in others for c in m.changes
    ]
    modest = all(r is not None and 1 / MODEST <= r <= MODEST for r in ratios)
    shifted = text.report_differences_modest if modest else text.report_differences_shifted
    parts = [shifted.format(values=values)]
    for said, knobs in _fates(others).items():
        if knobs and (said != "open" or suspects):
            names = comma.join(k for c in suspects for k in c.knobs)
            known = {"knobs": comma.join(knobs), "suspects": names}
            parts.append(messages.named(f"report_differences_{said}", sheet.lang).format(**known))
    return [text.semicolon.join(parts) + text.full_stop]


def _fates(others: Sequence[tuple[Cause, Moved]]) -> dict[str, list[str]]:
    """The knobs by what is said of them: a healthy run clears them, a pair does, all levels together do, or nothing."""
    found: dict[str, list[str]] = {"cleared": [], "alone": [], "unlikely": [], "open": []}
    for cause, moved in others:
        is_out = cause.word == RULED_OUT
        said = (
            "cleared"
            if _says(cause, Cleared)
            else "alone"
            if _says(cause, PairClears)
            else "unlikely"
        )
        found[said if is_out else "open"].append(moved.knob)
    return found
