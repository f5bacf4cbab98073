"""Every reader against damaged bytes: what is whole comes back, and nothing is raised but one sentence.

`make fuzz`    every count in full; prints a line per reader. tests/test_fuzz.py runs a part of it.

A `.wandb` file is judged by an oracle of its own: the blocks and chunks are found here, the records
are decoded by the message classes of the W&B client.
"""

import gzip
import io
import json
import os
import pickle
import random
import re
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq

from actot import profile, report
from actot.analysis import flat_config
from actot.errors import ActotError
from actot.files import run_cache as kept
from actot.records import Listing, Run, RunInfo
from actot.wandb_io import offline_file, run_history, server_api
from actot.wandb_io.protobuf_records import RunFile
from support import builders, wandb_server
from support.by_text import exports, offline, wandb_online
from support.wandb_server import Served, Server

BLOCK, HEADER, CHUNK = 32 * 1024, 7, struct.Struct("<IHB")
SAMPLE = builders.ROOT / "actot" / "sample" / "runs"
RUN_ID = "damaged"
NASTY = (
    b"\0",
    b"\n",
    b"\r",
    b'"',
    b",",
    b"{",
    b"[" * 50,
    b"nan",
    b"1e999",
    b"9" * 400,
    b"-9223372036854775809",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"&a [*a]",
    b"<<: *a",
    b"2025-99-99",
    b"!!int x",
    b"1:2:3",
    b"null",
    b"~",
)
ODD = (
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    1e308,
    "",
    "x",
    "\ud800",
    "NaN",
    [],
    {},
    [None],
    {"value": 1},
    ["x", 1],
)


@dataclass
class Tally:
    """How many inputs a reader was given, how many it read, and how many it refused with a sentence."""

    reader: str
    read: int = 0
    refused: int = 0
    seconds: float = 0.0

    @property
    def tried(self) -> int:
        """All inputs."""
        return self.read + self.refused

    def __str__(self) -> str:
        return (
            f"{self.reader}: {self.tried} tried, {self.read} read, {self.refused} refused, "
            f"{self.seconds:.0f} s"
        )


@contextmanager
def counting(reader: str) -> Iterator[Tally]:
    """A tally that knows how long it took."""
    found, start = Tally(reader), time.monotonic()
    yield found
    found.seconds = time.monotonic() - start


def attempt(tally: Tally, what: Any, act: Callable[[], Any]) -> Any:
    """What comes of reading, None for a refusal. Raises: AssertionError for any other error."""
    try:
        found = act()
    except ActotError as e:
        sentence(str(e))
        tally.refused += 1
        return None
    except Exception as e:
        raise AssertionError(
            f"{tally.reader}: {type(e).__name__}: {e}; input {what!r:.2000}"
        ) from e
    tally.read += 1
    return found


def sentence(text: str) -> None:
    """An error is one line that a person can read and a terminal can show."""
    assert text and "\n" not in text and len(text) < 1500, text[:2000]
    text.encode()


def sound(info: RunInfo) -> None:
    """Every text of a run is one and can be written down, and its series keep their promises."""
    texts = (info.id, info.name, info.state, info.url, info.group, info.created, *info.tags)
    assert all(isinstance(t, str) for t in texts) and info.id, texts
    more = [dict(info.config), dict(info.versions), info.warnings, info.revision]
    json.dumps([*texts, *more], ensure_ascii=False).encode()
    for key, one in info.series.items() if isinstance(info, Run) else ():
        key.encode()
        assert (one.steps[1:] > one.steps[:-1]).all(), key
        assert len(one.steps) == len(one.values) > 0, key


def damaged(data: bytes, rng: random.Random) -> bytes:
    """One random damage: a cut, flips, or a piece that is missing, doubled or foreign."""
    out = bytearray(data)
    at = rng.randrange(len(out) + 1)
    kind = rng.randrange(7)
    if kind == 0:
        del out[at:]
    elif kind == 1:
        del out[at : at + rng.choice((1, 2, 8, 40))]
    elif kind == 2:
        out[at:at] = out[at : at + rng.choice((1, 8, 40, 200))]
    elif kind == 3:
        out[at:at] = rng.choice(NASTY)
    elif kind == 4:
        out[at : at + 8] = rng.choice(NASTY)
    else:
        for _ in range(rng.choice((1, 1, 2, 8))):
            out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def distorted(tree: Any, rng: random.Random) -> Any:
    """A copy of a JSON tree with one node replaced, removed or doubled."""
    new = json.loads(json.dumps(tree))
    places = [(node, key) for node in _nodes(new) for key in _keys(node)]
    if not places:
        return rng.choice(ODD)
    node, key = rng.choice(places)
    kind = rng.randrange(6)
    if kind == 0:
        del node[key]
    elif kind == 1 and isinstance(node, list):
        node.insert(key, json.loads(json.dumps(node[key])))
    elif kind == 2 and isinstance(node, dict):
        node[rng.choice(("", "x", "a.b", "\ud800", "_type", "value"))] = node.pop(key)
    elif kind == 3 and isinstance(node[key], str) and node[key]:
        node[key] = damaged(node[key].encode("utf-8", "replace"), rng).decode("latin-1")
    else:
        node[key] = rng.choice(ODD)
    return new


