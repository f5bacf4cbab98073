"""The figures of the key curves, and what they mean."""

from actot.output import wording
from actot.output.markdown import escape, table
from actot.output.messages import texts
from actot.report import Sheet

ORDER, LEVEL = 20, 2


def write(sheet: Sheet) -> str:
    """The table of the report's columns, a reason below it for each missing figure."""
    known = sheet.study.profile.report.get("summary_columns", {})
    asked = {name: column for name, column in known.items() if sheet.is_shown(column[0])}
    # The metric that decides stands there, whatever the profile asks for.
    is_there = any(metric == sheet.study.metric for metric, _ in asked.values())
    columns = [*(() if is_there else sheet.judged.items()), *asked.items()]
    head = ["run_id", *(name for name, _ in columns)]
    rows: list[list[str]] = []
    reasons: dict[tuple[str, str], list[str]] = {}
    for run in sheet.study.all_picked:
        stats = sheet.summary(run).stats
        wanted = [(metric, getattr(stats[metric], figure)) for _, (metric, figure) in columns]
        rows.append([escape(run), *(wording.number(value) for _, value in wanted)])
        for _, (metric, figure) in columns:
            entry = sheet.study.profile.metrics[metric]
            for why in wording.absent(sheet.summary(run), entry, [figure], sheet.lang).values():
                named = reasons.setdefault((metric, why), [])
                named += [] if run in named else [run]
    window = sheet.study.profile.tail
    tail = texts(sheet.lang).report_metrics_tail.format(
        share=window.fraction, least=window.least, most=window.most
    )
    absent = "\n".join(
        f"- {escape(', '.join(runs))}{texts(sheet.lang).colon}{metric} {escape(why)}"
        for (metric, why), runs in reasons.items()
    )
    parts = [
        table(head, rows),
        absent,
        texts(sheet.lang).report_metrics_interpretation.format(tail=tail),
    ]
    return "\n\n".join(p for p in parts if p)
