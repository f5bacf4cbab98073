"""The report as Markdown: preview, copy, download, append. What it is made of stands in the address."""

from datetime import UTC, datetime

import streamlit as st

from actot import report
from actot.errors import ActotError
from actot.output import messages, svg_figures
from actot.output.messages import texts
from actot.widgets import downloads, sidebar
from actot.widgets.escaping import plain, unlinked
from actot.widgets.page import begin

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
    texts(lang).screen_sections,
    "sections",
    PAGE,
    list(titles),
    format_func=lambda name: titles[name].format(n=len(study.runs), runs="…", at=""),
    placeholder=texts(lang).screen_all_of_them,
)
left, middle, right = st.columns([4, 3, 1], vertical_alignment="bottom")
with left:
    note = sidebar.text(texts(lang).screen_note, "note", PAGE, max_chars=500)
with middle:
    time = sidebar.text(texts(lang).screen_time, "time", PAGE, placeholder="2025-12-29T01:55:00")
right.button(texts(lang).screen_now, on_click=now, width="stretch")
sidebar.write_url()
try:
    text = report.write(study, lang, sections=chosen or None, note=note, time=time)
except ActotError as e:
    st.error(plain(str(e)))
    st.stop()

with st.container(horizontal=True):
    icon = ":material/download:"
    st.download_button(
        texts(lang).screen_download,
        text,
        f"{NAME}.md",
        "text/markdown",
        on_click="ignore",
        type="primary",
        icon=icon,
    )
    st.download_button(
        texts(lang).screen_download_with_pictures_zip,
        whole,
        f"{NAME}.zip",
        "application/zip",
        on_click="ignore",
        icon=icon,
    )
with st.expander(texts(lang).screen_add_the_update_to_a):
    file = st.file_uploader(
        texts(lang).screen_a_markdown_file_every_byte,
        ["md", "markdown", "txt"],
        key=f"append@{PAGE}",
    )
    if file is not None:
        longer = report.appended(file.getvalue(), study, lang, note, time)
        if longer is None:
            st.info(texts(lang).screen_this_report_holds_the_update)
        else:
            label = texts(lang).screen_download_the_longer_report
            st.download_button(
                label, longer, file.name, "text/markdown", on_click="ignore", icon=icon
            )
preview, source = st.tabs([texts(lang).screen_preview, texts(lang).screen_markdown])
with preview, st.container(border=True):
    st.markdown(unlinked(text))
with source:
    st.code(text, language="markdown", height=420)
    st.text_area(texts(lang).screen_click_into_the_text_then, text, height=200)
