"""Tables of sentences: verdict rows, values of experiments."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from actot.output import row_words
from actot.output.messages import texts
from actot.study import Study
from actot.verdicts.verdict import NEIGHBOUR, Judged, Verdict
from actot.widgets import charts
from actot.widgets.escaping import plain


def prose(frame: pd.DataFrame) -> None:
    """A small table whose sentences wrap; what it holds is shown as text."""
    # A figure and its sign stay together where a column is narrow.
    frame = frame.map(
        lambda v: plain(str(v)).replace(" %", "\u00a0%").replace(" … ", "\u00a0…\u00a0")
    ).rename(columns=plain)
    st.table(frame.set_index(frame.columns[0]), border="horizontal")


def verdicts(rows: Sequence[Verdict], study: Study, lang: str) -> None:
    """Every row with its interval and its reason."""
    frame = pd.DataFrame(
        {
            texts(lang).screen_run: row_words.row_name(v, lang),
            texts(lang).screen_against: row_words.base_name(v, lang)
            + (f" ({texts(lang).screen_nearest_neighbour})" if v.against == NEIGHBOUR else ""),
            texts(lang).screen_verdict: f"{charts.sign(v)} {row_words.word(v, lang)}",
            texts(lang).screen_change: row_words.interval(v, lang) or "–",
            texts(lang).screen_p_adjusted: f"{v.p:.2g}" if isinstance(v, Judged) else "–",
            texts(lang).screen_reason: row_words.reason(v, study.profile, lang),
        }
        for v in rows
    )
    prose(frame)
