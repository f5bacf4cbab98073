"""How sure the verdicts are, and what may have caused a regression."""

import streamlit as st

from actot.output import row_words
from actot.output.messages import texts
from actot.verdicts.verdict import PICKED
from actot.widgets import causes, charts, findings, seed_noise, tables
from actot.widgets.escaping import plain
from actot.widgets.page import begin

study, lang = begin("Regression")

st.subheader(texts(lang).screen_verdicts, anchor=False)
picked = [v for v in study.verdicts if v.against == PICKED]
columns = st.columns(min(2, len(study.groups)))
for at, group in enumerate(study.groups):
    rows = [v for v in picked if v.baseline == group[0]]
    with columns[at % len(columns)], st.container(border=True):
        role = f" · {texts(lang).screen_reference}" if at == 0 else ""
        names = plain(row_words.group_name(group, lang))
        st.markdown(f"**{texts(lang).screen_against_base.format(base=names)}**{role}")
        chart = charts.intervals(rows, study, lang, group[0])
        st.altair_chart(chart, key=f"intervals_{group[0]}")
tables.verdicts(study.verdicts, study, lang)

st.subheader(texts(lang).screen_seed_noise, anchor=False)
seed_noise.draw(study, lang)

st.subheader(texts(lang).screen_causes, anchor=False)
causes.draw(study, lang)

st.subheader(texts(lang).screen_findings, anchor=False)
findings.draw(study, lang)
