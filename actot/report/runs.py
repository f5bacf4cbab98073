"""Which runs the report is about."""

from actot.output import wording
from actot.output.messages import texts
from actot.report import Sheet

ORDER, LEVEL = 10, 2


def write(sheet: Sheet) -> str:
    """One line per run: id, name, link; and how many of the source were not read."""
    lines = [f"- {sheet.line(r)}" for r in sheet.study.runs]
    lines += [
        f"- {sheet.line(r)}{texts(sheet.lang).report_runs_baseline}" for r in sheet.study.baselines
    ]
    if sheet.study.unread:
        lines.append(f"- {wording.unread(sheet.study.unread, sheet.lang)}")
    return "\n".join(lines)
