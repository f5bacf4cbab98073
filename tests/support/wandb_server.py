"""A loopback W&B server: what the real `wandb.Api` needs for reading, from Python data.

    with Server([Served("abc", rows=[{"_step": 0, "loss": 1.0}])]) as server:
        os.environ |= {"WANDB_BASE_URL": server.url, "WANDB_API_KEY": server.key}
        ...
        assert server.count("HistoryPage") == 1

`runs` may be changed while it serves (append rows, remove runs): a growing, resumed or deleted run.
`calls` holds every request that was answered, `begun` counts all; `file` is the operation of a Parquet download. `fail`, `hang`, `slow`, `cut` and
`die` break operations on demand, `mend` ends that, `forget` empties `calls`.
"""

import base64
import contextlib
import io
import json
import math
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

KEY = "0123456789abcdef0123456789abcdef01234567"
NON_FINITE = ("NaN", "Infinity", "-Infinity")
HISTORY = (
    "RunParquetHistory",
    "RunLiveHistory",
    "HistoryPage",
    "SampledHistoryPage",
    "RunFullHistory",
    "file",
)


@dataclass
class Served:
    """One run. `rows` are history rows in the order in which they were logged.

    `exported`: how many of the first rows stand in Parquet exports, in `files` files; None for all.
    `live_from`: the first row that the live history holds; by default the first not exported.
    `file_order`: the order in which the exports are named, e.g. (1, 0).
    """

    id: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    config: Mapping[str, Any] = field(default_factory=dict)
    state: str = "finished"
    name: str = "act"
    tags: Sequence[str] = ()
    group: str = ""
    created: str = "2025-01-01T00:00:00Z"
    heartbeat: str = "2025-01-01T01:00:00Z"
    commit: str | None = None
    exported: int | None = 0
    files: int = 1
    live_from: int | None = None
    file_order: Sequence[int] | None = None

    def in_exports(self) -> list[dict[str, Any]]:
        """The exported rows."""
        return self.rows if self.exported is None else self.rows[: self.exported]

    def live(self) -> list[dict[str, Any]]:
        """The rows of the live history."""
        return self.rows[len(self.in_exports()) if self.live_from is None else self.live_from :]

    def last_step(self) -> int:
        """The last step, or -1."""
        return max((row["_step"] for row in self.rows), default=-1)

    def node(self, entity: str, project: str) -> dict[str, Any]:
        """The run as GraphQL gives it."""
        wrapped = {key: {"desc": None, "value": value} for key, value in self.config.items()}
        return {
            "id": base64.b64encode(f"Run:v1:{self.id}:{project}:{entity}".encode()).decode(),
            "projectId": "1",
            "name": self.id,
            "displayName": self.name,
            "tags": list(self.tags),
            "sweepName": None,
            "state": self.state,
            "config": json.dumps(wrapped),
            "group": self.group or None,
            "jobType": None,
            "commit": self.commit,
            "readOnly": False,
            "createdAt": self.created,
            "heartbeatAt": self.heartbeat,
            "description": None,
            "notes": None,
            "systemMetrics": "{}",
            "summaryMetrics": json.dumps(as_json(self.rows[-1]) if self.rows else {}),
            "historyLineCount": len(self.rows),
            "user": {"name": "A Person", "username": "person"},
            "historyKeys": self.history_keys(),
        }

    def history_keys(self) -> dict[str, Any]:
        """Which keys were logged, and up to which step."""
        counts = Counter(key for row in self.rows for key in row)
        keys = {key: {"typeCounts": [{"count": n, "type": "number"}]} for key, n in counts.items()}
        return {"lastStep": self.last_step(), "sets": [], "keys": keys}

    def parquet(self) -> list[bytes]:
        """The export files."""
        rows = [as_export(row) for row in self.in_exports()]
        size = max(1, math.ceil(len(rows) / self.files))
        parts = [rows[i : i + size] for i in range(0, len(rows), size)]
        return [parquet_file(parts[i]) for i in self.file_order or range(len(parts))]


