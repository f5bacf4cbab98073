"""Experiment cards with their files: preview, one sweep, or everything as a zip."""

import io
import json
import zipfile
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from actot import configs, say, sweeps
from actot.experiments import Experiment
from actot.study import Study
from actot.widgets import tables
from actot.widgets.words import plain, t

KINDS = {"replicate": "blue", "isolate": "orange", "sweep": "green"}


def everything(study: Study, lang: str) -> None:
    """One zip with every sweep, every config and a README."""
    st.download_button(
        t("Download everything (zip)", lang),
        zipped(sweeps.files(study.experiments, study.profile)),
        "next_runs.zip",
        "application/zip",
        on_click="ignore",
        type="primary",
        icon=":material/folder_zip:",
    )


def zipped(texts: Mapping[str, str]) -> bytes:
    """The files as a zip whose bytes depend on nothing but them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def card(experiment: Experiment, study: Study, lang: str) -> None:
    """The question, the values with what the guard says, the expected cost, the files."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = plain(say.experiment(experiment, "title", lang))
            st.markdown(f"#### {title}", width="stretch")
            st.badge(t(experiment.kind, lang), color=KINDS[experiment.kind])
        st.markdown(plain(say.experiment(experiment, "hypothesis", lang)))
        st.caption(plain(say.experiment(experiment, "confirms", lang)))
        facts = [t("{n} to run", lang, n=len(experiment.runs))]
        if experiment.hours is not None:
            time = say.duration(experiment.hours, lang)
            facts.append(t("about {time} one after the other", lang, time=time))
        st.markdown(" · ".join(facts))
        tables.prose(_values(experiment, lang))
        sweep = sweeps.sweep_yaml(experiment, study.profile)
        with st.expander(t("Sweep YAML", lang)):
            st.code(sweep, language="yaml")
        with st.expander(t("Train configs", lang)):
            names = [r.name for r in experiment.runs]
            name = st.selectbox(t("Run", lang), names, key=f"config_{experiment.name}")
            config = next(r.config for r in experiment.runs if r.name == name)
            st.code(json.dumps(config, indent=2), language="json")
        st.download_button(
            t("Download the sweep", lang),
            sweep,
            f"{experiment.name}.yaml",
            "application/yaml",
            on_click="ignore",
            key=f"download_{experiment.name}",
            icon=":material/download:",
        )


def _values(experiment: Experiment, lang: str) -> pd.DataFrame:
    """Every value: new, there already, or refused."""
    rows = [
        {
            "": t("warned" if r.remark else "new", lang),
            t("Run", lang): r.name,
            t("Value", lang): configs.show(r.value),
            t("Remark", lang): say.guard(r.remark, lang) if r.remark else "",
        }
        for r in experiment.runs
    ]
    rows += [
        {"": t("have", lang), t("Run", lang): ", ".join(ids), t("Value", lang): configs.show(value)}
        for value, ids in experiment.have
    ]
    rows += [
        {
            "": t("refused", lang),
            t("Value", lang): configs.show(why.facts.get("value", "")),
            t("Remark", lang): say.guard(why, lang),
        }
        for why in experiment.refused
    ]
    return pd.DataFrame(rows).fillna("")
