"""What the rules found: a line each, the gravest first, with the way to the curve at that place."""

from collections.abc import Mapping

import streamlit as st

from actot.output import messages, render
from actot.output.messages import Count, texts
from actot.rules import SEVERITIES, Finding
from actot.study import Study
from actot.widgets import sidebar
from actot.widgets.escaping import plain
from actot.widgets.palette import BadgeColour

ICONS = {
    "error": ":material/error:",
    "warning": ":material/warning:",
    "info": ":material/info:",
}
COLOURS: Mapping[str, BadgeColour] = {"error": "red", "warning": "orange", "info": "gray"}
MOST = 12


def draw(study: Study, lang: str) -> None:
    """Every finding of the picked runs and baselines."""
    found = sorted(study.findings, key=lambda f: SEVERITIES.index(f.severity))
    if not found:
        st.markdown(texts(lang).screen_no_rule_warns)
        return
    with st.container(border=True, gap="small"):
        for finding in found[:MOST]:
            _line(finding, lang)
        if found[MOST:]:
            label = texts(lang).screen_show_the_n_others.format(n=Count(len(found) - MOST))
            if st.toggle(label, key="other_findings"):
                for finding in found[MOST:]:
                    _line(finding, lang)


def _line(finding: Finding, lang: str) -> None:
    badge, words, way = st.columns([2, 11, 3], gap="small")
    label = f"{ICONS[finding.severity]} {messages.screen(finding.severity, lang)}"
    badge.badge(label, color=COLOURS[finding.severity])
    words.markdown(f"**{plain(finding.run)}** · {plain(render.finding(finding, lang))}")
    if finding.metric is None:
        return
    place, hint = "", None
    if finding.steps:
        first, last = finding.steps
        place = f"{first}-{last}"
        hint = texts(lang).screen_steps_first_last.format(first=first, last=last)
    way.page_link(
        "pages/1_Metrics.py",
        label=texts(lang).screen_see_the_curve,
        icon=":material/show_chart:",
        query_params=sidebar.link(show=[finding.metric], at=place),
        help=hint,
    )
