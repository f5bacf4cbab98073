"""The session's own W&B key: typed into the sidebar, kept in the session, used in its context only."""

import hashlib

import streamlit as st

from actot.errors import ActotError
from actot.output.messages import Count, texts
from actot.sources import wandb_online
from actot.widgets.escaping import plain


def ask(page: str, lang: str) -> None:
    """The field for the key; what is typed replaces the key of the environment in this session."""
    typed = st.text_input(
        texts(lang).screen_w_b_api_key,
        type="password",
        key=f"key@{page}",
        help=texts(lang).screen_kept_in_this_session_only,
    )
    if typed:
        st.session_state["own_key"] = typed
    wandb_online.use_key(st.session_state.get("own_key"))
    if st.button(texts(lang).screen_list_my_projects, key=f"projects@{page}", width="stretch"):
        try:
            found = wandb_online.projects()
        except ActotError as e:
            st.error(plain(str(e)))
        else:
            used = st.session_state["sources"]
            used += [project for project in found if project not in used]
            st.toast(texts(lang).screen_n_projects_are_in_the.format(n=Count(len(found))))
            st.rerun()


def who() -> str:
    """A fingerprint of the session's own key, "" without one."""
    own = st.session_state.get("own_key")
    return hashlib.sha256(own.encode()).hexdigest()[:16] if own else ""
