"""The session's own W&B key: typed into the sidebar, kept in the session, used in its context only."""

import hashlib

import streamlit as st

from actot.errors import ActotError
from actot.sources import wandb_online
from actot.widgets.translations import plain, t


def ask(page: str, lang: str) -> None:
    """The field for the key; what is typed replaces the key of the environment in this session."""
    typed = st.text_input(
        t("W&B API key", lang),
        type="password",
        key=f"key@{page}",
        help=t(
            "Kept in this session only; without it the key of the environment or of `wandb login` "
            "is used",
            lang,
        ),
    )
    if typed:
        st.session_state["own_key"] = typed
    wandb_online.use_key(st.session_state.get("own_key"))
    if st.button(t("List my projects", lang), key=f"projects@{page}", width="stretch"):
        try:
            found = wandb_online.projects()
        except ActotError as e:
            st.error(plain(str(e)))
        else:
            used = st.session_state["sources"]
            used += [project for project in found if project not in used]
            st.toast(t("{n} projects are in the list of sources now", lang, n=len(found)))
            st.rerun()


def who() -> str:
    """A fingerprint of the session's own key, "" without one."""
    own = st.session_state.get("own_key")
    return hashlib.sha256(own.encode()).hexdigest()[:16] if own else ""
