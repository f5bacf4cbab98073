"""The tables: figures, config differences, verdict rows, findings."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from actot import configs, markdown, say
from actot.study import Study
from actot.verdicts import Verdict
from actot.widgets import charts
from actot.widgets.words import plain, t

GROUPS = ("optimizer", "ot", "data", "eval", "seed", "other")
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
        for run in (*study.runs, *study.baselines):
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


def differences(study: Study, shown: Sequence[str], only: bool, lang: str) -> pd.DataFrame:
    """Knobs in rows, the reference and the runs in columns; a changed value carries its ratio."""
    base_id, *others = shown
    base = study.readings[base_id].settings
    rows = []
    order = {g: i for i, g in enumerate(GROUPS)}
    groups = {k: g for r in shown for k, g in study.readings[r].settings.groups.items()}
    known = list(study.profile.knobs)
    place = {k: known.index(k) if k in known else len(known) for k in groups}
    for knob in sorted(groups, key=lambda k: (order.get(groups[k], len(order)), place[k], k)):
        values = {r: study.readings[r].settings for r in shown}
        differs = any(not configs.equal(base.value(knob), values[r].value(knob)) for r in others)
        if only and not differs:
            continue
        row = {t("Knob", lang): knob, t("Group", lang): groups[knob]}
        row[base_id] = _value(base, knob, lang)
        for run in others:
            times = configs.ratio(base.value(knob), values[run].value(knob))
            moved = not configs.equal(base.value(knob), values[run].value(knob))
            ratio = f"  ({say.ratio(times)})" if moved and times else ""
            row[run] = ("● " if moved else "") + _value(values[run], knob, lang) + ratio
        rows.append(row)
    return pd.DataFrame(rows)


def _value(settings: configs.Settings, knob: str, lang: str) -> str:
    found = settings.knobs.get(knob)
    if found is None:
        return t("not in effect", lang) if settings.is_off(knob) else configs.ABSENT
    marks = {"default": t("default", lang), "fixed": t("by the preset", lang)}
    mark = marks.get(found.origin)
    return configs.show(found.value) + (f" ({mark})" if mark else "")


def hidden_paths(study: Study, shown: Sequence[str], kind: str) -> pd.DataFrame:
    """The raw paths that are shadowed or bookkeeping, run by run."""
    flats = {r: study.readings[r].settings for r in shown}
    paths = sorted({p for s in flats.values() for p in getattr(s, kind)})
    rows = [
        {"path": p}
        | {r: configs.show(s.flat[p]) if p in s.flat else configs.ABSENT for r, s in flats.items()}
        for p in paths
    ]
    return pd.DataFrame(rows)


def as_markdown(frame: pd.DataFrame) -> str:
    """The table as Markdown, for a document."""
    rows = [[markdown.escape(v) for v in row] for row in frame.astype(str).to_numpy().tolist()]
    return markdown.table(
        [markdown.escape(c) for c in frame.columns], rows, left=len(frame.columns)
    )


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
            t("Against", lang): ", ".join(v.baselines)
            + (f" ({t('nearest neighbour', lang)})" if v.against == "neighbour" else ""),
            t("Verdict", lang): f"{charts.sign(v)} {say.word(v, lang)}",
            t("Change", lang): say.interval(v, lang) or "–",
            "p (Holm)": "–" if v.p_adjusted is None else f"{v.p_adjusted:.2g}",
            t("Reason", lang): say.reason(v, study.profile, lang),
        }
        for v in rows
    )
    prose(frame)