def _nodes(tree: Any) -> Iterator[Any]:
    if isinstance(tree, dict | list):
        yield tree
        for child in tree.values() if isinstance(tree, dict) else tree:
            yield from _nodes(child)


def _keys(node: Any) -> Iterable[Any]:
    return list(node) if isinstance(node, dict) else range(len(node))


# Run files ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """One record of a run file: where its chunks begin and end, and the points that it logs."""

    chunks: tuple[tuple[int, int], ...]
    kind: str
    points: tuple[tuple[int, str, bytes], ...] = ()

    @property
    def end(self) -> int:
        """The byte after it."""
        return self.chunks[-1][1]


def records(data: bytes) -> list[Record]:
    """The records of a whole run file, by the layout of LevelDB's log and the client's own classes."""
    from wandb.proto import wandb_internal_pb2

    found, pos, chunks, payload = [], HEADER, [], b""
    while pos < len(data):
        if BLOCK - pos % BLOCK < CHUNK.size:
            pos += BLOCK - pos % BLOCK
            continue
        _, length, kind = CHUNK.unpack_from(data, pos)
        end = pos + CHUNK.size + length
        chunks.append((pos, end))
        payload += data[pos + CHUNK.size : end]
        pos = end
        if kind in (offline_file.FULL, offline_file.LAST):
            message = wandb_internal_pb2.Record.FromString(payload)
            what = message.WhichOneof("record_type") or ""
            points = _points(message.history) if what == "history" else ()
            found.append(Record(tuple(chunks), what, tuple(points)))
            chunks, payload = [], b""
    assert not chunks, "the file is not whole"
    return found


def _points(row: Any) -> Iterator[tuple[int, str, bytes]]:
    items = [(".".join(i.nested_key) or i.key, i.value_json) for i in row.item]
    step = row.step.num if row.HasField("step") else int(dict(items)["_step"])
    for key, text in items:
        value = json.loads(text)
        if (type(value) in (int, float)) or value in ("NaN", "Infinity", "-Infinity"):
            yield step, key, text.encode()


def logged(found: RunFile) -> list[tuple[int, str, bytes]]:
    """The points that the reader found, in its order."""
    history, at, points = found.history, 0, []
    names = list(history.names)
    for step, count in zip(history.steps, history.counts, strict=True):
        part = slice(at, at + count)
        keys, texts = history.keys[part], history.texts[part]
        points += [(step, names[k], t) for k, t in zip(keys, texts, strict=True)]
        at += count
    return points


def large_run() -> bytes:
    """A real run of many blocks, as it comes with the app."""
    return next(SAMPLE.rglob("run-base_a_s1.wandb")).read_bytes()


def small_run(size: int = 2 * BLOCK) -> bytes:
    """The records of a real run that end within so many bytes."""
    data = next(SAMPLE.rglob("run-upd_reg.wandb")).read_bytes()
    return data[: max(r.end for r in records(data) if r.end <= size)]


def ends(data: bytes, around: int = 8) -> list[int]:
    """The lengths around every end of a block, a chunk or a record."""
    seams = {end for r in records(data) for _, end in r.chunks} | set(range(0, len(data), BLOCK))
    near = {s + d for s in seams for d in range(-around, around + 1)}
    return sorted(n for n in near if 0 <= n <= len(data))


def wandb_cuts(data: bytes, lengths: Iterable[int], folder: Path) -> Tally:
    """Every record that ends before the cut comes back, nothing else does, and the cut is said."""
    whole, path = records(data), folder / f"run-{RUN_ID}.wandb"
    points = [p for r in whole for p in r.points]
    stops = {HEADER, *(r.end for r in whole)}
    # Up to a seam the file is whole; so it is within the zeros that fill a block.
    with counting(".wandb, cut") as tally:
        for length in lengths:
            path.write_bytes(data[:length])
            before = [r for r in whole if r.end <= length]
            found = attempt(tally, length, lambda: offline_file.read(path))
            attempt(Tally("ends"), length, lambda: offline_file.read_ends(path))
            n = sum(len(r.points) for r in before)
            if found is None:
                assert not any(r.kind == "run" for r in before) and not n, length
                continue
            assert logged(found) == points[:n], length
            assert (found.exit_code is not None) == any(r.kind == "exit" for r in before), length
            assert found.end == (before[-1].end if before else 0), length
            open_end = length not in stops and data[found.end : length].strip(b"\0") != b""
            assert not open_end or any(offline_file.OPEN_END in w for w in found.warnings), length
    return tally


def wandb_flips(data: bytes, places: Iterable[int], rng: random.Random, folder: Path) -> Tally:
    """Every record outside of the damaged chunk and the rest of its block comes back; the rest is said."""
    whole, path = records(data), folder / f"run-{RUN_ID}.wandb"
    points = [p for r in whole for p in r.points]
    has_end = any(r.kind == "exit" for r in whole)
    with counting(".wandb, flipped") as tally:
        for at in places:
            broken = bytearray(data)
            broken[at] ^= rng.randint(1, 255)
            path.write_bytes(broken)
            found = attempt(tally, at, lambda: offline_file.read(path))
            attempt(Tally("ends"), at, lambda: offline_file.read_ends(path))
            left = [r for r in whole if not _is_hit(r, at)]
            must = [p for r in left for p in r.points]
            if found is None:
                assert not must, at
                continue
            got = logged(found)
            assert _within(must, got) and _within(got, points), at
            assert found.run_id
            if got != points or (has_end and found.exit_code is None):
                block = at - at % BLOCK
                said = [int(n) for w in found.warnings for n in re.findall(r"byte (\d+)", w)]
                assert any(block <= n <= block + BLOCK for n in said), (at, found.warnings)
    return tally