def as_json(value: Any) -> Any:
    """A value as the server's JSON holds it: NaN and Inf are strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {key: as_json(inner) for key, inner in value.items()}
    return value


def as_export(value: Any) -> Any:
    """A value as an export holds it: NaN and Inf are floats."""
    if isinstance(value, str) and value in NON_FINITE:
        return float(value)
    if isinstance(value, Mapping):
        return {key: as_export(inner) for key, inner in value.items()}
    return value


def parquet_file(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as a Parquet file, absent values as nulls."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    columns = {key: [row.get(key) for row in rows] for key in keys}
    # The client logs whole floats as ints; an export column has one type.
    for key, column in columns.items():
        if key != "_step" and any(isinstance(v, float) for v in column):
            columns[key] = [float(v) if type(v) is int else v for v in column]
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


@dataclass(frozen=True)
class Call:
    """One request: its operation, its variables, and how many bytes were answered."""

    operation: str
    variables: Mapping[str, Any]
    sent: int
    key: str


@dataclass
class Fault:
    """What happens instead of an answer, and how many more times, None for ever; `after` answers as they should be."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    wait: float = 0.0
    cut: bool = False
    gone: bool = False
    times: int | None = None
    after: int = 0


class Server:
    """The server; serves from `with` on. Thread-safe as far as the tests need it."""

    def __init__(
        self,
        runs: Sequence[Served] = (),
        *,
        entity: str = "team",
        project: str = "tube",
        key: str = KEY,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.runs = list(runs)
        self.entity, self.project, self.key = entity, project, key
        self.calls: list[Call] = []
        self.faults: dict[str, Fault] = {}
        self.begun = 0
        self.delay = 0.0
        self.is_gone = False
        self._deadly: Fault | None = None
        self._closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        """The WANDB_BASE_URL of this server."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_address[1]}"

    @property
    def where(self) -> str:
        """The SOURCE text of its project."""
        return f"wandb://{self.entity}/{self.project}"

    def run(self, run_id: str) -> Served | None:
        """The run of an id."""
        return next((run for run in self.runs if run.id == run_id), None)

    def forget(self) -> None:
        """Start counting anew."""
        self.calls.clear()

    def counts(self) -> Counter[str]:
        """Requests by operation."""
        return Counter(call.operation for call in self.calls)

    def count(self, *operations: str) -> int:
        """Requests of these operations, or all."""
        return sum(not operations or call.operation in operations for call in self.calls)

    def history_requests(self) -> int:
        """Requests that carry history."""
        return self.count(*HISTORY)

    def sent(self, *operations: str) -> int:
        """Bytes answered to these operations, or to all."""
        return sum(c.sent for c in self.calls if not operations or c.operation in operations)

    def fail(
        self,
        operation: str,
        status: int,
        *,
        times: int | None = None,
        message: str = "planted",
        **headers: str,
    ) -> None:
        """Answer an operation with an HTTP error (200: with GraphQL errors); `Retry_After="30"` is a header."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults[operation] = Fault(status, names, message, times=times)

    def hang(self, operation: str, times: int | None = None) -> None:
        """Accept an operation and never answer."""
        self.faults[operation] = Fault(wait=3600.0, times=times)

    def slow(self, operation: str, seconds: float) -> None:
        """Answer an operation late."""
        self.faults[operation] = Fault(wait=seconds)

    def cut(self, operation: str, times: int | None = None) -> None:
        """Send half of the body and close the connection."""
        self.faults[operation] = Fault(cut=True, times=times)

    def die(self, operation: str, kind: str, after: int) -> None:
        """Answer an operation so many times; from then on, whatever is asked, refuse (`refused`), hang (`hang`) or answer 503 (`503`)."""
        wait = 3600.0 if kind == "hang" else 0.0
        status = 503 if kind == "503" else 0
        fault = Fault(status, message="planted", wait=wait, gone=kind == "refused", after=after)
        self.faults[operation] = fault
        self._deadly = fault

    def vanish(self) -> None:
        """Refuse every connection, the open ones too."""
        self.is_gone = True
        threading.Thread(target=self._http.shutdown, daemon=True).start()
        self._http.server_close()

    def mend(self) -> None:
        """No faults any more."""
        self.faults.clear()
        self._deadly = None

    def fault(self, operation: str) -> Fault | None:
        """What is to go wrong now with an operation ("*": with any)."""
        found = self.faults.get(operation) or self.faults.get("*")
        if self._deadly and not self._deadly.after:
            return self._deadly
        if found and found.after:
            found.after -= 1
            return None
        if found and found.times is not None:
            if found.times <= 0:
                return None
            found.times -= 1
        return found

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the end of the server."""
        self._closing.wait(seconds)

    def answer(self, operation: str, v: Mapping[str, Any], query: str = "") -> dict[str, Any]:
        """The `data` of a GraphQL answer; of runs the fields that a query names, without one all."""
        if operation in ("Viewer", "GetViewer", "GetDefaultEntity"):
            return {"viewer": self._viewer()}
        if operation == "ServerFeaturesQuery":
            return {"serverInfo": {"features": []}}
        if operation == "GetProjects":
            return {"models": self._projects(v)}
        entity, project = v.get("entity"), v.get("project")
        if (entity, project) != (self.entity, self.project):
            return {"project": None}
        if operation == "Runs":
            return {"project": self._runs(v, query)}
        run = self.run(v.get("name") or v.get("run") or v.get("runName") or "")
        if run is None:
            return {"project": {"run": None}}
        found = self._run(operation, run, v)
        return {"project": {"run": named(found, query)}}

    def _viewer(self) -> dict[str, Any]:
        return {
            "id": "VXNlcjox",
            "entity": self.entity,
            "username": "person",
            "email": "",
            "flags": "{}",
            "teams": {"edges": [{"node": {"name": self.entity}}]},
        }

    def _projects(self, v: Mapping[str, Any]) -> dict[str, Any]:
        node = {
            "__typename": "Project",
            "id": "UHJvamVjdDox",
            "name": self.project,
            "entityName": self.entity,
            "createdAt": "2025-01-01T00:00:00Z",
            "isBenchmark": False,
            "user": None,
        }
        page = {"__typename": "PageInfo", "endCursor": None, "hasNextPage": False}
        return {
            "edges": [{"node": node}] if v.get("entity") == self.entity else [],
            "pageInfo": page,
        }

    def _runs(self, v: Mapping[str, Any], query: str = "") -> dict[str, Any]:
        wanted = json.loads(v.get("filters") or "{}")
        found = [run for run in self.runs if matches(run, wanted)]
        down = str(v.get("order") or "").startswith("-")
        found.sort(key=lambda run: run.created, reverse=down)
        start = int(v.get("cursor") or 0)
        stop = start + min(int(v.get("perPage") or 50), 1000)
        edges = [
            {"node": named(run.node(self.entity, self.project), query), "cursor": str(i)}
            for i, run in enumerate(found[start:stop], start + 1)
        ]
        more = {"endCursor": str(start + len(edges)), "hasNextPage": stop < len(found)}
        runs = {"edges": edges, "pageInfo": more}
        return {"internalId": "1", "runCount": len(found), "readOnly": False, "runs": runs}

    def _run(self, operation: str, run: Served, v: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "RunParquetHistory":
            files = range(len(run.parquet())) if run.in_exports() else ()
            urls = [f"{self.url}/files/{run.id}/{i}" for i in files]
            live = [{"_step": row["_step"]} for row in run.live()]
            exports = {"parquetHistory": {"parquetUrls": urls, "liveData": live}}
            return run.node(self.entity, self.project) | exports
        if operation == "RunLiveHistory":
            both = [self._run(o, run, v) for o in ("RunParquetHistory", "HistoryPage")]
            del both[0]["parquetHistory"]["liveData"]
            return both[0] | both[1]
        if operation in ("HistoryPage", "RunFullHistory"):
            low, high = v.get("minStep", 0), v.get("maxStep", math.inf)
            rows = [row for row in run.live() if low <= row["_step"] < high]
            room = v.get("pageSize") or v.get("samples") or 500
            thin = rows[:: math.ceil(len(rows) / room)] if len(rows) > room else rows
            return {"history": [json.dumps(as_json(row)) for row in thin]}
        if operation in ("SampledHistoryPage", "RunSampledHistory"):
            specs = v.get("specs") or [v["spec"]]
            return {"sampledHistory": [sampled(run, json.loads(spec)) for spec in specs]}
        return run.node(self.entity, self.project)


def named(node: Mapping[str, Any], query: str) -> dict[str, Any]:
    """The fields of a node that a query names."""
    words = set(re.findall(r"\w+", query))
    return {key: value for key, value in node.items() if not query or key in words}


def sampled(run: Served, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that hold every key of a spec, and only those keys."""
    keys = spec["keys"]
    rows = [as_json(row) for row in run.rows if all(key in row for key in keys)]
    low, high = spec.get("minStep", 0), spec.get("maxStep", math.inf)
    return [{k: row[k] for k in keys} for row in rows if low <= row["_step"] < high]


def matches(run: Served, wanted: Mapping[str, Any]) -> bool:
    """Whether a run fits a filter, in the part of the Mongo language that clients send."""
    for path, test in wanted.items():
        if path == "$and":
            fits = all(matches(run, one) for one in test)
        elif path == "$or":
            fits = any(matches(run, one) for one in test)
        else:
            fits = fits_value(run, path, test)
        if not fits:
            return False
    return True


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda a, b: a == b,
    "$ne": lambda a, b: a != b,
    "$in": lambda a, b: any(x in b for x in (a if isinstance(a, list) else [a])),
    "$gte": lambda a, b: a is not None and a >= b,
    "$lte": lambda a, b: a is not None and a <= b,
    "$gt": lambda a, b: a is not None and a > b,
    "$lt": lambda a, b: a is not None and a < b,
    "$exists": lambda a, b: (a is not None) == b,
    "$regex": lambda a, b: isinstance(a, str) and re.search(b, a) is not None,
}


