"""Cards: the headline, what to look at first, one card per run, one per experiment."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from actot.analysis import config_values
from actot.output import change_words, messages, render, row_words, wording
from actot.output.messages import Count, texts
from actot.study import Study
from actot.verdicts.verdict import (
    IMPROVED,
    NOISE_UNKNOWN,
    NOT_COMPARABLE,
    REGRESSED,
    SAME,
    WITHIN_NOISE,
    Measured,
    Verdict,
)
from actot.widgets import charts, curve_chart, findings, seed_noise, sidebar, tables
from actot.widgets.escaping import plain
from actot.widgets.palette import BadgeColour

BADGES: Mapping[str, BadgeColour] = {
    REGRESSED: "orange",
    IMPROVED: "blue",
    SAME: "green",
    WITHIN_NOISE: "gray",
    NOISE_UNKNOWN: "gray",
    NOT_COMPARABLE: "gray",
}
COUNTS = {
    REGRESSED: "screen_n_regressed",
    IMPROVED: "screen_n_improved",
    SAME: "screen_n_same",
    WITHIN_NOISE: "screen_n_within_noise",
    NOISE_UNKNOWN: "screen_n_noise_unknown",
    NOT_COMPARABLE: "screen_n_not_comparable",
}
MOST_CARDS = 12
NO_BREAK = "\u00a0"


def headline(study: Study, lang: str) -> None:
    """How many configs came out how, against what."""
    found = Counter(v.word for v in study.headlines)
    parts = [
        messages.named(COUNTS[word], lang).format(n=found[word]) for word in COUNTS if found[word]
    ]
    st.title(" · ".join(parts) or texts(lang).screen_no_verdict_yet, anchor=False)
    metric = study.profile.metrics[study.metric].title.get(lang, study.metric)
    base = plain(row_words.group_name(study.groups[0], lang))
    against = texts(lang).screen_against_base_in_metric.format(base=base, metric=plain(metric))
    st.caption(f"{against} · {seed_noise.caption(study, lang)}")
    if study.joined:
        names = plain(wording.few(study.joined, lang))
        st.caption(texts(lang).screen_joined_seeds.format(runs=names))


def look_first(study: Study, lang: str) -> None:
    """The first suspect, the gravest finding, the next step, each with its page."""
    with st.container(border=True):
        st.markdown(f"**{texts(lang).screen_look_at_this_first}**")
        lines = [_suspect(study, lang), _finding(study, lang), _next(study, lang)]
        for line in lines:
            if line:
                st.markdown(line)


def largest_rise_first(row: Verdict) -> float:
    """Sorts rows that have no change, as after a divergence, before the largest rise."""
    return -row.change if isinstance(row, Measured) else -math.inf


def grid(study: Study, rows: Sequence[Verdict], lang: str) -> None:
    """A card per row; many rows as a table, and the cards of those that are chosen in it."""
    if len(rows) > MOST_CARDS:
        rows = _chosen(study, rows, lang)
    per_row = 3
    for start in range(0, len(rows), per_row):
        columns = st.columns(per_row)
        for column, row in zip(columns, rows[start : start + per_row], strict=False):
            with column:
                card(study, row, lang)


def _chosen(study: Study, rows: Sequence[Verdict], lang: str) -> Sequence[Verdict]:
    """The rows that are chosen in a table of all of them."""
    frame = pd.DataFrame(
        {
            "run": row_words.row_name(r, lang),
            "verdict": f"{charts.sign(r)} {row_words.word(r, lang)}",
            "change": charts.in_unit(r)["change"],
            "curve": _small(study, r.run),
            "finding": _top(study, r.run, lang),
        }
        for r in rows
    )
    st.caption(texts(lang).screen_choose_rows_to_see_their)
    unit = next((row_words.unit(r, lang) for r in rows if isinstance(r, Measured)), "%")
    config = {
        "run": st.column_config.TextColumn(texts(lang).screen_run, pinned=True),
        "verdict": st.column_config.TextColumn(texts(lang).screen_verdict),
        "change": st.column_config.NumberColumn(
            f"{texts(lang).screen_change}, {unit}", format="%+.1f"
        ),
        "curve": st.column_config.LineChartColumn(texts(lang).screen_curve),
        "finding": st.column_config.TextColumn(texts(lang).screen_gravest_finding, width="large"),
    }
    event = st.dataframe(
        frame,
        hide_index=True,
        column_config=config,
        on_select="rerun",
        selection_mode="multi-row",
        key="chosen_rows",
    )
    return [rows[i] for i in event.selection.rows]


def _small(study: Study, run: str) -> list[float]:
    series = study.summaries[run].finite(study.metric)
    if series is None:
        return []
    return curve_chart.reduce(series.steps.astype(float), series.values, 40)[1].tolist()


def _top(study: Study, run: str, lang: str) -> str:
    gravest = study.gravest(run)
    return render.finding(gravest, lang) if gravest else ""


def card(study: Study, row: Verdict, lang: str) -> None:
    """One row: name, verdict, interval, its curve over the reference's, how sure it is, its gravest finding."""
    summary = study.summaries[row.run]
    with st.container(border=True, height="stretch", key=f"card_{row.run}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(row_words.row_name(row, lang))}**", width="stretch")
            label = f"{charts.sign(row)} {row_words.word(row, lang)}"
            st.badge(label, color=BADGES[row.word])
        if summary.run.name != row.run:
            st.caption(plain(summary.run.name))
        change = row_words.interval(row, lang) or plain(row_words.reason(row, study.profile, lang))
        st.markdown(f"#### {whole_figures(plain(change))}" if isinstance(row, Measured) else change)
        reference = [study.summaries[i] for i in study.groups[0]]
        if summary.finite(study.metric) is not None:
            chart = charts.sparkline(summary, reference, study.metric, row.word)
            st.altair_chart(chart, key=f"spark_{row.run}")
        if isinstance(row, Measured):
            st.caption(plain(row_words.reason(row, study.profile, lang)))
        sure = row_words.sureness(row, study.profile, lang)
        if sure:
            st.caption(f":material/straighten: {plain(' '.join(sure))}")
        finding = study.gravest(*row.runs)
        if finding:
            icon = findings.ICONS[finding.severity]
            st.caption(f"{icon} {plain(render.finding(finding, lang))}")
        _runs_of(study, row, lang)
        with st.container(horizontal=True, gap="small"):
            alone = sidebar.link(runs=list(row.runs))
            for path, label in (
                ("1_Metrics", "screen_curves"),
                ("2_Config_diff", "screen_config_diff"),
            ):
                st.page_link(
                    f"pages/{path}.py", label=messages.named(label, lang), query_params=alone
                )


