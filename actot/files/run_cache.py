"""What was read once: one Arrow file per run in a folder of its own, memory-mapped.

A file ends with a checksum of all before it. It is written beside its place and moved there, so that two
processes never see half of one. A file that is torn, damaged, of another version or of another run counts
as absent.
"""

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actot.bounded_memory import BoundedMemory
from actot.files import atomic_write
from actot.records import Listing, Run, RunInfo, Series

VERSION = 5
LARGEST = 2 * 1024**3  # bytes of all files; the least recently used go first
RUN, LISTING = ".arrow", ".json"
CHECKSUM = 4  # bytes
# The errors that a foreign file, or one of another version, is read with.
DECODING_ERRORS = (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError)


def default_folder() -> Path:
    """Where the cache of this user lives."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("actot", appauthor=False))


def fetch(folder: Path, where: str, run_id: str, keys: Iterable[str] | None = None) -> Run | None:
    """The run as it was stored, with all its series or those of some keys; None where it is absent.

    The arrays are views of the mapped file.
    """
    import pyarrow as pa

    path = _path(folder, where, run_id, RUN)
    try:
        whole = _checked(pa.memory_map(str(path)).read_buffer())
        table = pa.ipc.open_file(pa.BufferReader(whole)).read_all()
        facts = json.loads(table.schema.metadata[b"run"])
        if facts.pop("cache_version") != VERSION or facts["id"] != run_id:
            return None
        wanted = None if keys is None else set(keys)
        series = {s.key: s for s in _series(table) if wanted is None or s.key in wanted}
        with contextlib.suppress(OSError):
            os.utime(path)  # a folder that may only be read is of use all the same
        return Run(**{**facts, **_tuples(facts)}, series=series)
    except (*DECODING_ERRORS, pa.ArrowException):
        return None


def store(folder: Path, where: str, run: Run) -> bool:
    """Keep a run; False where the folder cannot be written, which costs the next look its speed only."""
    import pyarrow as pa

    facts = {f.name: getattr(run, f.name) for f in fields(Run) if f.name != "series"}
    try:
        text = json.dumps({**facts, "cache_version": VERSION}, default=dict)
    except DECODING_ERRORS:
        return False  # a config that no file holds
    rows = list(run.series.values())
    offsets = [0]
    for one in rows:
        offsets.append(offsets[-1] + len(one))
    columns = {"steps": pa.int64(), "values": pa.float64()}
    arrays = [pa.array([s.key for s in rows], pa.string())]
    for name, kind in columns.items():
        parts = [pa.array(getattr(s, name), kind) for s in rows]
        flat = pa.concat_arrays(parts) if parts else pa.array([], kind)
        arrays.append(pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), flat))
    table = pa.table(arrays, names=["key", *columns]).replace_schema_metadata({"run": text})

    try:
        out = pa.BufferOutputStream()
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
        path = _path(folder, where, run.id, RUN)
        _keep(path, out.getvalue())
        _shrink(folder, path.stat().st_size)
    except OSError:
        return False
    return True


def fetch_listing(folder: Path, where: str) -> tuple[Listing, datetime] | None:
    """The listing as it was stored, and when that was; None where it is absent."""
    path = _path(folder, where, "", LISTING)
    try:
        tree = json.loads(bytes(_checked(path.read_bytes())))
        runs = tuple(RunInfo(**{**facts, **_tuples(facts)}) for facts in tree["runs"])
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return (Listing(runs), at) if tree["cache_version"] == VERSION else None
    except DECODING_ERRORS:
        return None


def store_listing(folder: Path, where: str, listing: Listing) -> bool:
    """Keep a listing; False where the folder cannot be written."""
    names = [f.name for f in fields(RunInfo)]
    runs = [{name: getattr(r, name) for name in names} for r in listing.runs]
    tree = {"cache_version": VERSION, "runs": runs}
    try:
        data = json.dumps(tree, default=dict).encode()
    except DECODING_ERRORS:
        return False
    try:
        _keep(_path(folder, where, "", LISTING), data)
    except OSError:
        return False
    return True


def _keep(path: Path, data: Any) -> None:
    """Replace a file by these bytes and their checksum, in a folder for this user alone. Raises: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    checksum = zlib.crc32(data).to_bytes(CHECKSUM, "little")
    atomic_write.replace_file(path, (data, checksum), private=True)


def _checked(data: Any) -> memoryview:
    """What a file holds before its checksum. Raises: ValueError where that is another."""
    whole, end = memoryview(data)[:-CHECKSUM], memoryview(data)[-CHECKSUM:]
    if zlib.crc32(whole) != int.from_bytes(end, "little"):
        raise ValueError("a torn or damaged file")
    return whole


def clear(folder: Path) -> int:
    """Remove everything that is kept; the bytes that were freed."""
    freed = 0
    for path in _files(folder):
        with contextlib.suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            freed += size
    return freed


def size(folder: Path) -> int:
    """The bytes that are kept."""
    return sum(stat.st_size for _, stat in _stats(folder))


def _series(table: Any) -> Iterator[Series]:
    for batch in table.to_batches():
        keys = batch.column("key").to_pylist()
        steps, values = (batch.column(name) for name in ("steps", "values"))
        offsets = steps.offsets.to_numpy()
        flat = (steps.values.to_numpy(zero_copy_only=True), values.values.to_numpy())
        for key, low, high in zip(keys, offsets[:-1], offsets[1:], strict=True):
            yield Series(key, flat[0][low:high], flat[1][low:high])


def _tuples(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON has no tuples."""
    known: dict[str, Any] = {name: tuple(facts[name]) for name in ("tags", "warnings")}
    if "earlier" in facts:
        known["earlier"] = tuple((step, config) for step, config in facts["earlier"])
        known["rewinds"] = tuple((reached, began) for reached, began in facts["rewinds"])
        known["fork"] = None if facts["fork"] is None else tuple(facts["fork"])
    return known


def _path(folder: Path, where: str, run_id: str, suffix: str) -> Path:
    """The file of a run; `where` is the identity of its source."""
    # The name of a folder may hold bytes that are no text.
    name = hashlib.sha256(f"{where}\0{run_id}".encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return folder / (name + suffix)


# Folder -> the bytes that this process has stored since it last looked through it.
_unseen: BoundedMemory[Path, int] = BoundedMemory(64)


def _shrink(folder: Path, stored: int) -> None:
    """Remove the least recently used files until the rest fits.

    A look goes through every file, so there is one at the first store, and then for every twentieth of the limit.
    """
    unseen = _unseen.get(folder)
    if unseen is not None and unseen + stored < LARGEST / 20:
        _unseen[folder] = unseen + stored
        return
    _unseen[folder] = 0
    kept = sorted(_stats(folder), key=lambda pair: pair[1].st_mtime)
    total = sum(stat.st_size for _, stat in kept)
    for path, stat in kept:
        if total <= LARGEST:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            total -= stat.st_size


def _files(folder: Path) -> list[Path]:
    return [p for kind in (RUN, LISTING, atomic_write.BESIDE) for p in folder.glob(f"*{kind}")]


def _stats(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in _files(folder):
        with contextlib.suppress(OSError):
            found.append((path, path.stat()))
    return found
