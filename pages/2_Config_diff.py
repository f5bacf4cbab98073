"""What was changed in each run against the reference, and which runs are closest."""

import streamlit as st

from actot.widgets import config_cards, config_table
from actot.widgets.page import begin
from actot.widgets.translations import plain, t

study, lang = begin("Config diff")

config_cards.summaries(study, lang)

text = st.text_input(t("Search knobs, paths and values", lang), key="diff_search", width=480)
with st.container(horizontal=True):
    only = st.toggle(t("Only knobs that differ", lang), value=True, key="diff_only")
    where = st.toggle(t("Config paths", lang), key="diff_where")
    shadowed = st.toggle(t("Also shadowed keys", lang), key="diff_shadowed")
    hidden = st.toggle(t("Also bookkeeping", lang), key="diff_hidden")

rows = [row for row in config_table.knobs(study, lang) if row.differs or not only]
rows += config_table.outside(study, lang)
rows += config_table.paths(study, config_table.SHADOWED, lang) if shadowed else []
rows += config_table.paths(study, config_table.BOOKKEEPING, lang) if hidden else []
found = [row for row in rows if row.holds(text)]
if found:
    config_table.draw(found, study, lang, where=where)
    with st.expander(t("Copy as Markdown", lang)):
        copied = config_table.as_markdown(config_table.table(found, study, lang, where=where))
        st.code(copied, language="markdown")
        st.text_area(t("Click into the text, then Ctrl-A and Ctrl-C", lang), copied, height=200)
elif rows:
    st.info(t("Nothing holds “{words}”.", lang, words=plain(text)))
else:
    st.info(t("Nothing differs from the reference.", lang))

st.subheader(t("Closest runs", lang), anchor=False)
everything = list(study.summaries)
run = st.selectbox(t("Closest to", lang), everything, index=everything.index(study.runs[0]))
config_cards.closest(study, run, lang)
