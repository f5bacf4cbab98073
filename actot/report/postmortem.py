"""The facts of every regressed run beside those of the baselines."""

from actot.output.markdown import escape
from actot.output.messages import texts
from actot.report import Sheet
from actot.verdicts.verdict import REGRESSED

ORDER, LEVEL = 60, 2


def write(sheet: Sheet) -> str:
    """Three lines a run, where a run regressed."""
    bad = regressed(sheet)
    if not bad:
        return ""
    mine = "\n".join(_block(run, "", sheet) for run in bad)
    bases = [
        _block(run, texts(sheet.lang).report_postmortem_baseline, sheet)
        for run in sheet.study.baselines
    ]
    return f"{mine}\n\n" + "\n".join(bases)


def regressed(sheet: Sheet) -> list[str]:
    """The picked runs whose headline is a regression."""
    headlines = {run: sheet.study.headline(run) for run in sheet.study.runs}
    return [run for run, row in headlines.items() if row is not None and row.word == REGRESSED]


def _block(run: str, prefix: str, sheet: Sheet) -> str:
    wanted = sheet.study.profile.report.get("postmortem", {})
    figures = ", ".join(sheet.figures(run, wanted.get("figures", sheet.judged)))
    lines = [f"- {prefix}{escape(run)} · {figures}"]
    lines += [
        f"  - {name}: {sheet.knobs(run, wanted[name])}"
        for name in ("optimizer", "ot")
        if name in wanted
    ]
    return "\n".join(lines)
