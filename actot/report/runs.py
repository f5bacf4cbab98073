"""Which runs the report is about."""

from actot.output.messages import texts
from actot.report import Sheet

ORDER, LEVEL = 10, 2


def write(sheet: Sheet) -> str:
    """One line per run: id, name, link."""
    lines = [f"- {sheet.line(r)}" for r in sheet.study.runs]
    lines += [
        f"- {sheet.line(r)}{texts(sheet.lang).report_runs_baseline}" for r in sheet.study.baselines
    ]
    return "\n".join(lines)
