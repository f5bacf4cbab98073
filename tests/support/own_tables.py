"""Small tables that a test writes itself, and the runs that are read of them."""

from pathlib import Path

from actot import sources
from actot.records import Run

# Six rows `step,value`: 10, 20, ... and 1, 1/2, ...
STEPS = [f"{10 * i},{1 / i}" for i in range(1, 7)]


def read(where: Path | str) -> dict[str, Run]:
    """Every run of a source by its id."""
    listed = sources.list_runs(str(where))
    return {info.id: sources.load(listed, info.id) for info in listed.runs}


def only(where: Path | str) -> Run:
    """The one run of a source."""
    (run,) = read(where).values()
    return run


def written(path: Path, text: str) -> Path:
    """The path of a file that now holds this text, its folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def table(path: Path, *lines: str) -> Path:
    """The path of a table of these lines."""
    return written(path, "".join(f"{line}\n" for line in lines))


def points(run: Run, key: str) -> list[tuple[int, float]]:
    """(step, value) of each point of a series."""
    series = run.series[key]
    return list(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def said(run: Run) -> str:
    """All warnings of a run in one text."""
    return " ".join(run.warnings)