def _is_hit(record: Record, at: int) -> bool:
    """Whether a damaged byte may cost a record: it lies in the record or before it in one of its blocks."""
    return any(begin // BLOCK == at // BLOCK and at < end for begin, end in record.chunks) and (
        at >= HEADER
    )


def _within(some: Sequence[Any], more: Sequence[Any]) -> bool:
    """Whether the items of `some` are in `more`, in their order."""
    if some == more:
        return True
    rest = iter(more)
    return all(item in rest for item in some)


def offline_runs(data: bytes, n: int, rng: random.Random, folder: Path) -> Tally:
    """A damaged file among whole ones: the whole ones are listed and read, the damaged one as far as it goes."""
    good, bad = folder / "run-good.wandb", folder / f"run-{RUN_ID}.wandb"
    whole = small_run(BLOCK)
    good.write_bytes(whole)
    (good_id,) = [i.id for i in offline.list_runs(str(folder)).runs]
    points = offline.load(str(folder), good_id).series
    with counting("folder of runs") as tally:
        for _ in range(n):
            bad.write_bytes(damaged(data, rng))
            listing = attempt(tally, "", lambda: offline.list_runs(str(folder)))
            assert good_id in {r.id for r in listing.runs}
            for info in listing.runs:
                run = attempt(Tally("load"), "", lambda i=info: offline.load(str(folder), i.id))
                if run is not None:
                    sound(run)
                    assert info.id != good_id or run.series.keys() == points.keys()
    bad.unlink()
    return tally


# Tables ---------------------------------------------------------------------------------------------


@cache
def tables() -> Mapping[str, bytes]:
    """Small tables of every kind and shape."""
    lines = ["run,_step,loss,rate,config.lr,created,tags"]
    lines += [
        f'r{i % 2},{i},{1 / (i + 1)!r},{i}/20,0.001,2025-01-0{1 + i % 9},"a, b"' for i in range(12)
    ]
    plain = [f"{i}\t{i / 7!r}\t{2.0**-i!r}" for i in range(1, 30)]
    chart = ["Step,act - loss,act - loss__MIN,act - loss__MAX", *(f"{i},1.5,1,2" for i in range(6))]
    rows = [
        {"_step": i, "loss": 1 / (i + 1), "eval": {"er": i / 9}, "odd": "NaN", "n": 10**i}
        for i in range(20)
    ]
    long = [{"run": "a", "step": i, "key": k, "value": i} for i in range(9) for k in ("x", "y")]
    columns = {
        "_step": list(range(40)),
        "loss": [None if i % 7 == 0 else i / 3 for i in range(40)],
        "name": ["act"] * 40,
        "eval": [{"er": i / 9, "note": "x"} for i in range(40)],
        "config": [{"lr": 1e-5, "a": {"b": [1, 2]}}] * 40,
        "when": pa.array(range(40), pa.timestamp("ns")),
        "wide": pa.array([str(i) for i in range(40)], pa.large_string()),
        "part": pa.array(["a", "b"] * 20).dictionary_encode(),
        "amount": pa.array(range(40)).cast(pa.decimal128(25, 3)),
        "many": [[1, 2], [3]] * 20,
    }
    found = {
        "quoted.csv": "\n".join(lines) + "\n",
        "plain.tsv": "\n".join(["step\tloss\trate", *plain]) + "\n",
        "chart.csv": "\n".join(chart) + "\n",
        "semicolon.csv": "step;loss\n" + "".join(f"{i};{i},5\n" for i in range(12)),
        "rows.jsonl": "".join(json.dumps(r) + "\n" for r in rows),
        "long.ndjson": "".join(json.dumps(r) + "\n" for r in long),
    }
    encoded = {name: text.encode() for name, text in found.items()}
    encoded["utf16.csv"] = found["quoted.csv"].encode("utf-16")
    for name in ("plain.tsv", "rows.jsonl"):
        encoded[f"{name}.gz"] = gzip.compress(encoded[name], mtime=0)
    for name, options in {
        "pages.parquet": {"write_page_checksum": True},
        "plain.parquet": {"compression": "none", "use_dictionary": False},
    }.items():
        out = io.BytesIO()
        pq.write_table(pa.table(columns), out, **options)
        encoded[name] = out.getvalue()
    return encoded


def table_damage(name: str, n: int, rng: random.Random) -> Tally:
    """A damaged table is read or refused."""
    with counting(f"table {name}") as tally:
        for _ in range(n):
            data = damaged(tables()[name], rng)
            for run in attempt(tally, data, lambda d=data: exports.from_bytes(name, d)) or ():
                sound(run)
    return tally


LINES = ("plain.tsv", "rows.jsonl")


