"""The catalogues: one per language, complete, with equal placeholders; another one is one file."""

import dataclasses
import importlib
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import builders

from actot import report, rules
from actot.analysis import absences
from actot.causes import notes, statements
from actot.experiments import experiment, mistyped, remarks
from actot.facts import Fact, name_of
from actot.output import messages, row_words, wording
from actot.output.messages import texts
from actot.output.messages.en import English
from actot.verdicts import reasons, verdict
from actot.widgets import experiment_cards, page

NAMES = [n for n in vars(English) if not n.startswith("_")]
# What a sentence is given beside the fields of its fact.
ADDED = {"matters", "detectable", "forecast", "count", "runs", "word", "change", "times", "tried"}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def kinds() -> Iterator[type[Fact]]:
    """Every type of fact that a sentence is made from."""
    for module in (absences, reasons, statements, notes, remarks, mistyped):
        for kind in vars(module).values():
            ours = isinstance(kind, type) and kind.__module__ == module.__name__
            if ours and (kind is notes.Compared or not kind.__subclasses__()):
                yield kind


def test_english_and_chinese_are_languages() -> None:
    assert messages.LANGUAGES[0] == "en"
    assert "zh" in messages.LANGUAGES
    assert len({texts(lang).language for lang in messages.LANGUAGES}) == len(messages.LANGUAGES)


@pytest.mark.parametrize("name", NAMES)
def test_every_text_stands_in_chinese(name: str) -> None:
    assert name in vars(type(texts("zh")))


@pytest.mark.parametrize("lang", messages.LANGUAGES[1:])
@pytest.mark.parametrize("name", NAMES)
def test_a_text_has_equal_placeholders_in_every_language(name: str, lang: str) -> None:
    ours, theirs = getattr(English, name), getattr(texts(lang), name)
    if isinstance(ours, str):
        # English has a plural ending that Chinese does without.
        assert placeholders(ours) - {"es"} == placeholders(theirs)
    else:
        assert len(ours) == len(theirs)


@pytest.mark.parametrize("lang", messages.LANGUAGES[1:])
def test_no_language_has_a_text_that_nobody_asks_for(lang: str) -> None:
    assert {n for n in vars(type(texts(lang))) if not n.startswith("_")} <= set(NAMES)


@pytest.mark.parametrize("kind", [*kinds()], ids=name_of)
def test_every_fact_has_a_sentence_that_its_fields_fill(kind: type[Fact]) -> None:
    sentence = getattr(English, f"{kind.family}_{name_of(kind)}")
    fields = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    assert placeholders(sentence) <= fields | ADDED


def test_every_sentence_of_a_family_is_that_of_a_fact() -> None:
    for family in ("absence", "reason", "evidence", "guard", "typed"):
        said = {n.removeprefix(f"{family}_") for n in NAMES if n.startswith(f"{family}_")}
        assert said == {name_of(k) for k in kinds() if k.family == family}


def test_every_verdict_rule_section_and_part_of_an_experiment_has_its_words() -> None:
    words = [verdict.IMPROVED, verdict.REGRESSED, verdict.SAME]
    words += [verdict.WITHIN_NOISE, verdict.NOT_COMPARABLE, verdict.NOISE_UNKNOWN]
    wanted = {f"word_{w.replace(' ', '_')}" for w in words}
    wanted |= {f"rule_{name}" for name in rules.shelf()}
    wanted |= {f"report_{name}_title" for name in report.shelf()}
    wanted |= {
        f"experiment_{kind}_{part}" for kind in experiment_cards.KINDS for part in experiment.PARTS
    }
    wanted |= SCREENS
    assert wanted <= set(NAMES)


# The pages and the kinds of experiments on the screen.
SCREENS = {
    f"screen_{word.lower().replace(' ', '_')}"
    for word in (*experiment_cards.KINDS, *(label for _, label, _ in page.NAV))
}
# Whose names data make up.
FAMILIES = (
    *("absence", "reason", "evidence", "guard", "typed", "answer", "surprise"),
    *("word", "cause", "rule", "experiment", "part"),
)
MADE = (
    rf"({'|'.join(FAMILIES)})_.*|report_\w+_title|report_jitter_fix_\w+|report_differences_\w+|report_comparison_kind_\w+|plan_(revert|alone)_\w+"
    r"|report_regression_origin_\w+|report_summary_(measured|assumed|unknown)|language|screen_(curves|table|"
    r"error|warning|info|tag|group|state|optimizer|ot|data|eval|seed|other|uncontrolled|shadowed|"
    r"bookkeeping|baselines)"
)


def test_no_text_is_left_over() -> None:
    sources = [*(builders.ROOT / "actot").rglob("*.py"), *builders.ROOT.glob("pages/*.py")]
    catalogue = builders.ROOT / "actot" / "output" / "messages"
    code = " ".join(p.read_text(encoding="utf-8") for p in sources if p.parent != catalogue)
    said = set(re.findall(r"\w+", code))
    assert [n for n in NAMES if n not in said | SCREENS and not re.fullmatch(MADE, n)] == []


@pytest.mark.parametrize(("n", "text"), [(1, "1 run left"), (3, "3 runs left"), (0, "0 runs left")])
def test_a_number_takes_its_noun(n: int, text: str) -> None:
    assert wording.fill("{n:run|runs} left", "en", n=n) == text


THIRD = """
from actot.output.messages.en import English


class German(English):
    language = "Deutsch"
    word_regressed = "schlechter"
    word_in_this_seed = "{word} bei diesem Seed"
    reason_diverged = "divergiert bei Schritt {step}"


TEXTS = German()
"""


def test_a_third_language_is_one_file_and_what_it_lacks_is_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "de.py").write_text(THIRD)
    monkeypatch.setattr(messages, "__path__", [*messages.__path__, str(tmp_path)])
    messages.shelf.cache_clear()
    importlib.invalidate_caches()
    try:
        assert next(iter(messages.shelf())) == "en"
        assert {"de", "zh"} <= set(messages.shelf())
        found = builders.planted_study()
        row = next(v for v in found.verdicts if v.word == "regressed")
        assert row_words.word(row, "de") == "schlechter bei diesem Seed"
        assert row_words.reason(row, found.profile, "de") == row_words.reason(
            row, found.profile, "en"
        )
        text = report.write(found, "de")
        assert "schlechter" in text
        assert texts("en").report_summary_title in text
    finally:
        sys.modules.pop(f"{messages.__name__}.de", None)
        messages.shelf.cache_clear()
