"""The picked runs beside the baselines in plain numbers, each mixed figure labelled so."""

from actot import say
from actot.markdown import escape
from actot.report import Sheet
from actot.verdicts import SAME, WITHIN_NOISE

ORDER, LEVEL = 71, 4
TITLE = {"en": "Baseline Comparison: {runs}", "zh": "与基线对比：{runs}"}
TEXT = {
    "en": {
        "last": "{key} (last; run's last against the baseline's tail mean):",
        "versus": "vs baseline {base} {value} ({change})",
        "best": "best ({kind} over run):",
        "against": "{run} best {best} (against {base} {change} (best of run against a tail mean: "
        "flattering)) at step ~{step}",
        "takeaways": "Takeaways:",
        "match": "{runs} roughly match{es} {base}.",
    },
    "zh": {
        "last": "{key}（末值；运行的末值对基线的尾段均值）：",
        "versus": "对基线 {base} {value}（{change}）",
        "best": "最优值（全程{kind}）：",
        "against": "{run} 最优 {best}（对 {base} 为 {change}（单点最优对尾段均值：偏乐观）），约第 {step} 步",
        "takeaways": "要点：",
        "match": "{runs} 与 {base} 大致相当。",
    },
}
KIND = {"en": {"lower": "min", "higher": "max"}, "zh": {"lower": "最小值", "higher": "最大值"}}


def write(sheet: Sheet) -> str:
    """Last and best of every run against every baseline's tail mean, and what the verdicts say."""
    study, text = sheet.study, TEXT[sheet.lang]
    metric = study.profile.metrics[study.metric]
    bases = {b: sheet.reading(b).summaries[study.metric].last_mean for b in study.baselines}
    bases = {b: mean for b, mean in bases.items() if mean}
    shown = [r for r in study.runs if sheet.reading(r).summaries[study.metric].n]
    if not bases or not shown or metric.direction is None:
        return ""
    lines = [f"- {text['last'].format(key=(metric.keys or (metric.name,))[0])}"]
    for run in shown:
        last = sheet.reading(run).summaries[study.metric].last
        parts = [
            text["versus"].format(
                base=escape(b), value=f"{mean:.4f}", change=f"{100 * (last / mean - 1):+.1f}%"
            )
            for b, mean in bases.items()
        ]
        colon, comma = say.COLON[sheet.lang], {"en": ", ", "zh": "，"}[sheet.lang]
        lines.append(f"  - {escape(run)}{colon}{last:.4f} {comma.join(parts)}")
    lines.append(f"- {text['best'].format(kind=KIND[sheet.lang][metric.direction])}")
    reference, mean = next(iter(bases.items()))
    for run in shown:
        summary = sheet.reading(run).summaries[study.metric]
        change = f"{100 * (summary.best / mean - 1):+.1f}%"
        best = f"{summary.best:.4f}"
        lines.append(
            "  - "
            + text["against"].format(
                run=escape(run),
                best=best,
                base=escape(reference),
                change=change,
                step=summary.best_step,
            )
        )
    return "\n".join(lines + _takeaways(sheet))


def _takeaways(sheet: Sheet) -> list[str]:
    """What the verdicts and the drift finding carry, nothing else."""
    study, lang = sheet.study, sheet.lang
    headlines = [study.headline(r) for r in study.runs]
    matching = [h.run for h in headlines if h is not None and h.word in (SAME, WITHIN_NOISE)]
    lines = []
    if matching:
        names = escape(say.COMMA[lang].join(matching))
        es = "es" if len(matching) == 1 else ""
        base = escape(study.groups[0][0])
        lines.append(TEXT[lang]["match"].format(runs=names, base=base, es=es))
    lines += [
        escape(f"{f.run}{say.COLON[lang]}{say.finding(f, lang)}")
        for f in study.findings
        if f.rule == "drift" and f.run in study.runs
    ]
    return [f"- {TEXT[lang]['takeaways']}", *(f"  - {x}" for x in lines)] if lines else []