def table_lines(name: str, n: int, rng: random.Random) -> Tally:
    """A damaged byte costs its own line (two, where it is a line end), a cut what follows it."""
    data = tables()[name]
    (whole,) = exports.from_bytes(name, data)
    there = whole.series["loss"]
    wanted = dict(zip(there.steps.tolist(), there.values.tolist(), strict=True))
    steps = set(wanted)
    starts = [0] + [m.end() for m in re.finditer(rb"\n", data)]
    first = starts[1] if name.endswith("sv") else 0
    with counting(f"lines of {name}") as tally:
        for _ in range(n):
            at = rng.randrange(first, len(data))
            broken = bytearray(data)
            broken[at] = rng.randrange(256)
            line = sum(s <= at for s in starts) - 1
            hit = {line, line + 1} if data[at : at + 1] == b"\n" else {line}
            run = attempt(tally, bytes(broken), lambda b=broken: exports.from_bytes(name, bytes(b)))
            lost = {_step_of(name, data, starts, i) for i in hit}
            assert run is not None, broken
            found = run[0].series["loss"]
            assert steps - lost <= set(found.steps.tolist()), (at, bytes(broken))
            # The damaged line may name the step of another now, and the later one counts.
            after = bytes(broken[starts[line] : (*starts, 0)[max(hit) + 1] or None])
            named = {int(digits) for digits in re.findall(rb"\d{1,9}", after)}
            for step, value in zip(found.steps.tolist(), found.values.tolist(), strict=True):
                if step in steps - lost - named:
                    assert value == wanted[step], (at, step)
    return tally


def _step_of(name: str, data: bytes, starts: Sequence[int], line: int) -> int | None:
    if line + 1 >= len(starts):
        return None
    text = data[starts[line] : starts[line + 1]].decode()
    return json.loads(text)["_step"] if "json" in name else int(text.split("\t")[0])


# Profiles, configs, reports -------------------------------------------------------------------------

PROFILE = """\
name: x
judge: [m]
metrics:
  m: {keys: [a/b, c], direction: lower, title: {en: M, zh: M}, every: k}
  r: {ratio: [m, m], group: g, percent: [a/b]}
knobs:
  k: {group: g, scale: log, cases: [{when: {p: 1}, read: [k], write: [k]}, {read: [o.k]}], sweep_factors: [0.5, 2]}
  l: {cases: [{ratio: [a, b]}], disabled_when: {k: 1}, effective: false}
tail: {fraction: 0.1, least: 5, most: 100}
noise: {prior: 0.04, prior_df: 4}
divergence: [m]
same_knobs: [k]
defaults: [{when: {p: 1}, values: {k: 2}}]
shadowed: [{when: {p: {same_as: k}}, paths: ["o.*"]}]
explicit: {unlocks: [k], set: {p: 1}}
template_keys: {lr: k, x: {knob: l, values: {a: 1}}}
rules: {drift: {share: 0.1}}
bookkeeping: ["wandb.*"]
"""


def profiles(n: int, rng: random.Random) -> Tally:
    """A damaged profile is read or refused: half damaged as text, half as a tree."""
    import yaml

    tree = yaml.safe_load(PROFILE)
    with counting("profile") as tally:
        for at in range(n):
            if at % 2:
                text = damaged(PROFILE.encode(), rng).decode("utf-8", "replace")
            else:
                text = json.dumps(distorted(tree, rng))
            attempt(tally, text, lambda t=text: profile.parse(t, "mine.yaml"))
    return tally


def run_configs(n: int, rng: random.Random, folder: Path) -> Tally:
    """A damaged train config beside a table is left out with a word; the run is read all the same."""
    import yaml

    (folder / "t.csv").write_text("step,loss\n1,0.5\n2,0.25\n")
    tree = builders.BASE
    texts = {"t.config.json": json.dumps(tree), "t.config.yaml": yaml.safe_dump(tree)}
    with counting("train config") as tally:
        for at in range(n):
            name = list(texts)[at % 2]
            if at % 3:
                data = damaged(texts[name].encode(), rng)
            else:
                data = json.dumps(distorted(tree, rng)).encode()
            path = folder / name
            path.write_bytes(data)
            (info,) = attempt(tally, data, lambda: exports.list_runs(str(folder))).runs
            sound(info)
            assert info.config or info.warnings or not data.strip()
            attempt(
                Tally("flat"), data, lambda i=info: flat_config.flatten(i.config, ("term_name",))
            )
            path.unlink()
    return tally


def reports(n: int, rng: random.Random, folder: Path) -> Tally:
    """Every byte before an update stays, whatever it is; a file that cannot be written is as it was."""
    found = builders.planted_study()
    whole = report.write(found, "en").encode()
    path = folder / "report.md"
    with counting("report to append to") as tally:
        for at in range(n):
            before = damaged(whole, rng) if at % 4 else rng.randbytes(rng.randrange(300))
            after = attempt(tally, before, lambda b=before: report.appended(b, found, "en"))
            assert after is None or (after.startswith(before) and len(after) > len(before))
            if at % 10 == 0:
                path.write_bytes(before)
                added = attempt(Tally("file"), before, lambda: report.append(found, path, "zh"))
                assert path.read_bytes().startswith(before) and added in (True, False)
    return tally


# Server ---------------------------------------------------------------------------------------------


def served() -> Server:
    """A server with three runs; it need not be started to be asked."""
    rows = list(wandb_server.rows(30, 10, ("train/loss", "lr")))
    rows[3]["train/loss"], rows[4]["lr"] = "NaN", "Infinity"
    rows[5]["eval"] = {"er": 0.5, "deep": {"l1": 0.25}}
    rows[6] |= {"note": "a word", "image": {"_type": "image-file", "width": 640}}
    client = {"_wandb": {"python_version": "3.12.1", "cli_version": "0.31.0"}}
    return Server(
        [
            Served("live", rows=rows, config={**builders.BASE, **client}, tags=("a",), group="g"),
            Served("mixed", rows=rows[:20], exported=12, files=2, commit="c0ffee"),
            Served("empty", config={"a": 1}),
        ]
    )


