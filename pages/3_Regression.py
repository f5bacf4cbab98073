"""How sure the verdicts are, and what may have caused a regression."""

import streamlit as st

from actot.output.messages import texts
from actot.widgets import causes, charts, findings, seed_noise, tables
from actot.widgets.page import begin
from actot.widgets.translations import plain, t

study, lang = begin("Regression")

st.subheader(t("Verdicts", lang), anchor=False)
picked = [v for v in study.verdicts if v.against == "picked"]
columns = st.columns(min(2, len(study.groups)))
for at, group in enumerate(study.groups):
    rows = [v for v in picked if v.baseline == group[0]]
    with columns[at % len(columns)], st.container(border=True):
        role = f" · {t('reference', lang)}" if at == 0 else ""
        names = plain(texts(lang).comma.join(group))
        st.markdown(f"**{t('Against {base}', lang, base=names)}**{role}")
        chart = charts.intervals(rows, study, lang, group[0])
        st.altair_chart(chart, key=f"intervals_{group[0]}")
tables.verdicts(study.verdicts, study, lang)

st.subheader(t("Seed noise", lang), anchor=False)
seed_noise.draw(study, lang)

st.subheader(t("Causes", lang), anchor=False)
causes.draw(study, lang)

st.subheader(t("Findings", lang), anchor=False)
findings.draw(study, lang)
