"""The update that is added to a running report: per run its config and its figures."""

from actot.output import wording
from actot.output.markdown import escape, url
from actot.output.messages import texts
from actot.report import Sheet

ORDER, LEVEL = 70, 2


def write(sheet: Sheet) -> str:
    """A block per picked run."""
    parts = (
        [texts(sheet.lang).report_update_note.format(note=escape(sheet.note))] if sheet.note else []
    )
    return "\n\n".join([*parts, *(_block(run, sheet) for run in sheet.study.runs)])


def _block(run: str, sheet: Sheet) -> str:
    info = sheet.summary(run).run
    profile, metric = sheet.study.profile, sheet.study.metric
    wanted = profile.report.get("update", {})
    known = sheet.summary(run).settings.knobs
    knobs = wanted.get("config", [{name: name for name in profile.knobs if name in known}])
    figures = {s: m for s, m in wanted.get("metrics", {}).items() if sheet.is_shown(m)}
    figures = figures if metric in figures.values() else {metric: metric, **figures}
    config, metrics = texts(sheet.lang).report_update_heads
    lines = [f"### {escape(info.name)} ({escape(run)})"]
    if url(info.url):
        lines.append(texts(sheet.lang).report_update_link.format(link=url(info.url)))
    lines.append(config)
    lines += [f"  - {sheet.knobs(run, some)}" for some in knobs if some]
    lines.append(metrics)
    lines += [f"  - {short}: {_figures(run, m, sheet)}" for short, m in figures.items()]
    return "\n".join(lines)


def _figures(run: str, metric: str, sheet: Sheet) -> str:
    """First, last, and best by direction; without a direction the minimum."""
    stats = sheet.summary(run).stats[metric]
    if stats.n == 0:
        return escape(wording.missing(stats.missing, sheet.lang))
    ends = f"first={wording.number(stats.first)}, last={wording.number(stats.last)}"
    if stats.best is None:
        return f"{ends}, min={wording.number(stats.min)}@{stats.min_step}"
    return f"{ends}, best={wording.number(stats.best)}@{stats.best_step}"
