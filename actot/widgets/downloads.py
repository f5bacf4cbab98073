"""The files of experiments: previews, one sweep, or everything as a zip."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence

import streamlit as st

from actot.errors import BadInput
from actot.experiments import guard
from actot.experiments.experiment import Experiment
from actot.output import experiment_files, wording
from actot.output.experiment_files import FOLDER
from actot.output.messages import Count, texts
from actot.study import Study


def everything(found: Sequence[Experiment], study: Study, flat: bool, lang: str) -> None:
    """One zip, unpacked where one trains: a folder with every sweep and config, a README and the plain loop."""
    runs = {run.name for one in found for run in one.runs}
    label = wording.fill(texts(lang).screen_download_n_runs, lang, n=Count(len(runs)))
    if not found:
        label = texts(lang).screen_tick_an_experiment
    elif all(one.hours for one in found):
        time = wording.duration(sum(one.hours or 0.0 for one in found), lang)
        label = wording.fill(
            texts(lang).screen_download_n_runs_about, lang, n=Count(len(runs)), time=time
        )
    st.download_button(
        label,
        lambda: zipped(
            {
                f"{FOLDER}/{name}": text
                for name, text in experiment_files.files(found, study.profile, flat=flat).items()
            }
        ),
        f"{FOLDER}.zip",
        "application/zip",
        key="everything",
        on_click="ignore",
        type="primary",
        icon=":material/folder_zip:",
        disabled=not found,
    )


def zipped(texts: Mapping[str, str]) -> bytes:
    """Files by their path as a zip whose bytes depend on nothing but them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def sweep(experiment: Experiment, study: Study, flat: bool, lang: str) -> None:
    """The sweep as it will be written, and its download."""
    name = f"{experiment.name}.yaml"
    form = experiment_files.form_of(experiment, study.profile) if flat else None
    text = experiment_files.sweep_yaml(experiment, study.profile, form)
    st.code(text, language="yaml", height=320)
    st.download_button(
        texts(lang).screen_download_the_sweep,
        text,
        name,
        "application/yaml",
        on_click="ignore",
        key=f"download_{experiment.name}",
        icon=":material/download:",
    )


def config(study: Study, run: str, lang: str) -> None:
    """The config of a run of the source as a file to train with, or why there is none."""
    try:
        text = experiment_files.config_of(study.summaries[run], study.profile)
    except BadInput:
        st.caption(texts(lang).screen_its_config_is_not_known)
        return
    st.download_button(
        texts(lang).screen_download_its_config,
        text,
        f"{guard.slug(run)}.json",
        "application/json",
        on_click="ignore",
        help=texts(lang).screen_ready_to_train_with,
        icon=":material/download:",
    )


def configs(experiment: Experiment, lang: str) -> None:
    """The train config of one of its runs."""
    names = [r.name for r in experiment.runs]
    name = st.selectbox(texts(lang).screen_run, names, key=f"config_{experiment.name}")
    config = next(r.config for r in experiment.runs if r.name == name)
    st.code(json.dumps(config, indent=2), language="json", height=320)
