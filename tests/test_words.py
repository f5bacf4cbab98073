"""Every word on screen stands in both languages."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import builders

pytest.importorskip("streamlit")

from actot.widgets.translations import ZH, plain, t, unlinked

SCREEN = [
    builders.ROOT / "app.py",
    *builders.ROOT.glob("pages/*.py"),
    *builders.ROOT.glob("actot/widgets/*.py"),
]


def texts() -> Iterator[str]:
    """Every text that a page hands to `t` as it stands."""
    for path in SCREEN:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def called() -> Iterator[tuple[Path, str]]:
    """The first argument of every call of `t` that is a plain text."""
    for path in SCREEN:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "t":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield path, first.value


def test_every_text_on_screen_is_translated() -> None:
    assert [(p.name, text) for p, text in called() if text not in ZH] == []


def test_no_translation_is_left_over() -> None:
    # Twice: once as the key of the table, once where it is said.
    said = Counter(texts())
    # Looked up by a word of the data: the view, the kind of an experiment, a severity.
    made = {"Curves", "Table", "replicate", "isolate", "sweep"}
    assert [key for key in ZH if key not in made and said[key] < 2] == []


@pytest.mark.parametrize("text", ZH)
def test_both_languages_take_the_same_facts(text: str) -> None:
    fields = re.compile(r"{(\w+)")
    assert sorted(fields.findall(text)) == sorted(fields.findall(ZH[text]))


def test_facts_are_filled_in() -> None:
    assert t("{n} to run", "en", n=3) == "3 to run"
    assert t("{n} to run", "zh", n=3) == "3 个待运行"


def test_foreign_text_loses_every_meaning_in_markdown() -> None:
    assert plain("a_b [x](y) `c`\n# d") == r"a\_b \[x\]\(y\) \`c\` \# d"
    assert "http\\:\u2060//" in plain("http://evil")
    assert unlinked(r"http\://evil www\.x") == "http\\:\u2060//evil www\\\u2060.x"
