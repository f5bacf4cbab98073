"""The bundled runs: small real trainings, recorded by examples/toy_act_ot."""

from collections.abc import Mapping
from pathlib import Path

from actot.records import Listing, Run
from actot.sources import offline

LABEL = {"en": "Sample runs", "zh": "示例运行"}
RUNS = Path(__file__).parent.parent / "sample" / "runs"


def claims(where: str) -> bool:
    """The word `sample`."""
    return where == "sample"


def list_runs(where: str, filters: Mapping[str, str] | None = None) -> Listing:
    """The bundled runs."""
    return offline.list_runs(str(RUNS))


def load(where: str, run_id: str, known: Run | None = None) -> Run:
    """One bundled run."""
    return offline.load(str(RUNS), run_id, known)
