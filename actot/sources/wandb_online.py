"""Runs on a W&B server, in the cloud or self-hosted (WANDB_BASE_URL): `wandb://entity/project`."""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from actot.errors import BadInput
from actot.foreign_text import legible, parsed, scrub_tree
from actot.records import Listing, Run, RunInfo, Series
from actot.source_ref import SourceRef
from actot.sources import Catalogue
from actot.wandb_io import query_filters, run_history, server_api, wandb_entry
from actot.wandb_io.server_api import Link, projects, use_key, who
from actot.wandb_io.wandb_entry import OWN_ENTRY

__all__ = ["ORDER", "claims", "list_runs", "load", "projects", "use_key", "who"]

ORDER = 10
SCHEME = "wandb://"
FIRST_PAGE = 200  # runs in the first answer: most projects are one quick answer
LARGEST_PAGE = 1_000  # that a server gives
PAGE_TIME = 4.0  # seconds that a page may take: half of what is waited for
FIELDS = """
    name displayName state tags group config commit createdAt heartbeatAt historyLineCount historyKeys
"""
RUNS = f"""
query Runs($project: String!, $entity: String!, $cursor: String, $perPage: Int = 50,
           $order: String, $filters: JSONString) {{
  project(name: $project, entityName: $entity) {{
    runs(filters: $filters, after: $cursor, first: $perPage, order: $order) {{
      edges {{ node {{ {FIELDS} }} cursor }}
      pageInfo {{ endCursor hasNextPage }}
    }}
  }}
}}"""


RUN = run_history.of_run("Run", "", FIELDS).replace("$run", "$name")
# The same and the exported history in one answer, for a first look.
RUN_AND_EXPORTS = run_history.of_run(
    "RunParquetHistory", ", $liveKeys: [String!]!", FIELDS + run_history.EXPORTS
).replace("$run", "$name")
# All in one answer, for a run that is too young to have been exported.
RUN_AND_ROWS = run_history.of_run(
    "RunLiveHistory",
    ", $liveKeys: [String!]!" + run_history.BOUNDS,
    FIELDS + "parquetHistory(liveKeys: $liveKeys) { parquetUrls }" + run_history.PAGE,
).replace("$run", "$name")
KEYS = run_history.of_run("RunHistoryKeys", "", "historyKeys").replace("$run", "$name")

ONE_PAGE = run_history.ROWS
YOUNG = timedelta(hours=6)  # histories are exported some hours after a run ends


def claims(ref: SourceRef) -> bool:
    """wandb://entity/project."""
    return ref.text.startswith(SCHEME)


def list_runs(ref: SourceRef, filters: Mapping[str, str]) -> Catalogue:
    """The runs of a project with their configs, newest first; the server leaves out what a filter excludes.

    Filters: tag, group, state, name (part of it), id, since (ISO date); any other key is a config path, and
    runs without that path stay in. Raises: BadInput for an unknown project, Unreachable.
    """
    link, place = _open(ref)
    with server_api.shaped(link):
        return _list(ref, link, place, filters)


def _list(
    ref: SourceRef, link: Link, place: Mapping[str, str], filters: Mapping[str, str]
) -> Catalogue:
    asked = {
        **place,
        "order": "-created_at",
        "filters": json.dumps(query_filters.conditions(filters)),
    }
    infos: list[RunInfo] = []
    young: dict[str, tuple[int, int]] = {}
    damaged = 0
    cursor: str | None = None
    seen: set[str | None] = set()
    size = FIRST_PAGE
    while cursor not in seen:
        seen.add(cursor)
        start = time.monotonic()
        found = server_api.ask(link, RUNS, {**asked, "cursor": cursor, "perPage": size}).get(
            "project"
        )
        if found is None:
            raise BadInput(
                f"{ref.text}: no such project, or no access to it; check entity and project"
            )
        edges = found["runs"]["edges"]
        for edge in edges:
            try:
                info = RunInfo(**_info(link, place, edge["node"]))
                infos.append(info)
                if page := _whole_page(edge["node"]):
                    young[info.id] = page
            except server_api.SHAPE_ERRORS:
                damaged += 1
        if not edges or not found["runs"]["pageInfo"]["hasNextPage"]:
            break
        took = max(time.monotonic() - start, 0.001)
        cursor = edges[-1]["cursor"]
        size = max(1, min(LARGEST_PAGE, int(size * PAGE_TIME / took)))
    # A run that starts while pages are read moves the others on.
    runs = {info.id: info for info in infos}.values()
    newest = sorted(runs, key=lambda r: (r.created, r.id), reverse=True)
    lost = f"{link.host}: {damaged} run(s) of its answer cannot be read; left out"
    return Catalogue(ref, Listing(tuple(newest), (lost,) if damaged else ()), young)


