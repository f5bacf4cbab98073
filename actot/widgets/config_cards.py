"""What stands between two runs: a card for each picked run, and the closest runs of any run."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from actot.analysis import config_changes, nearest_configs
from actot.analysis.config_changes import Change
from actot.output import change_words, messages, row_words
from actot.output.messages import Count, texts
from actot.study import Study
from actot.widgets import cards, charts, config_table, tables
from actot.widgets.escaping import plain

MOST_CARDS, MOST_LINES = 6, 8  # more runs go into a fold, more changes into a number


def summaries(study: Study, lang: str) -> None:
    """What was changed in each run against the reference, a card for each."""
    n = len(study.runs)
    label = texts(lang).screen_what_was_changed_in_each.format(n=Count(n))
    with st.expander(label) if n > MOST_CARDS else st.container():
        per_row = min(3, n)
        for start in range(0, n, per_row):
            places = st.columns(per_row)
            for place, run in zip(places, study.runs[start : start + per_row], strict=False):
                with place, st.container(border=True, height="stretch", gap="small"):
                    _card(study, run, lang)


def _card(study: Study, run: str, lang: str) -> None:
    verdict = study.headline(run)
    kind, moved = _between(study, study.baselines[0], run, lang)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(run)}** · {kind}", width="stretch")
        if verdict is not None:
            label = f"{charts.sign(verdict)} {row_words.word(verdict, lang)}"
            st.badge(label, color=cards.BADGES[verdict.word])
    lines = []
    for change in moved[:MOST_LINES]:
        values = change_words.change(change, lang).removeprefix(change.knob)
        lines.append(f":gray[{plain(change.knob)}] {plain(values)}")
    if len(moved) > MOST_LINES:
        lines.append(texts(lang).screen_and_n_more_in_the.format(n=len(moved) - MOST_LINES))
    st.markdown("  \n".join(lines))


def closest(study: Study, run: str, lang: str) -> None:
    """The runs of the source with the fewest changed knobs, and what stands between."""
    mine = study.summaries[run].settings
    others = {i: r.settings for i, r in study.summaries.items() if i != run and r.settings.flat}
    if not mine.flat or not others:
        st.info(texts(lang).screen_there_is_no_other_config)
        return
    rows = []
    for near, _ in nearest_configs.closest(mine, others):
        kind, moved = _between(study, run, near, lang)
        said = "; ".join(change_words.change(c, lang) for c in moved)
        rows.append(
            {
                texts(lang).screen_run: near,
                texts(lang).screen_what_leads_there_from_run.format(run=run): kind
                + (texts(lang).colon + said if said else ""),
                texts(lang).screen_against_base.format(base=study.baselines[0]): _standing(
                    study, near, lang
                ),
            }
        )
    tables.prose(pd.DataFrame(rows))


def _between(study: Study, base: str, run: str, lang: str) -> tuple[str, list[Change]]:
    """`4 knobs` or `replicate`, and the changes on the way, versions and commits among them."""
    old, new = (study.summaries[r].settings for r in (base, run))
    moved = config_changes.changes(old, new)
    every = moved or config_changes.changes(old, new, every=True)
    if moved:
        kind = texts(lang).screen_n_knobs.format(n=Count(len(moved)))
    elif old.flat and new.flat:
        kind = messages.named("screen_replicate" if every else "screen_same_config_and_seed", lang)
    else:
        kind = texts(lang).screen_no_config
    rivals = [
        replace(c, knob=f"{config_table.group_name(config_table.OUTSIDE, lang)} · {c.knob}")
        for c in config_table.rivals(study, base, run)
    ]
    return kind, list(config_table.brief([*every, *rivals], lang))


def _standing(study: Study, run: str, lang: str) -> str:
    """The verdict of a run against the reference, as far as it is known."""
    verdict = study.headline(run)
    if verdict is not None:
        return f"{charts.sign(verdict)} {row_words.word(verdict, lang)}"
    if run in study.groups[0]:
        return texts(lang).screen_reference
    return messages.named(
        "screen_not_picked_no_worse" if run in study.healthy else "screen_not_picked", lang
    )