def whole_figures(text: str) -> str:
    """A figure stays with its unit, and an interval in one piece, on a narrow card."""
    return (
        text.replace(" ", NO_BREAK).replace(f"{NO_BREAK}(", " (").replace(f"{NO_BREAK}\\(", " \\(")
    )


def _runs_of(study: Study, row: Verdict, lang: str) -> None:
    """The runs of a row with their seeds and values, and those that could join it."""
    if len(row.runs) > 1:
        with st.expander(texts(lang).screen_runs_of_the_row):
            runs = [study.summaries[i] for i in row.runs]
            frame = pd.DataFrame(
                {
                    texts(lang).screen_run: r.id,
                    texts(lang).screen_seed: config_values.show(r.settings.value("seed")),
                    study.metric: wording.number(r.stats[study.metric].last_mean),
                }
                for r in runs
            )
            tables.prose(frame)
    more = study.offered.get(row.run, ())
    if more:
        known = {"run": row.run, "n": Count(len(more)), "runs": wording.few(more, lang, 3)}
        st.caption(plain(texts(lang).screen_more_seeds_offered.format(**known)))
        st.button(
            texts(lang).screen_add_them,
            key=f"join_{row.run}",
            on_click=sidebar.take,
            args=([*study.runs, *more], "Overview"),
        )


def _suspect(study: Study, lang: str) -> str:
    suspects = study.suspects
    head = f":material/troubleshoot: **{texts(lang).screen_first_suspect}** — "
    if not suspects:
        if any(v.word == REGRESSED for v in study.verdicts):
            return ""
        return head + texts(lang).screen_no_run_regressed_so_there
    text = render.suspects(suspects, lang)
    if len(suspects) == 1 and not suspects[0].is_confounded:
        text += texts(lang).colon + change_words.changes(suspects[0].moved[0].changes, lang)
    return head + plain(f"{text} ({render.standing(suspects[0], lang)})")


def _finding(study: Study, lang: str) -> str:
    head = f":material/flag: **{texts(lang).screen_gravest_finding}** — "
    first = study.gravest(*study.runs)
    if first is None:
        return head + texts(lang).screen_no_rule_warns
    return head + plain(f"{first.run}: {render.finding(first, lang)}")


def _next(study: Study, lang: str) -> str:
    if not study.experiments:
        return ""
    first = study.experiments[0]
    title = plain(render.experiment(first, "title", lang))
    text = texts(lang).screen_n_runs_prepared_title.format(n=Count(len(first.runs)), title=title)
    return f":material/science: **{texts(lang).screen_next_step}** — {text}"
