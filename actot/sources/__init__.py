"""The shelf of sources, and the one way to read them. Each module is a Source: a new file is one more.

A look at a source is a Catalogue, and a run is loaded from that: nothing is remembered between the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from actot import shelves, step_axis
from actot.errors import ActotError, BadInput, Refused, Unreachable
from actot.files import run_cache
from actot.records import Listing, Run, RunInfo
from actot.source_ref import SCHEME, SourceRef

STALE = "not up to date"


@dataclass(frozen=True)
class Catalogue:
    """What a look at a source found: the listing, and what loading one of its runs takes.

    It can be pickled. `places` is for the source alone, by run id, and `source` its name on the shelf. One without
    them serves as well: source and run are looked for then.
    """

    ref: SourceRef
    listing: Listing = field(default_factory=lambda: Listing(()))
    places: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def runs(self) -> tuple[RunInfo, ...]:
        """The listed runs, newest first."""
        return self.listing.runs

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each place that could not be read."""
        return self.listing.problems

    def only(self, run_id: str) -> "Catalogue":
        """As much of it as loading one run takes."""
        places = {run_id: self.places[run_id]} if run_id in self.places else {}
        return replace(self, listing=Listing(()), places=places)


class Source(Protocol):
    """What a module of the shelf has."""

    ORDER: int
    """Its place on the shelf: of several that claim a text, the first reads it."""

    def claims(self, ref: SourceRef) -> bool:
        """Whether this SOURCE is meant for it."""

    def list_runs(self, ref: SourceRef, filters: Mapping[str, str]) -> Catalogue:
        """The runs, newest first; a source on a server asks it for those alone that pass the filters."""

    def load(self, catalogue: Catalogue, run_id: str, known: Run | None) -> Run:
        """The run with its whole history. `known` is what an earlier look found: only the rest need be read."""

    def who(self) -> str:
        """The fingerprint of a session's own key; `for_all` where there are no keys, or none is in use."""


def for_all() -> str:
    """Nobody's own: what is read is the same for every session."""
    return ""


@cache
def shelf() -> Mapping[str, Source]:
    """Every source by its name, in their order."""
    return shelves.modules(__name__, __path__)


def find(ref: SourceRef) -> str:
    """The name of the source that reads this. Raises: BadInput where none does."""
    for name, source in shelf().items():
        if source.claims(ref):
            return name
    raise BadInput(
        f"{ref.text}: no such source; give `sample`, wandb://entity/project, a folder that holds W&B "
        "offline runs (run-ID.wandb files, at any depth), or exported tables (CSV, JSONL, Parquet)"
    )


def list_runs(
    where: str, filters: Mapping[str, str] | None = None, folder: Path | None = None
) -> Catalogue:
    """The runs of a SOURCE. `folder` is the cache, None for none. Raises: BadInput, Unreachable."""
    ref = SourceRef.parse(where)
    name = find(ref)
    kept_as = _kept_as(ref, shelf()[name])
    try:
        found = replace(shelf()[name].list_runs(ref, filters or {}), source=name)
    except (Refused, BadInput) as e:
        raise _of(ref, where, e) from e
    except Unreachable as e:
        kept = run_cache.fetch_listing(folder, kept_as) if folder and ref.is_remote else None
        if kept is None:
            raise _of(ref, where, e) from e
        problem = f"{e}; showing what was read {_ago(kept[1])}"
        return Catalogue(ref, replace(kept[0], problems=(problem,)), source=name)
    if folder is not None and ref.is_remote and not filters:
        run_cache.store_listing(folder, kept_as, found.listing)
    return found


def _of(ref: SourceRef, where: str, error: ActotError) -> ActotError:
    """The same error; where a text without a scheme was taken for a project, it says that no file has this name."""
    if not ref.is_remote or ref.host or SCHEME in where:
        return error
    return type(error)(f"{where}: no such file or folder here; as a W&B project: {error}")


def load(
    catalogue: Catalogue, run_id: str, *, revision: str | None = None, folder: Path | None = None
) -> Run:
    """One run with its whole history, on the steps that it declares, or that the SOURCE chooses.

    From the cache where its revision is the listed one. Raises: BadInput, Unreachable.
    """
    found, ref = _load(catalogue, run_id, revision, folder), catalogue.ref
    # A file may have `?step=` in its name.
    is_chosen = bool(ref.step) and (not ref.places or not ref.places[0].exists())
    return step_axis.on(found, ref.step) if is_chosen else step_axis.declared(found)


def _load(catalogue: Catalogue, run_id: str, revision: str | None, folder: Path | None) -> Run:
    """The run as its source holds it."""
    source = shelf()[catalogue.source or find(catalogue.ref)]
    kept_as = _kept_as(catalogue.ref, source)
    known = None if folder is None else run_cache.fetch(folder, kept_as, run_id)
    if known is not None and known.revision == revision:
        return known
    try:
        found = source.load(catalogue, run_id, known)
    except Refused:
        raise
    except Unreachable as e:
        if known is None:
            raise
        return replace(known, warnings=(*known.warnings, f"{STALE}: {e}"))
    if folder is not None and run_cache.store(folder, kept_as, found):
        # The arrays of the file are the system's to take back, those that were read are not.
        return run_cache.fetch(folder, kept_as, run_id) or found
    return found


def is_stale(run: Run) -> bool:
    """Whether the source did not answer, so that this is what an earlier look found."""
    return any(w.startswith(STALE) for w in run.warnings)


def _kept_as(ref: SourceRef, source: Source) -> str:
    """The SOURCE in the cache: what was read with a session's own key is for that key alone."""
    who = source.who()
    return f"{ref.identity}\0{who}" if who else ref.identity


def _ago(then: datetime) -> str:
    """`3 h ago`."""
    seconds = (datetime.now(UTC) - then).total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"
