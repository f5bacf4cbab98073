"""What somebody has edited of the experiments: it stands in the link, beside the anchor that it was typed for."""

from urllib.parse import quote

import streamlit as st

from actot.study import Study
from actot.widgets import sidebar

PICK, PAGE = "edits", "Experiments"
LONGEST = 200  # letters of a field; a link has room for some of them


def kept(study: Study, name: str, field: str, usual: str = "") -> str:
    """What was typed into a field of an experiment, else what stands there usually."""
    return _all(study).get(_place(name, field), usual)


def keep(study: Study, name: str, field: str, text: str, usual: str = "") -> None:
    """Remember what stands in a field where that is not the usual."""
    known, place = _all(study), _place(name, field)
    new = {p: t for p, t in known.items() if p != place} | ({place: text} if text != usual else {})
    if new != known:
        items = [f"{p}={t}" for p, t in new.items()]
        sidebar.remember(PICK, [f"{study.anchor}", *items] if items else [])


def key(study: Study, name: str, field: str, value: object) -> str:
    """The key of a control, which shows a value at first. Another link, anchor or source has controls of its own."""
    found = f"{study.source}|{study.anchor}|{_place(name, field)}@{PAGE}"
    if found not in st.session_state:
        st.session_state[found] = value
    return found


def _all(study: Study) -> dict[str, str]:
    """Every edit by its place; none where they were made for another anchor."""
    anchor, *items = st.session_state.picks[PICK] or [""]
    pairs = (item.partition("=") for item in items)
    return {place: text[:LONGEST] for place, _, text in pairs} if anchor == study.anchor else {}


def _place(name: str, field: str) -> str:
    return f"{name}/{quote(field, safe='')}"