def fits_value(run: Served, path: str, test: Any) -> bool:
    """Whether one field of a run passes one test."""
    value: Any = {
        "tags": list(run.tags),
        "group": run.group,
        "state": run.state,
        "name": run.id,
        "displayName": run.name,
        "createdAt": run.created,
        "config": run.config,
    }
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    tests = test if isinstance(test, Mapping) else {"$eq": test}
    return all(COMPARE[name](value, operand) for name, operand in tests.items())


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

        def parse_request(self) -> bool:
            if server.is_gone:
                self.close_connection = True
                return False
            return super().parse_request()

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            if self.path != "/graphql":  # the client's own telemetry
                return self.send("", {}, 404, b"")
            asked = json.loads(body)
            named = re.search(r"\b(?:query|mutation)\s+(\w+)", asked["query"])
            operation = asked.get("operationName") or (named[1] if named else "?")
            variables = asked.get("variables") or {}
            if self.key() != server.key:
                return self.send(operation, variables, 401, b'{"errors":[{"message":"no"}]}')
            return self.serve(
                operation,
                variables,
                lambda: pack({"data": server.answer(operation, variables, asked["query"])}),
            )

        def do_GET(self) -> None:
            _, kind, run_id, index = [*self.path.split("/"), "", "", ""][:4]
            run = server.run(run_id)
            if kind != "files" or run is None:
                return self.send("file", {}, 404, b"not found")
            return self.serve("file", {"run": run_id}, lambda: run.parquet()[int(index)])

        def key(self) -> str:
            word, _, code = self.headers.get("Authorization", "").partition(" ")
            return base64.b64decode(code).decode().partition(":")[2] if word == "Basic" else ""

        def serve(self, operation: str, v: Mapping[str, Any], body: Callable[[], bytes]) -> None:
            server.begun += 1
            time.sleep(server.delay)
            fault = server.fault(operation)
            if fault is None:
                return self.send(operation, v, 200, body())
            if fault.gone:
                server.vanish()
                self.close_connection = True
                return None
            if fault.wait:
                server.wait(fault.wait)
                if server._closing.is_set():
                    return None
            if fault.cut:
                whole = body()
                self.send(operation, v, 200, whole[: len(whole) // 2], length=len(whole))
                self.close_connection = True
                return None
            if fault.status:
                text = pack({"errors": [{"message": fault.message}]})
                return self.send(operation, v, fault.status, text, headers=fault.headers)
            return self.send(operation, v, 200, body())

        def send(
            self,
            operation: str,
            v: Mapping[str, Any],
            status: int,
            body: bytes,
            *,
            length: int | None = None,
            headers: Mapping[str, str] | None = None,
        ) -> None:
            if operation:
                server.calls.append(Call(operation, v, len(body), self.key()))
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body) if length is None else length))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True

    return Handler


def pack(value: Any) -> bytes:
    """JSON as bytes."""
    return json.dumps(value).encode()


def rows(
    n: int, every: int = 1, keys: Sequence[str] = ("train/loss",), start: int = 0
) -> Iterator[dict[str, Any]]:
    """n rows with a value for each key, `every` steps apart."""
    for i in range(start, start + n):
        row: dict[str, Any] = {"_step": i * every, "_timestamp": 1.7e9 + i, "_runtime": i / 2}
        yield row | {key: math.sin(i + j) for j, key in enumerate(keys)}