def link() -> Any:
    """A connection that asks nobody."""
    return SimpleNamespace(host="server", page="https://server/", base_url="https://server")


class Answers:
    """What the seam to the server gives, one answer or export of each look damaged."""

    def __init__(self, server: Server, rng: random.Random) -> None:
        self.server, self.rng = server, rng
        self.left, self.asked = -1, 0  # until the first look every answer is whole
        self.last: Any = None

    def begin(self) -> None:
        """The next look: which of its questions gets the damaged answer is drawn."""
        self.left, self.asked = self.rng.randrange(4), 0

    def ask(self, link: Any, query: str, variables: Mapping[str, Any]) -> Any:
        """In the place of wandb_api.ask."""
        self.asked += 1
        assert self.asked < 5_000, "the reader asks without end"
        name = re.search(r"query (\w+)", query)
        assert name
        answer = self.server.answer(name[1], variables)
        self.left -= 1
        if self.left == -1:
            answer = distorted(answer, self.rng)
            for node in _nodes(answer):
                # The config and the rows of a history are JSON in a text.
                for key in _keys(node):
                    text = node[key]
                    if isinstance(text, str) and text[:1] == "{" and self.rng.random() < 0.2:
                        node[key] = json.dumps(distorted(json.loads(text), self.rng))
            self.last = answer
        return answer

    def download(self, link: Any, url: str) -> bytes:
        """In the place of wandb_api.download."""
        parts = str(url).split("/")
        run = self.server.run(parts[-2]) if len(parts) > 1 else None
        files = run.parquet() if run else [b""]
        data = files[int(parts[-1]) % len(files)] if parts[-1].isdigit() else b""
        self.left -= 1
        if self.left == -1 and data:
            data = self.last = damaged(data, self.rng)
        return data


def answers(n: int, rng: random.Random) -> Tally:
    """Damaged answers of the server: the listing and the history, whole, in part, or one sentence."""
    server = served()
    # One run is too young to have been exported: once listed, it is asked for in another way.
    server.run("live").heartbeat = datetime.now(UTC).isoformat()
    given = Answers(server, rng)
    patches = {"connect": lambda entity: link(), "ask": given.ask, "download": given.download}
    with counting("server answer") as tally, mock.patch.multiple(server_api, **patches):
        known = {i: wandb_online.load(server.where, i) for i in ("live", "mixed")}
        short = {i: _earlier(server, i) for i in known}
        for at in range(n):
            given.begin()
            if at % 3 == 0:
                listing = attempt(tally, given, lambda: wandb_online.list_runs(server.where))
                for info in listing.runs if listing else ():
                    sound(info)
                continue
            run_id = ("live", "mixed")[at % 2]
            old = short[run_id] if at % 3 == 1 else None
            run = attempt(
                tally, given.last, lambda i=run_id, k=old: wandb_online.load(server.where, i, k)
            )
            if run is not None:
                sound(run)
    server._http.server_close()
    return tally


class DamagedServer(Server):
    """A server of which one answer in three is damaged."""

    rng = random.Random(0)

    def answer(self, operation: str, v: Mapping[str, Any], query: str = "") -> dict[str, Any]:
        """An answer; to the client's own questions a whole one."""
        found = super().answer(operation, v, query)
        ours = operation not in ("Viewer", "GetViewer", "GetDefaultEntity", "ServerFeaturesQuery")
        damage = ours and self.rng.random() < 0.3
        return distorted(found, self.rng) if damage else found


@contextmanager
def _environment(**names: str) -> Iterator[None]:
    """The client's environment; it leaves the address of its process there, which must not stay."""
    with mock.patch.dict(os.environ, names):
        os.environ.pop("WANDB_ENTITY", None)
        yield


def client_answers(n: int, rng: random.Random, folder: Path) -> Tally:
    """The same by the W&B client from a server that is asked over the wire."""
    made = served()
    server = DamagedServer(made.runs)
    made._http.server_close()
    server.rng = rng
    folders = {f"WANDB_{x}": str(folder) for x in ("CACHE_DIR", "CONFIG_DIR", "DATA_DIR", "DIR")}
    own = {"WANDB_BASE_URL": server.url, "WANDB_API_KEY": server.key, "NETRC": str(folder / "none")}
    with _environment(**folders, **own), server, counting("server answer, by the client") as tally:
        for at in range(n):
            if at % 3 == 0:
                found = attempt(tally, at, lambda: wandb_online.list_runs(server.where))
                infos: Iterable[RunInfo] = found.runs if found else ()
            else:
                run_id = ("live", "mixed")[at % 2]
                run = attempt(tally, at, lambda i=run_id: wandb_online.load(server.where, i))
                infos = [run] if run else ()
            for info in infos:
                sound(info)
            attempt(Tally("projects"), at, lambda: server_api.projects(server.entity))
    return tally


def _earlier(server: Server, run_id: str) -> Run:
    run = server.run(run_id)
    assert run is not None
    rows, run.rows = run.rows, run.rows[:-3]
    found = wandb_online.load(server.where, run_id)
    run.rows = rows
    return found


