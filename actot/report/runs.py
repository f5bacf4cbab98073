"""Which runs the report is about."""

from actot.report import Sheet

ORDER, LEVEL = 10, 2
TITLE = {"en": "Runs", "zh": "运行"}
BASELINE = {"en": " (baseline)", "zh": "（基线）"}


def write(sheet: Sheet) -> str:
    """One line per run: id, name, link."""
    lines = [f"- {sheet.line(r)}" for r in sheet.study.runs]
    lines += [f"- {sheet.line(r)}{BASELINE[sheet.lang]}" for r in sheet.study.baselines]
    return "\n".join(lines)
