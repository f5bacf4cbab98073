"""The figures of the key curves, and what they mean."""

from actot.output import render
from actot.output.markdown import escape, table
from actot.report import Sheet

ORDER, LEVEL = 20, 2
TITLE = {"en": "Metrics Summary (key curves)", "zh": "指标摘要（关键曲线）"}
INTERPRETATION = {
    "en": """### Interpretation

- last_mean/last_std: mean and standard deviation of the tail ({tail}): the level reached, and how steady it is;
- slope_last: trend of the tail per step, negative is still falling;
- jitter: standard deviation of the first differences over the series' median, larger is rougher.""",
    "zh": """### 解读

- last_mean/last_std：尾段窗口（{tail}）的均值与标准差，衡量收敛水平与稳定性；
- slope_last：尾段每步的趋势斜率，负值表示仍在下降；
- jitter：一阶差分（按序列中位数缩放）的标准差，越大表示抖动越强。""",
}
TAIL = {
    "en": "last {share:.0%}, at least {least} and at most {most} points",
    "zh": "最后 {share:.0%}，至少 {least} 点、至多 {most} 点",
}


def write(sheet: Sheet) -> str:
    """The table of the report's columns, a reason below it for each missing figure."""
    columns = sheet.study.profile.report["summary_columns"]
    head = ["run_id", *columns]
    rows: list[list[str]] = []
    reasons: dict[tuple[str, str], list[str]] = {}
    for run in sheet.study.all_picked:
        stats = sheet.summary(run).stats
        wanted = [(metric, getattr(stats[metric], figure)) for metric, figure in columns.values()]
        rows.append([escape(run), *(render.number(value) for _, value in wanted)])
        for metric, figure in columns.values():
            entry = sheet.study.profile.metrics[metric]
            for why in render.absent(sheet.summary(run), entry, [figure], sheet.lang).values():
                named = reasons.setdefault((metric, why), [])
                named += [] if run in named else [run]
    window = sheet.study.profile.tail
    tail = TAIL[sheet.lang].format(share=window.fraction, least=window.least, most=window.most)
    absent = "\n".join(
        f"- {escape(', '.join(runs))}{render.COLON[sheet.lang]}{metric} {escape(why)}"
        for (metric, why), runs in reasons.items()
    )
    parts = [table(head, rows), absent, INTERPRETATION[sheet.lang].format(tail=tail)]
    return "\n\n".join(p for p in parts if p)
