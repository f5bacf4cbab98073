"""The shelf of loggers whose tables want a word of explanation. Each module is a Logger: a new file is one more.

A logger makes a plain table of its own: a step column and a column per metric, and it says whose run the file is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from typing import Protocol

from actot import shelves
from actot.tables import file_formats
from actot.tables.table_reader import Table


@dataclass(frozen=True)
class Sheet:
    """A table where it lies: in these folders, outermost first. `run` is the run that it is of.

    `is_log`: it is the log of this one run; `is_named`: the name of the file says which.
    Absent: `home`, how many of the folders are the run's own, is 0 where the file alone is the run's.
    """

    name: str
    table: Table
    folders: tuple[str, ...] = ()
    run: str = ""
    home: int = 0
    is_log: bool = False
    is_named: bool = False

    @property
    def file(self) -> str:
        """The name of the file alone."""
        return PurePosixPath(self.name).name

    @property
    def stem(self) -> str:
        """That name without its suffix."""
        return file_formats.stem(self.file)


class Logger(Protocol):
    """What a module of the shelf has."""

    ORDER: int
    """Its place on the shelf: of several that know a table, the first reads it."""

    def plain(self, sheet: Sheet) -> Sheet | None:
        """The sheet as a plain table of one run; None where another logger wrote it. Raises: BadInput."""


@cache
def shelf() -> Mapping[str, Logger]:
    """Every logger by its name, in their order."""
    return shelves.modules(__name__, __path__)


def plain(sheet: Sheet) -> Sheet:
    """The sheet as the first logger that knows it reads it; else the run is called after the file. Raises: BadInput."""
    for logger in shelf().values():
        known = logger.plain(sheet)
        if known:
            return known if known.run else replace(known, run=sheet.stem)
    return replace(sheet, run=sheet.stem)
