"""Shelves: packages whose modules are found by looking, so that a new file is one more."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def modules(package: str, folders: Iterable[str]) -> dict[str, Any]:
    """The modules of a package by their names, in the order of their `ORDER` where they have one."""
    found = {m.name: import_module(f"{package}.{m.name}") for m in iter_modules(folders)}
    return dict(sorted(found.items(), key=lambda pair: getattr(pair[1], "ORDER", 0)))
