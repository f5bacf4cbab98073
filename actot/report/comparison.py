"""The picked runs beside the baselines in plain numbers, each mixed figure labelled so."""

from actot.analysis.metric_stats import Missing
from actot.output import render
from actot.output.markdown import escape
from actot.report import Sheet
from actot.verdicts.judging import NOT_COMPARABLE, SAME, WITHIN_NOISE

ORDER, LEVEL = 71, 4
TITLE = {"en": "Baseline Comparison: {runs}", "zh": "与基线对比：{runs}"}
TEXT = {
    "en": {
        "last": "{key} (last; run's last against the baseline's tail mean):",
        "versus": "vs baseline {base} {value} ({change})",
        "word": "{word}: {why}",
        "best": "best ({kind} over run):",
        "against": "{run} best {best} (against {base} {change}) at step ~{step}",
        "flattering": "{change} (best of run against a tail mean: flattering)",
        "takeaways": "Takeaways:",
        "match": "{runs} roughly match{es} {base}.",
    },
    "zh": {
        "last": "{key}（末值；运行的末值对基线的尾段均值）：",
        "versus": "对基线 {base} {value}（{change}）",
        "word": "{word}：{why}",
        "best": "最优值（全程{kind}）：",
        "against": "{run} 最优 {best}（对 {base} 为 {change}），约第 {step} 步",
        "flattering": "{change}（单点最优对尾段均值：偏乐观）",
        "takeaways": "要点：",
        "match": "{runs} 与 {base} 大致相当。",
    },
}
KIND = {"en": {"lower": "min", "higher": "max"}, "zh": {"lower": "最小值", "higher": "最大值"}}


def write(sheet: Sheet) -> str:
    """Last and best of every run against every baseline's tail mean, and what the verdicts say.

    A run that must not be compared has its verdict in the place of a percentage.
    """
    study, text = sheet.study, TEXT[sheet.lang]
    metric = study.profile.metrics[study.metric]
    bases = {b: sheet.summary(b).stats[study.metric].last_mean for b in study.baselines}
    bases = {b: mean for b, mean in bases.items() if mean}
    shown = [r for r in study.runs if sheet.summary(r).stats[study.metric].n]
    if not bases or not shown:
        return ""
    if metric.direction is None:
        why = Missing("no_direction", {"metric": metric.name})
        return f"- {escape(render.missing(why, sheet.lang))}"
    key = sheet.summary(shown[0]).stats[study.metric].key or metric.name
    lines = [f"- {text['last'].format(key=key)}"]
    for run in shown:
        last = sheet.summary(run).stats[study.metric].last
        parts = [
            text["versus"].format(
                base=escape(b), value=f"{mean:.4f}", change=_change(sheet, run, b, last / mean - 1)
            )
            for b, mean in bases.items()
        ]
        colon, comma = render.COLON[sheet.lang], {"en": ", ", "zh": "，"}[sheet.lang]
        lines.append(f"  - {escape(run)}{colon}{last:.4f} {comma.join(parts)}")
    lines.append(f"- {text['best'].format(kind=KIND[sheet.lang][metric.direction])}")
    reference, mean = next(iter(bases.items()))
    for run in shown:
        stats = sheet.summary(run).stats[study.metric]
        change = _change(sheet, run, reference, stats.best / mean - 1, "flattering")
        best = f"{stats.best:.4f}"
        lines.append(
            "  - "
            + text["against"].format(
                run=escape(run),
                best=best,
                base=escape(reference),
                change=change,
                step=stats.best_step,
            )
        )
    return "\n".join(lines + _takeaways(sheet))


def _change(sheet: Sheet, run: str, base: str, change: float, label: str = "") -> str:
    """`+4.7%`, or the word of the verdict with its reason where nothing was measured."""
    text = TEXT[sheet.lang]
    heads = {b: group[0] for group in sheet.study.groups for b in group}
    row = next(
        v
        for v in sheet.study.verdicts
        if (v.run, v.baseline, v.against) == (run, heads[base], "picked")
    )
    if row.word == NOT_COMPARABLE or row.why.name == "diverged":
        why = render.reason(row, sheet.study.profile, sheet.lang)
        return text["word"].format(word=render.word(row, sheet.lang), why=escape(why))
    percent = f"{100 * change:+.1f}%"
    return text[label].format(change=percent) if label else percent


def _takeaways(sheet: Sheet) -> list[str]:
    """What the verdicts and the drift finding carry, nothing else."""
    study, lang = sheet.study, sheet.lang
    headlines = [study.headline(r) for r in study.runs]
    matching = [h.run for h in headlines if h is not None and h.word in (SAME, WITHIN_NOISE)]
    lines = []
    if matching:
        names = escape(render.COMMA[lang].join(matching))
        es = "es" if len(matching) == 1 else ""
        base = escape(study.groups[0][0])
        lines.append(TEXT[lang]["match"].format(runs=names, base=base, es=es))
    lines += [
        escape(f"{f.run}{render.COLON[lang]}{render.finding(f, lang)}")
        for f in study.findings
        if f.rule == "drift" and f.run in study.runs
    ]
    return [f"- {TEXT[lang]['takeaways']}", *(f"  - {x}" for x in lines)] if lines else []
