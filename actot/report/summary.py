"""What a reader needs who reads nothing else: five lines at most."""

from collections.abc import Sequence

from actot.analysis import train_config
from actot.analysis.train_config import Change
from actot.causes.ranking import Cause
from actot.output import render
from actot.output.markdown import escape
from actot.report import Sheet
from actot.verdicts.judging import IMPROVED, NOT_COMPARABLE, REGRESSED, SAME, WITHIN_NOISE, Verdict

ORDER, LEVEL = 5, 2
TITLE = {"en": "Summary", "zh": "摘要"}
ORDERED = (REGRESSED, IMPROVED, SAME, WITHIN_NOISE, NOT_COMPARABLE)
MOST = 6  # runs that are named one by one
TEXT = {
    "en": {
        "compared": "{runs} against {bases} in {metric}; {noise}.",
        "alone": "{runs}, no baseline picked: nothing is judged.",
        "measured": "seed noise {noise} %, measured",
        "assumed": "seed noise {noise} %, assumed (no config was run with two seeds)",
        "rollouts": "judged by rollouts",
        "one": "{run} {word} ({change})",
        "many": "{n} {word} ({runs})",
        "suspect": "First suspect: {knobs}.",
        "together": "First suspects: {knobs}; they always moved together, these runs cannot tell "
        "them apart.",
        "undecided": "First suspects: {knobs}; these runs cannot tell them apart.",
        "also": "{knobs}: worse where changed alone too.",
        "none": "What the regressed runs changed, healthy runs changed too: no suspect is left.",
        "finding": "Look first at {run}: {finding}",
        "next": "Next: {title} ({n} to run{hours}).",
        "hours": ", about {time}",
        "more": "{n} more",
    },
    "zh": {
        "compared": "{runs}，对照 {bases}，指标为{metric}；{noise}。",
        "alone": "{runs}，未选择基线：不作判定。",
        "measured": "种子噪声 {noise} %（实测）",
        "assumed": "种子噪声 {noise} %（假定值：没有任何配置跑过两个种子）",
        "rollouts": "按试验次数判定",
        "one": "{run} {word}（{change}）",
        "many": "{n} 个{word}（{runs}）",
        "suspect": "首要嫌疑：{knobs}。",
        "together": "首要嫌疑：{knobs}；它们总是同时改动，这些运行无法区分。",
        "undecided": "首要嫌疑：{knobs}；这些运行无法区分。",
        "also": "{knobs}：单独改动时也变差。",
        "none": "变差的运行所改动的，健康运行也改动过：没有剩下嫌疑。",
        "finding": "先看 {run}：{finding}",
        "next": "下一步：{title}（{n} 个待运行{hours}）。",
        "hours": "，约 {time}",
        "more": "另有 {n} 个",
    },
}


def write(sheet: Sheet) -> str:
    """What was compared, the verdicts, the first suspect, the gravest finding, the next step."""
    lines = [_compared(sheet), _verdicts(sheet), _suspect(sheet), _finding(sheet), _next(sheet)]
    return "\n".join(f"- {line}" for line in lines if line)


def _compared(sheet: Sheet) -> str:
    study, text = sheet.study, TEXT[sheet.lang]
    runs = _named(study.runs, sheet)
    if not study.groups:
        return text["alone"].format(runs=runs)
    metric = study.profile.metrics[study.metric]
    key = "rollouts" if metric.rollouts else study.noise.origin
    return text["compared"].format(
        runs=runs,
        bases=_named(study.baselines, sheet),
        metric=metric.title.get(sheet.lang, metric.name),
        noise=text[key].format(noise=f"{100 * study.noise.relative:.1f}"),
    )


def _verdicts(sheet: Sheet) -> str:
    """Each run's word with its interval; many runs by word, the runs that changed most first."""
    text, lang = TEXT[sheet.lang], sheet.lang
    rows = [row for row in map(sheet.study.headline, sheet.study.runs) if row is not None]
    if len(rows) <= MOST:
        parts = [
            text["one"].format(
                run=escape(r.run), word=render.word(r, lang), change=_change(r, sheet)
            )
            for r in rows
        ]
    else:
        parts = [_group([r for r in rows if r.word == word], sheet) for word in ORDERED]
    joined = {"en": "; ", "zh": "；"}[lang].join(p for p in parts if p)
    return joined + {"en": ".", "zh": "。"}[lang] if joined else ""


def _group(rows: Sequence[Verdict], sheet: Sheet) -> str:
    if not rows:
        return ""
    by_size = sorted(rows, key=lambda r: -abs(r.change if r.change is not None else float("inf")))
    names = [f"{escape(r.run)} {_change(r, sheet)}".strip() for r in by_size[:3]]
    if len(rows) > len(names):
        names.append(TEXT[sheet.lang]["more"].format(n=len(rows) - len(names)))
    word = render.word(rows[0], sheet.lang)
    return TEXT[sheet.lang]["many"].format(
        n=len(rows), word=word, runs=render.COMMA[sheet.lang].join(names)
    )


def _change(row: Verdict, sheet: Sheet) -> str:
    """The interval, or why there is none."""
    return render.interval(row, sheet.lang) or escape(
        render.reason(row, sheet.study.profile, sheet.lang)
    )


def _suspect(sheet: Sheet) -> str:
    study, text = sheet.study, TEXT[sheet.lang]
    if not study.causes:
        return ""
    if not study.suspects:
        return text["none"]
    first = [c for c in study.suspects if c.rank == 1]
    others = [c for c in study.suspects if c.rank > 1]
    together = any(e.name == "confounded" for e in first[0].evidence)
    key = "together" if together else "undecided" if len(first) > 1 else "suspect"
    parts = [text[key].format(knobs=_moved(first, sheet))]
    parts += [text["also"].format(knobs=_moved(others, sheet))] if others else []
    return {"en": " ", "zh": ""}[sheet.lang].join(parts)


def _moved(causes: Sequence[Cause], sheet: Sheet) -> str:
    parts = [f"{c.knob} {render.changes(_different(c), sheet.lang)}" for c in causes]
    return escape({"en": "; ", "zh": "；"}[sheet.lang].join(parts))


def _different(cause: Cause) -> list[Change]:
    """Each value that the knob was given once."""
    return list({train_config.show(c.value): c for c in cause.changes}.values())


def _finding(sheet: Sheet) -> str:
    """The gravest finding of a picked run."""
    first = sheet.study.gravest(*sheet.study.runs)
    if first is None:
        return ""
    finding = escape(render.finding(first, sheet.lang))
    return TEXT[sheet.lang]["finding"].format(run=escape(first.run), finding=finding)


def _next(sheet: Sheet) -> str:
    if not sheet.study.experiments:
        return ""
    first, text = sheet.study.experiments[0], TEXT[sheet.lang]
    hours = ""
    if first.hours is not None:
        hours = text["hours"].format(time=render.duration(first.hours, sheet.lang))
    title = escape(render.experiment(first, "title", sheet.lang))
    return text["next"].format(title=title, n=len(first.runs), hours=hours)


def _named(names: Sequence[str], sheet: Sheet) -> str:
    """The names, the first of them where they are many."""
    shown = [escape(n) for n in names[:MOST]]
    if len(names) > MOST:
        shown.append(TEXT[sheet.lang]["more"].format(n=len(names) - MOST))
    return render.COMMA[sheet.lang].join(shown)
