"""The table of figures: four digits each, what is absent with its reason under the pointer."""

from collections.abc import Sequence
from html import escape

import pandas as pd
import streamlit as st

from actot.analysis.run_summary import RunSummary
from actot.output import messages, wording
from actot.output.messages import texts
from actot.profile_schema import Metric
from actot.study import Study
from actot.verdicts.verdict import IMPROVED, REGRESSED
from actot.widgets import palette

# Figure -> its head, and what it says.
HEADS = {
    "last_mean": ("screen_tail_mean", "screen_mean_of_the_tail"),
    "last_std": ("screen_tail_std", "screen_standard_deviation_of_the_tail"),
    "slope_last": ("screen_slope", "screen_least_squares_slope_of_the"),
    "jitter": ("screen_jitter", "screen_scatter_from_point_to_point"),
    "first": ("screen_first", "screen_the_first_finite_point"),
    "last": ("screen_last", "screen_the_last_finite_point"),
    "pct": ("screen_change_per_cent", "screen_the_last_point_against_the"),
    "best": ("screen_best", "screen_the_best_point_by_the"),
    "best_step": ("screen_at_step", "screen_the_step_of_the_best"),
    "min": ("screen_min", "screen_the_smallest_finite_point"),
    "max": ("screen_max", "screen_the_largest_finite_point"),
    "n": ("screen_points", "screen_finite_points"),
}
STYLE = """<style>
.figures {{ overflow-x: auto; border: 1px solid {line}; border-radius: 0.6rem; }}
.figures table {{ border-collapse: separate; border-spacing: 0; width: 100%; font-size: 0.8125rem; }}
.figures th, .figures td {{ padding: 0.35rem 0.55rem; white-space: nowrap; text-align: right;
  border-bottom: 1px solid {line}; }}
.figures thead th {{ font-weight: 600; cursor: help; }}
.figures th:first-child {{ position: sticky; left: 0; text-align: left; background: {back};
  border-right: 1px solid {line}; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; }}
.figures tbody th {{ font-weight: 400; }}
.figures tbody .metric {{ font-weight: 600; padding-top: 0.9rem; }}
.figures td {{ font-variant-numeric: tabular-nums; }}
.figures td[title] {{ cursor: help; opacity: 0.65; }}
.figures i {{ display: inline-block; width: 0.6rem; height: 0.6rem; border-radius: 50%;
  margin-right: 0.5rem; }}
</style>"""
# The backgrounds and lines of the two themes.
LIGHT, DARK = {"back": "#ffffff", "line": "#d8dfe8"}, {"back": "#10151c", "line": "#313c4a"}


def draw(study: Study, metrics: Sequence[str], lang: str) -> None:
    """Every figure of the picked runs, metric by metric, the reasons of absent ones, and the CSV."""
    dark = st.context.theme.type == "dark"
    st.html(STYLE.format(**(DARK if dark else LIGHT)) + table(study, metrics, lang, dark=dark))
    st.download_button(
        texts(lang).screen_download_csv,
        lambda: csv(study, metrics),
        "metrics.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    missing = reasons(study, metrics, lang)
    if missing:
        with st.expander(
            texts(lang).screen_why_some_figures_are_missing, expanded=len(missing) < 6
        ):
            for (title, why), runs in missing.items():
                names = wording.few(runs, lang)
                st.text(f"{title}{texts(lang).colon}{why} ({names})")


def table(study: Study, metrics: Sequence[str], lang: str, *, dark: bool = False) -> str:
    """The table as HTML; every foreign text in it is escaped."""
    heads = "".join(
        f'<th title="{escape(messages.named(said, lang))}">{escape(messages.named(head, lang))}</th>'
        for head, said in HEADS.values()
    )
    colours = palette.colours(study, dark)
    rows = []
    for metric in metrics:
        entry = study.profile.metrics[metric]
        title = entry.title.get(lang, metric)
        better = {"lower": "screen_lower_is_better", "higher": "screen_higher_is_better"}.get(
            entry.direction or ""
        )
        said = f"{title} · {messages.named(better, lang)}" if better else title
        rows.append(f'<tr><th class="metric" colspan="{1 + len(HEADS)}">{escape(said)}</th></tr>')
        for run in study.all_picked:
            cells = "".join(_cells(study.summaries[run], entry, lang))
            dot = f'<i style="background: {colours[run]}"></i>'
            name = escape(run)
            rows.append(f'<tr><th scope="row" title="{name}">{dot}{name}</th>{cells}</tr>')
    head = f"<thead><tr><th>{escape(texts(lang).screen_run)}</th>{heads}</tr></thead>"
    return f'<div class="figures"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'


def _cells(summary: RunSummary, metric: Metric, lang: str) -> list[str]:
    stats = summary.stats[metric.name]
    why = wording.absent(summary, metric, list(HEADS), lang)
    found = []
    for figure in HEADS:
        value = getattr(stats, figure)
        if figure in why:
            reason = escape(why[figure])
            found.append(f'<td title="{reason}" aria-label="{reason}">–</td>')
        elif figure == "pct" and metric.direction and value:
            word = IMPROVED if (value < 0) == (metric.direction == "lower") else REGRESSED
            found.append(f'<td style="color: {palette.VERDICTS[word]}">{value:+.4g}</td>')
        else:
            found.append(
                f"<td>{f'{value:,}' if isinstance(value, int) else wording.number(value)}</td>"
            )
    return found


def csv(study: Study, metrics: Sequence[str]) -> str:
    """The same figures in full, a row per metric and run."""
    rows = [
        {
            "metric": metric,
            "run": run,
            "role": "baseline" if run in study.baselines else "run",
            **{f: getattr(study.summaries[run].stats[metric], f) for f in HEADS},
            "key": study.summaries[run].stats[metric].key,
        }
        for metric in metrics
        for run in study.all_picked
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def reasons(study: Study, metrics: Sequence[str], lang: str) -> dict[tuple[str, str], list[str]]:
    """(metric's title, reason) -> the runs whose figures are absent for it."""
    found: dict[tuple[str, str], list[str]] = {}
    for metric in metrics:
        entry = study.profile.metrics[metric]
        for run in study.all_picked:
            why = wording.absent(study.summaries[run], entry, list(HEADS), lang)
            for reason in dict.fromkeys(why.values()):
                found.setdefault((entry.title.get(lang, metric), reason), []).append(run)
    return found
