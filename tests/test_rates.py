"""The digest of the sources of a simulation: what counts, and what does not."""

import ast

import pytest
from support import calibration, planted_truth, rates

SOURCE = '''"""What it is."""

def half(x: float, by: int = 2) -> float:
    """A part."""
    return x / by  # as it is
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# as it is", "# or not"),
        ("A part.", "Another part."),
        ("What it is.", "What it was."),
        ("x: float", "x: object"),
        ("-> float", "-> object"),
        ("x / by", "(x /  by)"),
    ],
)
def test_words_types_and_layout_do_not_count(old: str, new: str) -> None:
    assert rates.normal(SOURCE.replace(old, new)) == rates.normal(SOURCE)


@pytest.mark.parametrize(("old", "new"), [("x / by", "x // by"), ("= 2", "= 3"), ("half", "part")])
def test_what_is_computed_counts(old: str, new: str) -> None:
    assert rates.normal(SOURCE.replace(old, new)) != rates.normal(SOURCE)


def test_of_the_builders_only_what_a_simulation_reaches_counts() -> None:
    found = rates.helpers("builders.config(); x.y")
    names = {
        name for text in found for node in ast.parse(text).body for name in rates.defined(node)
    }
    assert {"config", "BASE", "CAMERAS", "feature"} <= names
    assert not names & {"record", "planted", "RECORDER"}


def test_the_rooms_that_judge_are_among_the_sources() -> None:
    for simulation, rooms in (
        (calibration, {"judging.py", "seed_noise.py", "dunnett.py", "run_summary.py"}),
        (planted_truth, {"ranking.py", "evidence.py", "study.py", "records.py"}),
    ):
        assert rooms <= {p.name for p in rates.files(rates.SOURCES[simulation])}
