"""The picked runs beside the baselines in plain numbers, each mixed figure labelled so."""

from actot.analysis.absences import NoBest
from actot.output import messages, render, row_words, wording
from actot.output.markdown import escape
from actot.output.messages import texts
from actot.report import Sheet
from actot.verdicts.reasons import Diverged
from actot.verdicts.verdict import NOT_COMPARABLE, PICKED, SAME, WITHIN_NOISE

ORDER, LEVEL = 71, 4


def write(sheet: Sheet) -> str:
    """Last and best of every run against every baseline's tail mean, and what the verdicts say.

    A run that must not be compared has its verdict in the place of a percentage.
    """
    study, text = sheet.study, texts(sheet.lang)
    metric = study.profile.metrics[study.metric]
    known = {b: sheet.summary(b).stats[study.metric].last_mean for b in study.baselines}
    bases = {b: mean for b, mean in known.items() if mean}
    shown = [r for r in study.runs if sheet.summary(r).stats[study.metric].n]
    if not bases or not shown:
        return ""
    if metric.direction is None:
        why = NoBest(metric.name)
        return f"- {escape(wording.missing(why, sheet.lang))}"
    key = sheet.summary(shown[0]).stats[study.metric].key or metric.name
    lines = [f"- {text.report_comparison_last.format(key=key)}"]
    for run in shown:
        last = sheet.summary(run).stats[study.metric].last or 0.0
        parts = [
            text.report_comparison_versus.format(
                base=escape(b), value=f"{mean:.4f}", change=_change(sheet, run, b, last / mean - 1)
            )
            for b, mean in bases.items()
        ]
        colon, comma = texts(sheet.lang).colon, texts(sheet.lang).comma_clause
        lines.append(f"  - {escape(run)}{colon}{last:.4f} {comma.join(parts)}")
    kind = messages.named(f"report_comparison_kind_{metric.direction}", sheet.lang)
    lines.append(f"- {text.report_comparison_best.format(kind=kind)}")
    reference, mean = next(iter(bases.items()))
    for run in shown:
        stats = sheet.summary(run).stats[study.metric]
        lowest = stats.best or 0.0
        change = _change(sheet, run, reference, lowest / mean - 1, is_best=True)
        best = f"{lowest:.4f}"
        lines.append(
            "  - "
            + text.report_comparison_against.format(
                run=escape(run),
                best=best,
                base=escape(reference),
                change=change,
                step=stats.best_step,
            )
        )
    return "\n".join(lines + _takeaways(sheet))


def _change(sheet: Sheet, run: str, base: str, change: float, *, is_best: bool = False) -> str:
    """`+4.7%`, or the word of the verdict with its reason where nothing was measured."""
    text = texts(sheet.lang)
    heads = {b: group[0] for group in sheet.study.groups for b in group}
    row = next(
        v
        for v in sheet.study.verdicts
        if run in v.runs and (v.baseline, v.against) == (heads[base], PICKED)
    )
    if row.word == NOT_COMPARABLE or isinstance(row.why, Diverged):
        why = row_words.reason(row, sheet.study.profile, sheet.lang)
        return text.report_comparison_word.format(
            word=row_words.word(row, sheet.lang), why=escape(why)
        )
    percent = f"{100 * change:+.1f}%"
    return text.report_comparison_flattering.format(change=percent) if is_best else percent


def _takeaways(sheet: Sheet) -> list[str]:
    """What the verdicts and the drift finding carry, nothing else."""
    study, lang = sheet.study, sheet.lang
    matching = [r for h in study.headlines if h.word in (SAME, WITHIN_NOISE) for r in h.runs]
    lines = []
    if matching:
        names = escape(texts(lang).comma.join(matching))
        es = "es" if len(matching) == 1 else ""
        base = escape(study.groups[0][0])
        lines.append(texts(lang).report_comparison_match.format(runs=names, base=base, es=es))
    lines += [
        escape(f"{f.run}{texts(lang).colon}{render.finding(f, lang)}")
        for f in study.findings
        if f.rule == "drift" and f.run in study.runs
    ]
    return (
        [f"- {texts(lang).report_comparison_takeaways}", *(f"  - {x}" for x in lines)]
        if lines
        else []
    )
