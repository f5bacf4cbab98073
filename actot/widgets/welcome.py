"""The first start: what is on the screen, and the way to one's own runs."""

import streamlit as st

from actot.widgets import sidebar
from actot.widgets.translations import plain, t

PAGE, KEY = "Overview", "own@Overview"


def draw(lang: str) -> None:
    """One line about the bundled runs, and a field that opens others."""
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        st.caption(
            t(
                "Bundled runs of a small ACT policy with an OT loss. Each bar is a run's change "
                "against the baseline with its 95 % interval; the grey band is too small to matter.",
                lang,
            )
        )
    with right, st.popover(t("Open my runs", lang), width="stretch"):
        st.text_input(
            t("W&B project or folder", lang),
            key=KEY,
            placeholder="wandb://entity/project",
            on_change=_open,
        )
        st.caption(
            t(
                "wandb://entity/project, a folder with W&B offline runs, or exported tables "
                "(CSV, JSONL, Parquet). Files can also be dropped into the sidebar.",
                lang,
            )
        )
        for source in st.session_state.get("sources", [])[1:]:
            st.button(plain(source), on_click=sidebar.switch_source, args=(source, PAGE))


def _open() -> None:
    if typed := st.session_state[KEY].strip():
        sidebar.switch_source(typed, PAGE)
