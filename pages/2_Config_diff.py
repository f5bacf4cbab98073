"""What was changed in each run against the reference."""

import streamlit as st

from actot import say
from actot.widgets import tables
from actot.widgets.page import begin
from actot.widgets.words import plain, t

study, lang = begin("Config diff")
reference = study.groups[0][0]
shown = (reference, *study.runs, *(g[0] for g in study.groups[1:]))

columns = st.columns(min(4, len(study.runs)))
for at, run in enumerate(study.runs):
    with columns[at % len(columns)], st.container(border=True, height="stretch"):
        moved = study.changes[run]
        st.markdown(f"**{plain(run)}** · {t('{n} knobs', lang, n=len(moved))}")
        st.caption(plain("; ".join(say.change(c) for c in moved)) or "=")

with st.container(horizontal=True):
    only = st.toggle(t("Only what differs", lang), value=True)
    shadowed = st.toggle(t("Also shadowed keys", lang))
    hidden = st.toggle(t("Also bookkeeping", lang))

frame = tables.differences(study, shown, only, lang)
if frame.empty:
    st.info(t("Nothing differs from the reference.", lang))
    st.stop()
tables.prose(frame)
for kind, wanted in (("shadowed", shadowed), ("hidden", hidden)):
    paths = tables.hidden_paths(study, shown, kind)
    if wanted and not paths.empty:
        tables.prose(paths)
with st.expander(t("Copy as Markdown", lang)):
    st.code(tables.as_markdown(frame), language="markdown")
