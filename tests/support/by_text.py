"""The sources of the shelf, asked by the text of a SOURCE. A run is loaded from what was listed last there, or unlisted."""

from collections.abc import Mapping
from typing import Any

from actot import sources
from actot.records import Run
from actot.source_ref import SourceRef
from actot.sources import Catalogue


class ByText:
    """One source; anything but the contract is the module's own."""

    def __init__(self, name: str) -> None:
        self.source: Any = sources.shelf()[name]
        self.listed: dict[str, Catalogue] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    def claims(self, where: str) -> bool:
        return self.source.claims(SourceRef.parse(where))

    def list_runs(self, where: str, filters: Mapping[str, str] | None = None) -> Catalogue:
        self.listed[where] = self.source.list_runs(SourceRef.parse(where), filters or {})
        return self.listed[where]

    def load(self, where: str, run_id: str, known: Run | None = None) -> Run:
        catalogue = self.listed.get(where) or unlisted(where)
        return self.source.load(catalogue, run_id, known)


exports, offline, wandb_online = map(ByText, ("exports", "offline", "wandb_online"))


def unlisted(where: str) -> Catalogue:
    """A catalogue without what a look found."""
    return Catalogue(SourceRef.parse(where))
