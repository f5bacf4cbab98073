"""The picked runs against the baselines: figures and verdicts."""

from actot.output import render
from actot.output.markdown import escape
from actot.report import Sheet

ORDER, LEVEL = 50, 2
TITLE = {
    "en": "Regression Check: Latest {n} vs Baselines",
    "zh": "回归检查：最新 {n} 个运行与基线",
}
HEADS = {"en": ("Latest {n}", "Baselines"), "zh": ("最新 {n} 个", "基线")}
BECAUSE = {"en": "{change} ({why})", "zh": "{change}（{why}）"}
AGAINST = {
    "en": "**{word}** against {base}{kind}: {change}",
    "zh": "相对 {base}{kind}：**{word}**，{change}",
}
NEIGHBOUR = {"en": " (nearest neighbour)", "zh": "（最近邻）"}
NOISE = {
    "en": "Seed noise of {metric}: {noise} % ({origin}).",
    "zh": "{metric} 的种子噪声：{noise} %（{origin}）。",
}
ORIGIN = {
    "en": {
        "measured": "measured on {groups}",
        "assumed": "assumed: no config was run with two seeds",
    },
    "zh": {"measured": "由 {groups} 实测", "assumed": "假定值：没有任何配置跑过两个种子"},
}


def write(sheet: Sheet) -> str:
    """Every run with its figures; a run with the verdict of each row."""
    study = sheet.study
    if not study.groups:
        return ""
    head, base_head = HEADS[sheet.lang]
    groups = {"en": "; ", "zh": "；"}[sheet.lang].join(
        render.COMMA[sheet.lang].join(g.runs) for g in study.noise.groups
    )
    origin = ORIGIN[sheet.lang][study.noise.origin].format(groups=escape(groups))
    noise = f"{100 * study.noise.relative:.1f}"
    parts = [
        NOISE[sheet.lang].format(metric=study.metric, noise=noise, origin=origin),
        f"### {head.format(n=len(study.runs))}",
        "\n".join(line for run in study.runs for line in _block(run, sheet)),
        f"### {base_head}",
        "\n".join(line for run in study.baselines for line in _block(run, sheet)),
    ]
    return "\n\n".join(parts)


def _block(run: str, sheet: Sheet) -> list[str]:
    lines = [f"- {sheet.line(run)}"]
    for wanted in sheet.study.profile.report["regression"]:
        shown = " ".join(sheet.figures(run, wanted))
        lines.append(f"  - {shown.replace(' ; ', '; ')}")
    for row in sheet.study.verdicts:
        if row.run == run:
            why = escape(render.reason(row, sheet.study.profile, sheet.lang))
            change = render.interval(row, sheet.lang)
            lines.append(
                "  - "
                + AGAINST[sheet.lang].format(
                    word=render.word(row, sheet.lang),
                    base=escape(render.COMMA[sheet.lang].join(row.baselines)),
                    kind=NEIGHBOUR[sheet.lang] if row.against == "neighbour" else "",
                    change=BECAUSE[sheet.lang].format(change=change, why=why) if change else why,
                )
            )
    return lines
