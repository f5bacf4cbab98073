"""The facts of every regressed run beside those of the baselines."""

from actot.output.markdown import escape
from actot.report import Sheet
from actot.verdicts.judging import REGRESSED

ORDER, LEVEL = 60, 2
TITLE = {"en": "Postmortem: Regression Root Causes", "zh": "事后分析：变差的根因"}
BASELINE = {"en": "baseline ", "zh": "基线 "}


def write(sheet: Sheet) -> str:
    """Three lines a run, where a run regressed."""
    bad = regressed(sheet)
    if not bad:
        return ""
    mine = "\n".join(_block(run, "", sheet) for run in bad)
    bases = [_block(run, BASELINE[sheet.lang], sheet) for run in sheet.study.baselines]
    return f"{mine}\n\n" + "\n".join(bases)


def regressed(sheet: Sheet) -> list[str]:
    """The picked runs whose headline is a regression."""
    headlines = {run: sheet.study.headline(run) for run in sheet.study.runs}
    return [run for run, row in headlines.items() if row is not None and row.word == REGRESSED]


def _block(run: str, prefix: str, sheet: Sheet) -> str:
    wanted = sheet.study.profile.report["postmortem"]
    figures = ", ".join(sheet.figures(run, wanted["figures"]))
    lines = [f"- {prefix}{escape(run)} · {figures}"]
    lines += [f"  - {name}: {sheet.knobs(run, wanted[name])}" for name in ("optimizer", "ot")]
    return "\n".join(lines)
