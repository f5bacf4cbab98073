"""Foreign text on the screen keeps its letters and loses its meaning."""

import pytest

pytest.importorskip("streamlit")

from actot.widgets.escaping import plain, unlinked


def test_foreign_text_loses_every_meaning_in_markdown() -> None:
    assert plain("a_b [x](y) `c`\n# d") == r"a\_b \[x\]\(y\) \`c\` \# d"
    assert "http\\:\u2060//" in plain("http://evil")
    assert unlinked(r"http\://evil www\.x") == "http\\:\u2060//evil www\\\u2060.x"
