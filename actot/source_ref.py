"""The text with which a user names runs, read once: `sample`, a W&B project or its address, a folder or a file."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

SAMPLE, SCHEME, SERVER, STEP = "sample", "://", "wandb://", "?step="
PART = r"[^/?#\s]+"
# As the browser shows it: the project, with or without a run, a tab and what was chosen on the page.
ADDRESS = re.compile(
    rf"(?:https?://(?P<host>{PART})|(?:www\.)?wandb\.ai)/(?P<entity>{PART})/(?P<project>{PART})"
    rf"(?:/(?:runs/(?P<run>{PART}))?[^?#\s]*)?(?:[?#]\S*)?"
)
FILES = (
    ".csv",
    ".tsv",
    ".txt",
    ".json",
    ".jsonl",
    ".ndjson",
    ".parquet",
    ".wandb",
    ".yaml",
    ".yml",
)
PROJECT = re.compile(r"(?P<entity>\w[\w-]*)/(?P<project>\w[\w.-]*)")
CHOICE = re.compile(r"(?s)(.+)[?&](step|run|config)=(.*)\Z")


@dataclass(frozen=True)
class Choice:
    """The columns that a SOURCE chooses behind its path: `?step=COLUMN`, `?run=COLUMN`, `?config=COLUMN,COLUMN`.

    They stand one behind the other, with `?` or `&`. Absent: "" where none is chosen.
    """

    step: str = ""
    run: str = ""
    config: str = ""


@dataclass(frozen=True)
class SourceRef:
    """A SOURCE as it was given, and what it means. Whether there is one there, it does not say.

    A project on a server is always `wandb://entity/project`, however it was written; `run` is the run and `host` the server
    of a pasted address. Absent: `path` is None for what lies on no disk, and for a home that nobody has; "" where none was
    pasted.
    """

    text: str
    kind: Literal["sample", "server", "disk"]
    path: Path | None = None
    run: str = ""
    host: str = ""

    @classmethod
    def parse(cls, text: str) -> "SourceRef":
        """What a text means, whatever is in it; a relative path is one of the folder that is open now.

        `entity/project` is a project where no such file or folder is there.
        """
        plain, step, key = text.strip().rpartition(STEP) if STEP in text else (text.strip(), "", "")
        if text == SAMPLE or (plain == SAMPLE and step):
            return cls(text, "sample")
        pasted = ADDRESS.fullmatch(plain)
        if pasted:
            parts = {k: unquote(v or "") for k, v in pasted.groupdict().items()}
            project = f"{SERVER}{parts['entity']}/{parts['project']}"
            return cls(project + step + key, "server", run=parts["run"], host=parts["host"])
        if SCHEME in text:
            return cls(text, "server")
        if PROJECT.fullmatch(plain) and _may_be_project(plain):
            return cls(f"{SERVER}{plain}{step}{key}", "server")
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
        """The step column or key that the text chooses, "" for none."""
        if self.path is not None:
            return self.readings[-1][1].step
        return self.text.rpartition(STEP)[2] if STEP in self.text else ""

    def on_step(self, key: str) -> str:
        """The text with another step column or key, "" for none."""
        left = self.text
        if self.step:
            left = re.sub(rf"[?&]step={re.escape(self.step)}(?=[?&]|\Z)", "", left)
        return f"{left}{STEP}{key}" if key else left

    @property
    def plain(self) -> str:
        """The text of a project without the step that it chooses."""
        return self.text.rpartition(STEP)[0] if self.step else self.text

    @cached_property
    def readings(self) -> tuple[tuple[Path, Choice], ...]:
        """(place, what is chosen there): a name on the disk may hold a `?step=` of its own, so there may be several."""
        if self.path is None:
            return ()
        left, chosen = str(self.path), dict[str, str]()
        found = [(self.path, Choice())]
        # A folder above it may have one in its name as well.
        while (split := CHOICE.match(left)) and split[2] not in chosen and split[3]:
            left = split[1]
            chosen[split[2]] = split[3]
            found.append((Path(left), Choice(**chosen)))
        return tuple(found)

    @cached_property
    def places(self) -> tuple[Path, ...]:
        """Where it may lie on the disk."""
        return tuple(path for path, _ in self.readings)

    @property
    def identity(self) -> str:
        """What it is kept under in the cache: a folder means the same from everywhere."""
        return self.text if self.path is None else os.path.abspath(self.path)


def _may_be_project(text: str) -> bool:
    """Whether nothing of that name, nor of its first part, lies here, and it has no ending of a file."""
    try:
        is_here = Path(text.partition("/")[0]).exists()
    except (OSError, ValueError):
        return False
    return not is_here and Path(text).suffix.lower() not in FILES
