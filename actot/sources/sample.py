"""The bundled runs: small real trainings, recorded by examples/toy_act_ot."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from actot.records import Run
from actot.source_ref import SourceRef
from actot.sources import Catalogue, for_all, offline

ORDER = 0
RUNS = Path(__file__).parent.parent / "sample" / "runs"

who = for_all


def claims(ref: SourceRef) -> bool:
    """The word `sample`."""
    return ref.kind == "sample"


def list_runs(ref: SourceRef, filters: Mapping[str, str]) -> Catalogue:
    """The bundled runs."""
    return replace(offline.list_runs(_folder(), filters), ref=ref)


def load(catalogue: Catalogue, run_id: str, known: Run | None) -> Run:
    """One bundled run. A process elsewhere may have them in another folder than the one that listed them."""
    return offline.load(replace(catalogue, ref=_folder()), run_id, known)


def _folder() -> SourceRef:
    return SourceRef.parse(str(RUNS))
