"""The tables: figures, verdict rows."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from actot import say
from actot.study import Study
from actot.verdicts import Verdict
from actot.widgets import charts
from actot.widgets.words import plain, t

FIGURES = (
    "last_mean",
    "last_std",
    "slope_last",
    "jitter",
    "first",
    "last",
    "best",
    "best_step",
    "min",
    "max",
    "n",
)


def figures(study: Study, metrics: Sequence[str], lang: str) -> None:
    """One row per metric and run, and below it why some figures are missing."""
    rows: list[dict[str, Any]] = []
    missing: dict[tuple[str, str], list[str]] = {}
    for metric in metrics:
        title = study.profile.metrics[metric].title.get(lang, metric)
        for run in study.all_picked:
            summary = study.readings[run].summaries[metric]
            role = t("Baselines" if run in study.baselines else "Runs", lang)
            row = {"metric": title, "run": run, "role": role}
            row |= {f: getattr(summary, f) if summary.n else None for f in FIGURES}
            rows.append(row | {"key": summary.key or ""})
            entry = study.profile.metrics[metric]
            for why in set(say.absent(study.readings[run], entry, FIGURES, lang).values()):
                missing.setdefault((title, why), []).append(run)
    frame = pd.DataFrame(rows)
    numbers = {f: st.column_config.NumberColumn(format="%.4g") for f in FIGURES}
    pinned = {c: st.column_config.TextColumn(pinned=True) for c in ("metric", "run")}
    st.dataframe(frame, hide_index=True, column_config=numbers | pinned, placeholder="–")
    st.download_button(
        t("Download CSV", lang),
        frame.to_csv(index=False),
        "metrics.csv",
        on_click="ignore",
        icon=":material/download:",
    )
    if missing:
        with st.expander(t("Why some figures are missing", lang), expanded=len(missing) < 6):
            for (title, why), runs in missing.items():
                st.text(f"{title}{say.COLON[lang]}{why} ({say.COMMA[lang].join(runs)})")


def prose(frame: pd.DataFrame) -> None:
    """A small table whose sentences wrap; what it holds is shown as text."""
    # A figure and its sign stay together where a column is narrow.
    frame = frame.map(lambda v: plain(str(v)).replace(" %", "\u00a0%")).rename(columns=plain)
    st.table(frame.set_index(frame.columns[0]), border="horizontal")


def verdicts(rows: Sequence[Verdict], study: Study, lang: str) -> None:
    """Every row with its interval and its reason."""
    frame = pd.DataFrame(
        {
            t("Run", lang): v.run,
            t("Against", lang): say.COMMA[lang].join(v.baselines)
            + (f" ({t('nearest neighbour', lang)})" if v.against == "neighbour" else ""),
            t("Verdict", lang): f"{charts.sign(v)} {say.word(v, lang)}",
            t("Change", lang): say.interval(v, lang) or "–",
            "p (Holm)": "–" if v.p_adjusted is None else f"{v.p_adjusted:.2g}",
            t("Reason", lang): say.reason(v, study.profile, lang),
        }
        for v in rows
    )
    prose(frame)
