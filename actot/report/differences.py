"""Which changes the regressed runs share, and what speaks for and against them."""

from collections.abc import Sequence

from actot.analysis import config_values
from actot.causes.ranking import Cause
from actot.causes.statements import Cleared, Confounded, OptimizerSymptom
from actot.facts import Evidence
from actot.output import change_words, wording
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
        changes = comma.join(_shared(c, sheet.lang) for c in suspects)
        lines.append(text.report_differences_suspects.format(changes=changes))
    first = [c.knob for c in suspects if c.rank == 1]
    if len(first) > 1 and _says(suspects[0], Confounded):
        lines.append(text.report_differences_together.format(knobs=comma.join(first)))
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


def _shared(cause: Cause, lang: str) -> str:
    """`lr by 20-30x (1e-05 → 0.0002/0.0003)` or `grad_clip_norm 10 → 1`."""
    base = change_words.sides(cause.changes[0], lang)[0]
    values = "/".join(dict.fromkeys(change_words.sides(c, lang)[1] for c in cause.changes))
    ratios = [c.ratio for c in cause.changes if c.ratio]
    if not ratios or min(ratios) < 1:
        return f"{cause.knob} {base} → {values}"
    low, high = (f"{r:.4g}" for r in (min(ratios), max(ratios)))
    times = low if low == high else f"{low}-{high}"
    return texts(lang).report_differences_by.format(
        knob=cause.knob, times=times, base=base, values=values
    )


def _ot(sheet: Sheet, suspects: Sequence[Cause]) -> list[str]:
    """What the OT knobs did, and whether healthy runs clear them."""
    text = texts(sheet.lang)
    others = [c for c in sheet.study.causes if c.group == "ot" and c not in suspects]
    if not others:
        return []
    comma = texts(sheet.lang).comma
    values = comma.join(
        f"{c.knob}={{{','.join(sorted({config_values.show(x.value) for x in c.changes}))}}}"
        for c in others
    )
    # Where no baseline is usable there is no anchor, and the reference stands for it.
    start = sheet.summary(sheet.study.anchor or sheet.study.groups[0][0]).settings
    ratios = [config_values.ratio(start.value(c.knob), x.value) for c in others for x in c.changes]
    modest = all(r is not None and 1 / MODEST <= r <= MODEST for r in ratios)
    shifted = text.report_differences_modest if modest else text.report_differences_shifted
    parts = [shifted.format(values=values)]
    carried = [c.knob for c in others if c.score == 0 and _says(c, Cleared)]
    alone = [c.knob for c in others if c.score == 0 and c.knob not in carried]
    rest = [c.knob for c in others if c.score > 0]
    if carried:
        parts.append(text.report_differences_cleared.format(knobs=comma.join(carried)))
    if alone:
        parts.append(text.report_differences_alone.format(knobs=comma.join(alone)))
    if rest and suspects:
        names = comma.join(c.knob for c in suspects)
        parts.append(text.report_differences_open.format(knobs=comma.join(rest), suspects=names))
    return [text.semicolon.join(parts) + text.full_stop]