# Cache ----------------------------------------------------------------------------------------------


def cache_files(places: int, flips: int, rng: random.Random, folder: Path) -> Tally:
    """A damaged cache file counts as absent: what is fetched is what was stored, or nothing."""
    run = builders.healthy("r1", eval_l1=[1.0, float("nan"), float("inf"), 0.5])
    listing = Listing((run,))
    kept.store(folder, "w", run)
    kept.store_listing(folder, "w", listing)
    whole = kept.fetch(folder, "w", "r1")
    assert whole is not None
    kept_listing = kept.fetch_listing(folder, "w")
    assert kept_listing is not None
    with counting("cache file") as tally:
        for path in [*folder.glob("*.arrow"), *folder.glob("*.json")]:
            data = path.read_bytes()
            cuts = sorted({len(data) * i // places for i in range(places)})
            broken = [data[:n] for n in cuts]
            for _ in range(flips):
                flipped = bytearray(data)
                flipped[rng.randrange(len(data))] ^= rng.randint(1, 255)
                broken.append(bytes(flipped))
            for some in broken:
                path.write_bytes(some)
                found = attempt(tally, some, lambda: kept.fetch(folder, "w", "r1"))
                assert found is None or _as_bytes(found) == _as_bytes(whole)
                again = attempt(Tally("listing"), some, lambda: kept.fetch_listing(folder, "w"))
                assert again is None or again[0] == kept_listing[0]
            path.write_bytes(data)
    return tally


def _as_bytes(run: Run) -> bytes:
    facts = json.dumps([run.id, run.name, run.state, dict(run.config), run.tags, run.revision])
    return facts.encode() + b"".join(
        key.encode() + s.steps.tobytes() + s.values.tobytes() for key, s in run.series.items()
    )


# Limits ---------------------------------------------------------------------------------------------


def log_file(messages: Iterable[bytes]) -> bytes:
    """A run file that holds these messages, whole."""
    out = bytearray(b":W&B" + b"\0" * 3)
    for message in messages:
        at, begun = 0, False
        while not begun or at < len(message):
            room = BLOCK - len(out) % BLOCK
            if room < CHUNK.size:
                out += b"\0" * room
                continue
            part = message[at : at + room - CHUNK.size]
            last = at + len(part) == len(message)
            kind = (
                (offline_file.LAST if begun else offline_file.FULL) if last else 3 if begun else 2
            )
            body = bytes([kind]) + part
            out += CHUNK.pack(zlib.crc32(body), len(part), kind) + part
            at, begun = at + len(part), True
    return bytes(out)


def run_record(**config: str) -> bytes:
    """The record that begins a run file; the values of the config are JSON texts."""
    from wandb.proto import wandb_internal_pb2 as pb

    record = pb.Record()
    record.run.run_id = RUN_ID
    for key, text in config.items():
        item = record.run.config.update.add()
        item.key, item.value_json = key, text
    return record.SerializeToString()


def history_record(step: int, items: Mapping[str, str]) -> bytes:
    """A history row; its values are JSON texts."""
    from wandb.proto import wandb_internal_pb2 as pb

    record = pb.Record()
    record.history.step.num = step
    for key, text in items.items():
        item = record.history.item.add()
        item.key, item.value_json = key, text
    return record.SerializeToString()


def _deep_keys(levels: int) -> bytes:
    from wandb.proto import wandb_internal_pb2 as pb

    record = pb.Record()
    item = record.config.update.add()
    item.nested_key.extend(["a"] * levels)
    item.value_json = "1"
    return record.SerializeToString()


def _aliases(head: str, levels: int = 9) -> str:
    """A YAML text of a kilobyte that stands for 9 ** levels values; `head` begins each line of values."""
    lines = ["a0: &a0 {x: 1, y: 2}" if head else "a0: &a0 [x, y]"]
    for n in range(1, levels + 1):
        some = ", ".join([f"*a{n - 1}"] * 9)
        lines.append(f"a{n}: &a{n} {{{head}[{some}]}}" if head else f"a{n}: &a{n} [{some}]")
    return "\n".join(lines) + "\n"


def _table_and(folder: Path, name: str, text: str) -> Path:
    (folder / "t.csv").write_text("step,loss\n1,0.5\n2,0.25\n")
    (folder / name).write_text(text)
    return folder


def _file(folder: Path, name: str, data: bytes, size: int = 0) -> Path:
    """A file of these bytes; with `size`, one that says to be so long and takes no room."""
    path = folder / name
    with path.open("wb") as file:
        file.write(data)
        if size:
            file.truncate(size)
    return path


def _long_text(rows: int) -> bytes:
    import numpy as np

    note = pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), ["z" * 50_000])
    out = io.BytesIO()
    columns = {"_step": range(rows), "loss": [0.5] * rows, "note": note}
    pq.write_table(pa.table(columns), out, store_schema=False)
    return out.getvalue()


def _list_of(values: int) -> bytes:
    out = io.BytesIO()
    many = pa.ListArray.from_arrays([0, 0, values], pa.nulls(values, pa.int64()))
    pq.write_table(pa.table({"_step": [1, 2], "loss": [0.5, 0.25], "many": many}), out)
    return out.getvalue()


def _flat_config(tree: Mapping[str, Any]) -> int:
    return len(flat_config.flatten(tree, ("name",)))