def load(catalogue: Catalogue, run_id: str, known: Run | None) -> Run:
    """One run with its complete history; of a `known` one only what was logged since.

    Raises: BadInput where the project has no such run (any more), Unreachable.
    """
    link, place = _open(catalogue.ref)
    with server_api.shaped(link):
        return _load(catalogue, run_id, link, place, known)


def _load(
    catalogue: Catalogue, run_id: str, link: Link, place: dict[str, str], known: Run | None
) -> Run:
    where = catalogue.ref.text
    lines, last = catalogue.places.get(run_id, (0, -1)) if known is None else (0, -1)
    page = run_history.bounds(0, last + 1, lines) if last >= 0 else None
    node = _node(where, run_id, link, place, with_exports=known is None, page=page)
    info = _info(link, place, node)
    if node.get("historyKeys") is None:
        found = server_api.ask(link, KEYS, {**place, "name": run_id}).get("project")
        node = {**node, "historyKeys": ((found or {}).get("run") or {}).get("historyKeys")}
    now = {
        "created": node["createdAt"],
        "lines": node.get("historyLineCount") or 0,
        "last": _last(node),
    }
    of_run = {**place, "run": run_id}
    series: Mapping[str, Series] | None = None
    warnings: tuple[str, ...] = ()
    if known is not None and known.url == info["url"] and known.cursor:
        series = run_history.grown(link, of_run, known, json.loads(known.cursor), now)
        warnings = known.warnings if series is not None else ()
    if series is None:
        exports = node.get("parquetHistory") or {}
        if page and not exports.get("parquetUrls"):
            rows = node.get("history") or ()
            series, n = run_history.of_page(link, of_run, now, rows, page["maxStep"])
        else:
            # It was known but has changed, or was too young when it was listed and is exported now.
            if page or known is not None:
                again = _node(where, run_id, link, place, with_exports=True)
                exports = again.get("parquetHistory") or {}
            series, n = run_history.whole(link, of_run, now, exports)
        if n < now["lines"]:
            warnings = (f"{n} of {now['lines']} logged rows arrived from {link.host}",)
    clock = series["_runtime"].finite().values if "_runtime" in series else ()
    info |= {"runtime_s": float(max(clock)) if len(clock) else None}
    info |= {"warnings": tuple(dict.fromkeys((*info["warnings"], *warnings)))}
    own = _own_entry(node)
    return Run(
        **info,
        series=series,
        axes=wandb_entry.axes(own),
        fork=wandb_entry.fork(own, run_id),
        cursor=json.dumps(now),
    )


def _own_entry(node: Mapping[str, Any]) -> Any:
    """What the client keeps of its own in a run's config."""
    try:
        return _config(scrub_tree(node.get("config"))).get(OWN_ENTRY)
    except (ValueError, AttributeError, RecursionError):
        return None


