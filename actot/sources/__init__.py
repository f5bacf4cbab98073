"""The shelf of sources. A source is a module with

- `LABEL`: what the picker calls it;
- `claims(where)`: whether this SOURCE text is meant for it;
- `list_runs(where)`: the Listing, newest first;
- `load(where, run_id)`: the Run with its whole history.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from actot.errors import BadInput
from actot.records import Listing, Run


def shelf() -> Iterator[ModuleType]:
    """Every source, by file name."""
    for module in iter_modules(__path__):
        yield import_module(f"{__name__}.{module.name}")


def find(where: str) -> ModuleType:
    """The source that reads this SOURCE text. Raises: BadInput where none does."""
    for source in shelf():
        if source.claims(where):
            return source
    raise BadInput(
        f"{where}: no such source; give `sample` or a folder that holds W&B offline runs "
        "(run-ID.wandb files, at any depth)"
    )


def list_runs(where: str) -> Listing:
    """The runs of a source. Raises: BadInput, Unreachable."""
    return find(where).list_runs(where)


def load(where: str, run_id: str) -> Run:
    """One run of a source with its whole history. Raises: BadInput, Unreachable."""
    return find(where).load(where, run_id)
