"""The text with which a user names runs, read once: `sample`, wandb://entity/project, a folder or a file."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

SAMPLE, SCHEME, STEP = "sample", "://", "?step="


@dataclass(frozen=True)
class SourceRef:
    """A SOURCE as it was given, and what it means. Whether there is one there, it does not say.

    Absent: `path` is None for what lies on no disk, and for a home that nobody has.
    """

    text: str
    kind: Literal["sample", "server", "disk"]
    path: Path | None = None

    @classmethod
    def parse(cls, text: str) -> "SourceRef":
        """What a text means, whatever is in it; a relative path is one of the folder that is open now."""
        if text == SAMPLE:
            return cls(text, "sample")
        if SCHEME in text:
            return cls(text, "server")
        place = os.path.expanduser(text)
        # Links and `..` stay: where they lead may change.
        is_path = place and not place.startswith("~")
        return cls(text, "disk", Path(place).absolute() if is_path else None)

    @property
    def is_remote(self) -> bool:
        """Whether a server is asked, which may not answer, and may know users apart."""
        return self.kind == "server"

    @property
    def step(self) -> str:
        """The step column that the text chooses, "" for none."""
        return self.text.rpartition(STEP)[2] if self.path and STEP in self.text else ""

    @cached_property
    def places(self) -> tuple[Path, ...]:
        """Where it may lie on the disk: a file may have `?step=` in its name, so there may be two."""
        if self.path is None:
            return ()
        whole = str(self.path)
        # A folder above it may have it in its name as well.
        shorter = whole.rpartition(STEP)[0] if self.step else ""
        return (self.path, Path(shorter)) if shorter else (self.path,)

    @property
    def identity(self) -> str:
        """What it is kept under in the cache: a folder means the same from everywhere."""
        return self.text if self.path is None else os.path.abspath(self.path)