def _node(
    where: str,
    run_id: str,
    link: Link,
    place: Mapping[str, str],
    *,
    with_exports: bool,
    page: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """What the server says of a run; with a `page`, its rows too. Raises: BadInput, Unreachable."""
    query = RUN_AND_ROWS if page else RUN_AND_EXPORTS if with_exports else RUN
    more = {**run_history.LIVE_KEYS, **(page or {})} if with_exports else {}
    found = server_api.ask(link, query, {**place, "name": run_id, **more}).get("project")
    if not found or not found["run"]:
        raise BadInput(f"{where}: no run {run_id} (any more); list the source again")
    return found["run"]


def _whole_page(node: Mapping[str, Any]) -> tuple[int, int] | None:
    """(rows, last step) of a run that is young and of one page: a first look at it asks with them."""
    try:
        lines, last = node.get("historyLineCount") or 0, _last(node)
        age = datetime.now(UTC) - query_filters.utc(datetime.fromisoformat(node["heartbeatAt"]))
        is_young = node["state"] == "running" or age < YOUNG
        return (lines, last) if is_young and last >= 0 and lines <= ONE_PAGE else None
    except server_api.SHAPE_ERRORS:
        return None


def _open(ref: SourceRef) -> tuple[Link, dict[str, str]]:
    """The connection, and the entity and project to ask for."""
    where = ref.plain
    parts = where.removeprefix(SCHEME).strip("/").split("/")
    if len(parts) > 2 or not all(parts):
        raise BadInput(f"{where}: write it as wandb://entity/project")
    entity = parts[0] if len(parts) == 2 else None
    link = server_api.connect(entity)
    shown = urlsplit(link.page).netloc
    if ref.host and ref.host not in (shown, urlsplit(link.base_url).netloc):
        raise BadInput(
            f"{where}: the address is one of {legible(ref.host)}, and WANDB_BASE_URL asks {shown}; "
            f"set it to the server of the address"
        )
    entity = entity or server_api.default_entity(link)
    if not entity:
        raise BadInput(f"{where}: the API key has no default entity; write wandb://entity/project")
    return link, {"entity": entity, "project": parts[-1]}


def _info(link: Link, place: Mapping[str, str], node: Mapping[str, Any]) -> dict[str, Any]:
    """The listed facts of a run."""
    node = scrub_tree(node)
    run_id = node["name"]
    warnings: tuple[str, ...] = ()
    if not isinstance(run_id, str) or not run_id:
        raise TypeError("a run without an id")
    try:
        config = _config(node.get("config"))
    except (ValueError, AttributeError, RecursionError):
        config, warnings = {}, ("the config on the server cannot be read",)
    client = config.pop(OWN_ENTRY, None)
    client = client if isinstance(client, dict) else {}
    config.pop("wandb_version", None)
    versions = {"python": "python_version", "wandb": "cli_version"}
    versions = {k: str(client[v]) for k, v in versions.items() if client.get(v)}
    if node.get("commit"):
        versions["git commit"] = str(node["commit"])
    try:
        created = query_filters.utc(datetime.fromisoformat(node["createdAt"])).isoformat(
            timespec="seconds"
        )
    except (TypeError, ValueError, OverflowError):
        created = ""
    path = "/".join(
        quote(part, safe="") for part in (place["entity"], place["project"], "runs", run_id)
    )
    facts = {
        "id": run_id,
        "name": str(node.get("displayName") or run_id),
        "state": str(node.get("state") or ""),
        "config": config,
        "url": link.page + path,
        "group": str(node.get("group") or ""),
        "tags": tuple(map(str, node.get("tags") or ())),
        "created": created,
        "versions": versions,
        "warnings": warnings,
    }
    times = [node.get(name) for name in ("heartbeatAt", "createdAt")]
    logged = [node.get("historyLineCount"), _last(node), *times]
    text = json.dumps([facts, logged], sort_keys=True)
    revision = hashlib.sha256(text.encode()).hexdigest()[:16]
    return {**facts, "revision": revision, "is_empty": _is_empty(node)}


def _config(raw: Any) -> dict[str, Any]:
    """The config out of the server's JSON text {"key": {"value": ..., "desc": ...}}."""
    items = parsed(raw) if isinstance(raw, str) else raw or {}
    return {k: v["value"] if isinstance(v, dict) and "value" in v else v for k, v in items.items()}


def _is_empty(node: Mapping[str, Any]) -> bool:
    """Whether the server says that the run logged nothing; one that says neither how much nor what is asked."""
    if node.get("historyKeys") is None:
        return node.get("historyLineCount") == 0
    return _last(node) < 0


def _last(node: Mapping[str, Any]) -> int:
    """The last step of a run's history, -1 without one."""
    last = (node.get("historyKeys") or {}).get("lastStep")
    return -1 if last is None else int(last)
