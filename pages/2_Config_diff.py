"""What was changed in each run against the reference, and which runs are closest."""

import streamlit as st

from actot.output.messages import texts
from actot.widgets import config_cards, config_table, downloads
from actot.widgets.escaping import plain
from actot.widgets.page import begin

study, lang = begin("Config diff")

config_cards.summaries(study, lang)

text = st.text_input(texts(lang).screen_search_knobs_paths_and_values, key="diff_search", width=480)
with st.container(horizontal=True):
    only = st.toggle(texts(lang).screen_only_knobs_that_differ, value=True, key="diff_only")
    where = st.toggle(texts(lang).screen_config_paths, key="diff_where")
    shadowed = st.toggle(texts(lang).screen_also_shadowed_keys, key="diff_shadowed")
    hidden = st.toggle(texts(lang).screen_also_bookkeeping, key="diff_hidden")

rows = [row for row in config_table.knobs(study, lang) if row.differs or not only]
rows += config_table.outside(study, lang)
rows += config_table.paths(study, config_table.SHADOWED, lang) if shadowed else []
rows += config_table.paths(study, config_table.BOOKKEEPING, lang) if hidden else []
found = [row for row in rows if row.holds(text)]
if found:
    config_table.draw(found, study, lang, where=where)
    with st.expander(texts(lang).screen_copy_as_markdown):
        copied = config_table.as_markdown(config_table.table(found, study, lang, where=where))
        st.code(copied, language="markdown")
        st.text_area(texts(lang).screen_click_into_the_text_then, copied, height=200)
elif rows:
    st.info(texts(lang).screen_nothing_holds_words.format(words=plain(text)))
else:
    st.info(texts(lang).screen_nothing_differs_from_the_reference)

st.subheader(texts(lang).screen_closest_runs, anchor=False)
everything = list(study.summaries)
with st.container(horizontal=True, vertical_alignment="bottom"):
    first = everything.index(study.runs[0])
    run = st.selectbox(texts(lang).screen_closest_to, everything, index=first, width=480)
    downloads.config(study, run, lang)
config_cards.closest(study, run, lang)
