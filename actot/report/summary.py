"""What a reader needs who reads nothing else: five lines at most."""

from collections.abc import Sequence

from actot.analysis import config_values
from actot.analysis.config_changes import Change
from actot.causes.cause import Cause, Moved
from actot.causes.statements import Undecided
from actot.output import change_words, messages, render, row_words, wording
from actot.output.markdown import escape
from actot.output.messages import texts
from actot.report import Sheet
from actot.verdicts.verdict import (
    IMPROVED,
    NOISE_UNKNOWN,
    NOT_COMPARABLE,
    REGRESSED,
    SAME,
    WITHIN_NOISE,
    Verdict,
    size,
)

ORDER, LEVEL = 5, 2
ORDERED = (REGRESSED, IMPROVED, SAME, WITHIN_NOISE, NOISE_UNKNOWN, NOT_COMPARABLE)
MOST = 6  # runs that are named one by one


def write(sheet: Sheet) -> str:
    """What was compared, the verdicts, the first suspect, the gravest finding, the next step."""
    lines = [_compared(sheet), _verdicts(sheet), _suspect(sheet), _finding(sheet), _next(sheet)]
    return "\n".join(f"- {line}" for line in lines if line)


def _compared(sheet: Sheet) -> str:
    study, text = sheet.study, texts(sheet.lang)
    runs = _named(study.runs, sheet)
    if not study.groups:
        return text.report_summary_alone.format(runs=runs)
    metric = study.profile.metrics[study.metric]
    said = messages.named(f"report_summary_{study.noise.origin}", sheet.lang)
    noise = text.report_summary_rollouts if metric.rollouts else said
    return text.report_summary_compared.format(
        runs=runs,
        bases=_named(study.baselines, sheet),
        metric=metric.title.get(sheet.lang, metric.name),
        noise=noise.format(
            noise=row_words.amount(study.noise.spread or 0.0, metric.scale, sheet.lang)
        ),
    )


def _verdicts(sheet: Sheet) -> str:
    """Each run's word with its interval; many runs by word, the runs that changed most first."""
    text, lang = texts(sheet.lang), sheet.lang
    rows = sheet.study.headlines
    if len(rows) <= MOST:
        parts = [
            text.report_summary_one.format(
                run=escape(row_words.row_name(r, lang)),
                word=row_words.word(r, lang),
                change=_change(r, sheet),
            )
            for r in rows
        ]
    else:
        parts = [_group([r for r in rows if r.word == word], sheet) for word in ORDERED]
    joined = texts(lang).semicolon.join(p for p in parts if p)
    return joined + texts(lang).full_stop if joined else ""


def _group(rows: Sequence[Verdict], sheet: Sheet) -> str:
    if not rows:
        return ""
    by_size = sorted(rows, key=lambda r: -size(r))
    names = [
        f"{escape(row_words.row_name(r, sheet.lang))} {_change(r, sheet)}".strip()
        for r in by_size[:3]
    ]
    if len(rows) > len(names):
        names.append(texts(sheet.lang).report_summary_more.format(n=len(rows) - len(names)))
    word = row_words.plain_word(rows[0], sheet.lang)
    return texts(sheet.lang).report_summary_many.format(
        n=len(rows), word=word, runs=texts(sheet.lang).comma.join(names)
    )


def _change(row: Verdict, sheet: Sheet) -> str:
    """The interval, or why there is none."""
    return row_words.interval(row, sheet.lang) or escape(
        row_words.reason(row, sheet.study.profile, sheet.lang)
    )


def _suspect(sheet: Sheet) -> str:
    study, text = sheet.study, texts(sheet.lang)
    mine = [c for c in study.causes if not set(c.carriers).isdisjoint(study.runs)]
    if not mine:
        return ""
    suspects = [c for c in study.suspects if c in mine]
    if not suspects:
        return text.report_summary_none
    first, *others = suspects
    said = text.report_summary_suspect
    if first.is_confounded:
        undecided = any(isinstance(e, Undecided) for e in first.evidence)
        said = text.report_summary_undecided if undecided else text.report_summary_together
    parts = [said.format(knobs=_moved(first, sheet), word=_standing(first, sheet))]
    also = text.report_summary_also
    parts += [also.format(knobs=_moved(c, sheet), word=_standing(c, sheet)) for c in others]
    if not first.is_named:
        parts += [
            render.evidence(note, sheet.lang) + text.full_stop for note in study.ranking.notes
        ]
    return text.sentence_gap.join(parts)


def _standing(cause: Cause, sheet: Sheet) -> str:
    return escape(render.standing(cause, sheet.lang))


def _moved(cause: Cause, sheet: Sheet) -> str:
    parts = [f"{m.knob} {change_words.changes(_different(m), sheet.lang)}" for m in cause.moved]
    return escape(texts(sheet.lang).semicolon.join(parts))


def _different(moved: Moved) -> list[Change]:
    """Each value that the knob was given once."""
    return list({config_values.show(c.value): c for c in moved.changes}.values())


def _finding(sheet: Sheet) -> str:
    """The gravest finding of a picked run."""
    first = sheet.study.gravest(*sheet.study.runs)
    if first is None:
        return ""
    finding = escape(render.finding(first, sheet.lang))
    return texts(sheet.lang).report_summary_finding.format(run=escape(first.run), finding=finding)


def _next(sheet: Sheet) -> str:
    if not sheet.study.experiments:
        return ""
    first, text = sheet.study.experiments[0], texts(sheet.lang)
    hours = ""
    if first.hours is not None:
        hours = text.report_summary_hours.format(time=wording.duration(first.hours, sheet.lang))
    title = escape(render.experiment(first, "title", sheet.lang))
    return text.report_summary_next.format(title=title, n=len(first.runs), hours=hours)


def _named(names: Sequence[str], sheet: Sheet) -> str:
    """The names, the first of them where they are many."""
    shown = [escape(n) for n in names[:MOST]]
    if len(names) > MOST:
        shown.append(texts(sheet.lang).report_summary_more.format(n=len(names) - MOST))
    return texts(sheet.lang).comma.join(shown)
