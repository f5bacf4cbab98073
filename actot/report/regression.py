"""The picked runs against the baselines: figures and verdicts."""

from actot.output import messages, row_words
from actot.output.markdown import escape
from actot.output.messages import texts
from actot.report import Sheet
from actot.verdicts.verdict import NEIGHBOUR

ORDER, LEVEL = 50, 2


def write(sheet: Sheet) -> str:
    """Every run with its figures; a run with the verdict of each row."""
    study = sheet.study
    if not study.groups:
        return ""
    head, base_head = texts(sheet.lang).report_regression_heads
    groups = texts(sheet.lang).semicolon.join(
        texts(sheet.lang).comma.join(g.runs) for g in study.noise.groups
    )
    origin = messages.named(f"report_regression_origin_{study.noise.origin}", sheet.lang).format(
        groups=escape(groups)
    )
    spread, scale = study.noise.spread, study.profile.metrics[study.metric].scale
    noise = "-" if spread is None else row_words.amount(spread, scale, sheet.lang)
    parts = [
        texts(sheet.lang).report_regression_noise.format(
            metric=study.metric, noise=noise, origin=origin
        ),
        f"### {head.format(n=len(study.runs))}",
        "\n".join(line for run in study.runs for line in _block(run, sheet)),
        f"### {base_head}",
        "\n".join(line for run in study.baselines for line in _block(run, sheet)),
    ]
    return "\n\n".join(parts)


def _block(run: str, sheet: Sheet) -> list[str]:
    lines = [f"- {sheet.line(run)}"]
    for wanted in sheet.study.profile.report.get("regression", [sheet.judged]):
        shown = " ".join(sheet.figures(run, wanted))
        lines.append(f"  - {shown.replace(' ; ', '; ')}")
    for row in sheet.study.verdicts:
        if run in row.runs:
            why = escape(row_words.reason(row, sheet.study.profile, sheet.lang))
            change = row_words.interval(row, sheet.lang)
            lines.append(
                "  - "
                + texts(sheet.lang).report_regression_against.format(
                    word=row_words.word(row, sheet.lang),
                    base=escape(texts(sheet.lang).comma.join(row.baselines)),
                    kind=texts(sheet.lang).report_regression_neighbour
                    if row.against == NEIGHBOUR
                    else "",
                    change=texts(sheet.lang).report_regression_because.format(
                        change=change, why=why
                    )
                    if change
                    else why,
                )
            )
    return lines
