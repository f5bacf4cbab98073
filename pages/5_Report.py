"""The report as Markdown: preview, copy, download, append. What it is made of stands in the address."""

from datetime import UTC, datetime

import streamlit as st

from actot import report
from actot.errors import ActotError
from actot.output import messages, svg_figures
from actot.widgets import downloads, sidebar
from actot.widgets.page import begin
from actot.widgets.translations import plain, t, unlinked

PAGE, NAME = "Report", "act_ot_report"
study, lang = begin(PAGE)


def whole() -> bytes:
    """The report beside its pictures."""
    pictures = svg_figures.draw(study, lang)
    text = report.write(
        study,
        lang,
        sections=chosen or None,
        note=note,
        time=time,
        figures={name: name for name in pictures},
    )
    return downloads.zipped({f"{NAME}.md": text, **pictures})


def now() -> None:
    st.session_state[f"time@{PAGE}"] = datetime.now(UTC).isoformat(timespec="seconds")


titles = {name: messages.named(f"report_{name}_title", lang) for name in report.shelf()}
chosen = sidebar.widget(
    st.multiselect,
    t("Sections", lang),
    "sections",
    PAGE,
    list(titles),
    format_func=lambda name: titles[name].format(n=len(study.runs), runs="…", at=""),
    placeholder=t("all of them", lang),
)
left, middle, right = st.columns([4, 3, 1], vertical_alignment="bottom")
with left:
    note = sidebar.text(t("Note", lang), "note", PAGE, max_chars=500)
with middle:
    time = sidebar.text(t("Time", lang), "time", PAGE, placeholder="2025-12-29T01:55:00")
right.button(t("Now", lang), on_click=now, width="stretch")
sidebar.write_url()
try:
    text = report.write(study, lang, sections=chosen or None, note=note, time=time)
except ActotError as e:
    st.error(plain(str(e)))
    st.stop()

with st.container(horizontal=True):
    icon = ":material/download:"
    st.download_button(
        t("Download", lang),
        text,
        f"{NAME}.md",
        "text/markdown",
        on_click="ignore",
        type="primary",
        icon=icon,
    )
    st.download_button(
        t("Download with pictures (zip)", lang),
        whole,
        f"{NAME}.zip",
        "application/zip",
        on_click="ignore",
        icon=icon,
    )
with st.expander(t("Add the update to a report that you have", lang)):
    words = "A Markdown file; every byte of it stays, the update comes behind them"
    file = st.file_uploader(t(words, lang), ["md", "markdown", "txt"], key=f"append@{PAGE}")
    if file is not None:
        longer = report.appended(file.getvalue(), study, lang, note, time)
        if longer is None:
            st.info(t("This report holds the update already.", lang))
        else:
            label = t("Download the longer report", lang)
            st.download_button(
                label, longer, file.name, "text/markdown", on_click="ignore", icon=icon
            )
preview, source = st.tabs([t("Preview", lang), t("Markdown", lang)])
with preview, st.container(border=True):
    st.markdown(unlinked(text))
with source:
    st.code(text, language="markdown", height=420)
    st.text_area(t("Click into the text, then Ctrl-A and Ctrl-C", lang), text, height=200)
