"""Profiles: what is wrong in one is said with its place and what would be right."""

from pathlib import Path

import pytest
import yaml

from actot import profile, rules
from actot.errors import BadInput

SMALL = "name: x\njudge: [m]\nmetrics: {m: {keys: [a/b], direction: lower}}\nknobs: {k: {cases: [{read: [k]}]}}\n"


@pytest.mark.parametrize("path", sorted(profile.SHELF.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_profile_of_the_shelf_loads_and_has_thresholds_that_rules_know(path: Path) -> None:
    found = profile.load(path.stem)
    assert found.name == path.stem
    assert bool(found.judge) == (path.stem != profile.GENERIC)
    for rule in rules.shelf():
        rules.thresholds(rule, found)
    for metric in found.metrics.values():
        assert set(metric.title) == {"en", "zh"}, metric.name


def test_a_profile_may_be_any_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SMALL)
    assert profile.load(str(path)).judge == ("m",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SMALL + "colour: red\n", ["colour", "known are", "judge"]),
        (SMALL + "tail: {length: 5}\n", ["tail", "length", "fraction, least, most"]),
        (SMALL + "noise: {df: 5}\n", ["noise", "df", "prior"]),
        (SMALL + "explicit: {locks: []}\n", ["explicit", "locks", "unlocks"]),
        (SMALL + "defaults: [{if: {}}]\n", ["defaults", "if", "when"]),
        (SMALL + "shadowed: [{path: []}]\n", ["shadowed", "path", "paths"]),
        (SMALL.replace("direction", "heading"), ["metrics.m", "heading", "direction"]),
        (SMALL.replace("read", "reads"), ["knobs.k", "reads", "read"]),
        (SMALL.replace("cases", "case"), ["knobs.k", "case", "cases"]),
        (SMALL.replace("lower", "down"), ["metrics.m", "direction", "lower, higher"]),
        (SMALL.replace("[m]", "[nosuch]"), ["judge", "metric nosuch", "known are m"]),
        (SMALL + "divergence: [nosuch]\n", ["divergence", "metric nosuch", "known are m"]),
        (SMALL + "same_knobs: [nosuch]\n", ["same_knobs", "knob nosuch", "known are k"]),
        (SMALL + "same_metrics: [nosuch]\n", ["same_metrics", "metric nosuch"]),
        (
            SMALL.replace("keys: [a/b]", "keys: [a], rescaled_by: [nosuch]"),
            ["m", "knob nosuch", "known are k"],
        ),
        (SMALL.replace("keys: [a/b]", "ratio: [m, nosuch]"), ["metric nosuch"]),
        (SMALL.replace("keys: [a/b]", "per_knob: [m, nosuch]"), ["knob nosuch"]),
        ("name: x\n", ["judge", "must be given"]),
        ("[1, 2]\n", ["expected names with values", "list"]),
        ("", ["expected names with values"]),
        (SMALL.replace("{m: ", "{m: 5, n: "), ["m", "expected names with values", "int"]),
        (SMALL + "tail: 5\n", ["tail", "expected names with values"]),
    ],
)
def test_what_does_not_fit_is_named_with_what_would(text: str, words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        profile.parse(text, "mine.yaml")
    message = str(caught.value)
    assert message.startswith("mine.yaml") or ":" in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_broken_yaml_is_named_with_its_line() -> None:
    with pytest.raises(BadInput, match=r"mine\.yaml, line 3: not valid YAML"):
        profile.parse("name: x\njudge: [m]\nmetrics: {m: [}\n", "mine.yaml")


@pytest.mark.parametrize(
    "text",
    [
        SMALL + "tail: {fraction: much}\n",
        SMALL + "smallest_effect: small\n",
        SMALL + "metrics_of_mine: 3\n",
        SMALL.replace("cases: [{read: [k]}]", "cases: 5"),
        SMALL + "rules: 5\n",
    ],
)
def test_a_value_of_the_wrong_kind_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        profile.parse(text, "mine.yaml")


def test_a_file_that_is_not_there_or_no_text_or_too_large_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="act_ot"):
        profile.load("nosuch")
    with pytest.raises(BadInput, match="no profile can be read"):
        profile.load(str(tmp_path / "nosuch.yaml"))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(BadInput, match="UTF-8"):
        profile.load(str(tmp_path / "bytes.yaml"))
    (tmp_path / "large.yaml").write_text("# " + "x" * profile.LARGEST)
    with pytest.raises(BadInput, match="too large"):
        profile.load(str(tmp_path / "large.yaml"))


def test_a_rule_or_threshold_that_is_none_is_bad_input() -> None:
    for text, words in (
        ("rules: {nosuch: {a: 1}}\n", "no rule nosuch; known are"),
        (
            "rules: {plateau: {nosuch: 1}}\n",
            "plateau has no threshold nosuch; known are fall, span",
        ),
    ):
        with pytest.raises(BadInput, match=words):
            rules.thresholds("plateau", profile.parse(SMALL + text, "mine.yaml"))


@pytest.mark.parametrize("text", ["[", "a: 2025-99-99", "just words", "- a\n- b"])
def test_a_template_that_is_no_mapping_is_named(text: str, tmp_path: Path) -> None:
    tree = yaml.safe_load((profile.SHELF / "act_ot.yaml").read_text(encoding="utf-8"))
    tree["templates"]["mine"] = text
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    with pytest.raises(BadInput, match=r"templates\.mine: not a YAML mapping"):
        profile.load(str(path))
