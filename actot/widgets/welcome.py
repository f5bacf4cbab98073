"""The first start: what is on the screen, and the way to one's own runs."""

import streamlit as st

from actot.output.messages import texts
from actot.widgets import sidebar
from actot.widgets.escaping import plain

PAGE, KEY = "Overview", "own@Overview"


def draw(lang: str) -> None:
    """One line about the bundled runs, and a field that opens others."""
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        st.caption(texts(lang).screen_bundled_runs_of_a_small)
    with right, st.popover(texts(lang).screen_open_my_runs, width="stretch"):
        st.text_input(
            texts(lang).screen_w_b_project_or_folder,
            key=KEY,
            placeholder="wandb://entity/project",
            on_change=_open,
        )
        st.caption(texts(lang).screen_wandb_entity_project_a_folder)
        for source in st.session_state.get("sources", [])[1:]:
            st.button(plain(source), on_click=sidebar.switch_source, args=(source, PAGE))


def _open() -> None:
    if typed := st.session_state[KEY].strip():
        sidebar.switch_source(typed, PAGE)