def _long_names(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {f"k{i}": i for i in range(19_000)}
    for _ in range(levels):
        node = {"n" * 10_000: node}
    return node


def _nested_list(levels: int) -> dict[str, Any]:
    node: Any = 1
    for _ in range(levels):
        node = [node]
    return {"a": node}


def _export_of(data: bytes) -> int:
    with mock.patch.object(server_api, "download", lambda link, url: data):
        return len(run_history._export(link(), "url")[2])


def _columns_of(keys: int) -> int:
    return len(run_history._columns([{"_step": 1} | {f"k{i}": 1.0 for i in range(keys)}]))


def _asked(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The steps that arrive of a run with these rows."""
    server = Server([Served("r", rows=list(rows))])
    given = Answers(server, random.Random(1))
    given.left = -10
    patches = {"connect": lambda entity: link(), "ask": given.ask}
    with mock.patch.multiple(server_api, **patches):
        run = wandb_online.load(server.where, "r")
    server._http.server_close()
    return run.series["x"].steps.tolist()


@dataclass(frozen=True)
class Bomb:
    """A small input that asks for much: how it is made, how it is read, and what that may take."""

    make: Callable[[Path], Any]
    read: Callable[[Any], Any]
    megabytes: int = 100
    seconds: float = 20.0


def _runs_in(path: Path) -> Any:
    return [exports.load(str(path), r.id) for r in exports.list_runs(str(path)).runs]


def _upload(path: Path) -> Any:
    return exports.from_bytes(path.name, path.read_bytes())


RUN_FILE = f"run-{RUN_ID}.wandb"
# 10 GB that take no room.
HUGE = 10_000_000_000
BOMBS: Mapping[str, Bomb] = {
    "profile, aliases": Bomb(
        lambda f: _file(f, "p.yaml", _aliases("").encode()), lambda p: profile.load(str(p))
    ),
    "profile, merged keys": Bomb(
        lambda f: _file(f, "p.yaml", _aliases("<<: ").encode()), lambda p: profile.load(str(p))
    ),
    "profile, 249,000 values": Bomb(
        lambda f: _file(f, "p.yaml", b"- 1\n" * 249_000), lambda p: profile.load(str(p))
    ),
    "profile, 900,000 levels": Bomb(
        lambda f: _file(f, "p.yaml", b"[" * 900_000), lambda p: profile.load(str(p))
    ),
    "profile, 10 GB": Bomb(
        lambda f: _file(f, "p.yaml", b"name: x\n", HUGE), lambda p: profile.load(str(p))
    ),
    "config, aliases": Bomb(lambda f: _table_and(f, "config.yaml", _aliases("")), _runs_in),
    "config, merged keys": Bomb(lambda f: _table_and(f, "config.yaml", _aliases("<<: ")), _runs_in),
    "config, 249,000 values of YAML": Bomb(
        lambda f: _table_and(f, "config.yaml", "a:\n" + "- 1\n" * 249_000), _runs_in
    ),
    "config, 10,000 levels of JSON": Bomb(
        lambda f: _table_and(f, "config.json", '{"a":' * 10_000 + "1" + "}" * 10_000), _runs_in
    ),
    "config, 10,000 levels of YAML": Bomb(
        lambda f: _table_and(f, "config.yaml", "{a: " * 10_000 + "1" + "}" * 10_000), _runs_in
    ),
    "config, 10 GB": Bomb(
        lambda f: _file(_table_and(f, "t.yaml", ""), "config.json", b"{", HUGE).parent, _runs_in
    ),
    "flat config, 19,000 dicts": Bomb(lambda f: {"a": [{"x": 1}] * 19_000}, _flat_config),
    "flat config, long names": Bomb(lambda f: _long_names(39), _flat_config),
    "flat config, nested lists": Bomb(
        lambda f: 900, lambda levels: _flat_config(_nested_list(levels))
    ),
    "run file, 10,000 levels of keys": Bomb(
        lambda f: _file(f, RUN_FILE, log_file([run_record(), _deep_keys(10_000)])),
        offline_file.read,
    ),
    "run file, 10,000 levels of JSON": Bomb(
        lambda f: _file(f, RUN_FILE, log_file([run_record(a="[" * 10_000 + "]" * 10_000, b="1")])),
        offline_file.read,
    ),
    "run file, a million keys": Bomb(
        lambda f: _file(
            f,
            RUN_FILE,
            log_file(
                [
                    run_record(),
                    *(
                        history_record(i, {f"k{i}/{j}": "1" for j in range(1000)})
                        for i in range(1000)
                    ),
                ]
            ),
        ),
        lambda p: offline_file.read(p).series(),
        300,
    ),
    "run file, a number of 2 MB": Bomb(
        lambda f: _file(
            f, RUN_FILE, log_file([run_record(), b"\x08" + b"\xff" * 2_000_000 + b"\x01"])
        ),
        offline_file.read,
    ),
    "run file, 100,000 records that are none": Bomb(
        lambda f: _file(f, RUN_FILE, log_file([run_record(), *[b"\x07"] * 100_000])),
        offline_file.read,
    ),
    "run file, 10 GB": Bomb(
        lambda f: _file(f, RUN_FILE, log_file([run_record()]), HUGE), offline_file.read
    ),
    "table, gzip of zeros": Bomb(
        lambda f: _file(f, "t.csv.gz", gzip.compress(b"step,x\n" + b"\0" * 300_000_000)),
        _upload,
        400,
    ),
    "table, gzip of 500,000 empty parts": Bomb(
        lambda f: _file(f, "t.csv.gz", gzip.compress(b"") * 500_000), _runs_in
    ),
    "table, a long text a million times": Bomb(
        lambda f: _file(f, "t.parquet", _long_text(1_000_000)), _runs_in, 400
    ),
    "table, a million quoted columns": Bomb(
        lambda f: _file(f, "t.csv", b'"step",' + b"a," * 999_999 + b"b\n1" + b",1" * 1_000_000),
        _upload,
        600,
    ),
    "table, 10 GB": Bomb(lambda f: _file(f, "t.csv", b"step,x\n1,2\n", HUGE), _runs_in),
    "server, a long text a million times": Bomb(lambda f: _long_text(1_000_000), _export_of, 400),
    "server, a list of 30 million values": Bomb(lambda f: _list_of(30_000_000), _export_of),
    "server, 200,000 keys": Bomb(lambda f: 200_000, _columns_of),
    "server, a step of 1e18": Bomb(
        lambda f: [{"_step": s, "x": 1.0} for s in (0, 5, 10**18)], _asked
    ),
}


@dataclass(frozen=True)
class Cost:
    """What a bomb cost: peak megabytes over those before, seconds, and what was answered."""

    megabytes: float
    seconds: float
    answer: str

    def is_bounded(self, name: str) -> bool:
        """Whether that is no more than this bomb may cost."""
        bomb = BOMBS[name]
        return self.megabytes <= bomb.megabytes and self.seconds <= bomb.seconds


def explode(names: Sequence[str], folder: Path) -> dict[str, Cost]:
    """Read bombs, each in a process of its own. Raises: AssertionError for another error than ours."""
    done = subprocess.run(
        [sys.executable, "-m", "support.fuzz", "bombs", str(folder), *names],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{builders.ROOT}{os.pathsep}{builders.ROOT / 'tests'}"},
    )
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(costs) == len(names), done.stderr[-2000:]
    return {name: Cost(**cost) for name, cost in zip(names, costs, strict=True)}


def _bombs(folder: Path, names: Sequence[str]) -> None:
    # Every child would load them again.
    import wandb.proto.wandb_internal_pb2  # noqa: F401

    for at, name in enumerate(names):
        room = folder / str(at)
        room.mkdir()
        # The input is made in a child of its own, so that its making leaves no mark on the peak.
        _in_child(lambda b=BOMBS[name], r=room: (r / "made").write_bytes(pickle.dumps(b.make(r))))
        made = (room / "made").read_bytes()
        _in_child(lambda b=BOMBS[name], m=made: print(json.dumps(_cost(b, pickle.loads(m)))))


def _in_child(act: Callable[[], Any]) -> None:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        act()
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)


def _cost(bomb: Bomb, made: Any) -> dict[str, Any]:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        answer = f"read: {str(bomb.read(made))[:80]}"
    except ActotError as e:
        sentence(str(e))
        answer = f"refused: {e}"
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"megabytes": (after - before) / 1024, "seconds": seconds, "answer": answer}


# All of it ------------------------------------------------------------------------------------------

CUTS, FLIPS, TRIES = 1_000, 5_000, 5_000


def tallies(folder: Path) -> Iterator[Tally]:
    """Every reader in full counts."""

    def room(name: str) -> Path:
        """A folder of its own."""
        (folder / name).mkdir()
        return folder / name

    rng, small, large = random.Random(20), small_run(), large_run()
    yield wandb_cuts(small, range(len(small) + 1), room("all cuts"))
    yield wandb_cuts(large, ends(large), room("cuts at the ends"))
    yield wandb_cuts(large, sorted(rng.sample(range(len(large)), CUTS)), room("random cuts"))
    yield wandb_flips(large, (rng.randrange(len(large)) for _ in range(FLIPS)), rng, room("flips"))
    yield wandb_flips(small, range(0, len(small), 13), rng, room("flips of a small one"))
    yield offline_runs(small_run(9_000), TRIES, rng, room("folder of runs"))
    for name in tables():
        yield table_damage(name, TRIES, rng)
    for name in LINES:
        yield table_lines(name, TRIES, rng)
    yield profiles(TRIES, rng)
    yield run_configs(TRIES, rng, room("train configs"))
    yield reports(TRIES, rng, room("reports"))
    yield answers(4 * TRIES, rng)
    yield client_answers(TRIES // 10, rng, room("client"))
    yield cache_files(500, TRIES, rng, room("cache"))


def main() -> None:
    """Print what every reader did with everything that it was given, and what the bombs cost."""
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for tally in tallies(Path(folder)):
            total += tally.tried
            print(tally, flush=True)
    print(f"all readers: {total} tried")
    with tempfile.TemporaryDirectory() as folder:
        costs = explode(list(BOMBS), Path(folder))
    for name, cost in costs.items():
        print(f"{name}: {cost.megabytes:.0f} MB, {cost.seconds:.1f} s, {cost.answer}")
        assert cost.is_bounded(name), name


if __name__ == "__main__":
    if sys.argv[1:2] == ["bombs"]:
        _bombs(Path(sys.argv[2]), sys.argv[3:])
    else:
        main()
