"""The one seam to a W&B server: a connection, questions and downloads in; answers or one sentence out.

The client's own iterators wait for minutes, keep stale answers and fetch exports twice, so this asks the
client's queries through the client's connection, with a deadline on each. `wandb.Api` finds host and key.
"""

import hashlib
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from actot.bounded_memory import BoundedMemory
from actot.errors import ActotError, BadInput, Refused, Unreachable
from actot.foreign_text import hide_key, hide_passwords, scrub_tree
from actot.wandb_io import server_errors, server_failures, service_process
from actot.wandb_io.server_errors import LOG_IN, host_of

PATIENCE = 8  # seconds for one answer
PROBE = 1.5  # seconds to learn why an answer did not come
SLOWEST = 10_000  # bytes per second of a download that is worth waiting for
LARGEST = 1_000_000_000  # bytes of a download
# The errors that an answer of another shape than a W&B server's is read with.
SHAPE_ERRORS = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)

_own_key: ContextVar[str | None] = ContextVar("wandb_key", default=None)
_lock = threading.Lock()
_links: BoundedMemory[tuple[Any, str, str, str | None], "Future[Link]"] = BoundedMemory(64)


@dataclass(frozen=True)
class Link:
    """A connection to one server with one key."""

    api: Any
    client: Any
    base_url: str
    key: str = field(repr=False)

    @property
    def host(self) -> str:
        """The name of the server."""
        return host_of(self.base_url)

    @property
    def page(self) -> str:
        """The address under which people see runs."""
        return hide_passwords(self.api._service_api.app_url)


def use_key(key: str | None) -> None:
    """The API key to use instead of the environment's; None to go back to that.

    Kept in memory for the calling context only (one user's session), and never written anywhere. Threads
    start with an empty context: hand it on with `contextvars.copy_context().run`.
    """
    _own_key.set(key.strip() or None if key else None)


def who() -> str:
    """A fingerprint of the calling context's own key, "" without one."""
    own = _own_key.get()
    return hashlib.sha256(own.encode()).hexdigest()[:16] if own else ""


def connect(entity: str | None) -> Link:
    """The connection for an entity (None: the key's own), made once. Raises: Unreachable."""
    client, base_url, key = _host_and_key()
    at = (client, base_url, hashlib.sha256(key.encode()).hexdigest(), entity)
    with _lock:
        link = _links.get(at)
        mine = link is None
        if link is None:
            link = _links[at] = Future()
    if mine:
        try:
            link.set_result(_connect(client, base_url, key, entity))
        except ActotError as e:
            link.set_exception(e)
        finally:
            # Only a connection that stands is kept; those who wait for this one learn of its end.
            if not link.done():
                link.cancel()
            if link.cancelled() or link.exception():
                _links.pop(at, None)
    return link.result()


def ask(link: Link, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a GraphQL answer. Raises: BadInput where the server knows no such thing, Unreachable."""
    with _seam(link, query, variables):
        return link.api._service_api.execute_graphql(query, variables, timeout=PATIENCE) or {}


@contextmanager
def shaped(link: Link) -> Iterator[None]:
    """Turns the errors of an answer of another shape into one sentence. Raises: Unreachable."""
    try:
        yield
    except SHAPE_ERRORS:
        raise Unreachable(
            f"{link.host} gives an answer that no W&B server gives; check WANDB_BASE_URL, or try again"
        ) from None


def default_entity(link: Link) -> str | None:
    """Whom the key belongs to, unless WANDB_ENTITY says otherwise."""
    with _seam(link):
        return link.api.settings["entity"] or link.api.default_entity


def projects(entity: str | None = None) -> list[str]:
    """The projects of an entity as `wandb://entity/project`. Raises: Unreachable."""
    link = connect(entity)
    whose = entity or default_entity(link)
    if not whose:
        return []
    found: list[str] = []
    cursor: str | None = None
    seen: set[str | None] = set()
    with shaped(link):
        while cursor not in seen:
            seen.add(cursor)
            asked = {"entity": whose, "cursor": cursor, "perPage": 200}
            page = ask(link, PROJECTS, asked).get("models")
            edges = page["edges"] if page else []
            found += [f"wandb://{whose}/{scrub_tree(edge['node']['name'])}" for edge in edges]
            if page is None or not edges or not page["pageInfo"]["hasNextPage"]:
                break
            cursor = page["pageInfo"]["endCursor"]
    return found


PROJECTS = """
query GetProjects($entity: String, $cursor: String, $perPage: Int = 50) {
  models(entityName: $entity, after: $cursor, first: $perPage) {
    edges { node { name } }
    pageInfo { endCursor hasNextPage }
  }
}"""


def download(link: Link, url: str) -> bytes:
    """A file that the server named, which may lie on another. Raises: Unreachable."""
    import requests

    host = host_of(url)
    # What it answers to questions does not count for its files; where both fail, it is down.
    hosts = (f"{host}/files", host)

    def no_key(request: Any) -> Any:
        return request  # the address is signed; a netrc entry for its host must not be added

    start, parts, size = time.monotonic(), [], 0
    with _seam(link, hosts=hosts):
        got = requests.get(url, stream=True, timeout=PATIENCE, auth=no_key)
        if got.status_code >= 500:
            got.close()
            got = requests.get(url, stream=True, timeout=PATIENCE, auth=no_key)
        with got:
            if got.status_code >= 400:
                why = f"error {got.status_code} for an exported history"
                error = Unreachable(f"{host} answers with {why}; try again later")
                raise server_failures.failed(hosts, error) if got.status_code >= 500 else error
            for part in got.iter_content(1 << 20):
                parts.append(part)
                size += len(part)
                if size > LARGEST:
                    why = f"a file of more than {LARGEST / 1e6:.0f} MB"
                    raise BadInput(f"{host} exports {why}; log less often, or fewer keys")
                if time.monotonic() - start > PATIENCE + size / SLOWEST:
                    raise requests.Timeout
    return b"".join(parts)


def _host_and_key() -> tuple[Any, str, str]:
    """The client, where to ask and with which key, as the client itself would; it never prompts."""
    client = service_process.client(PATIENCE)
    from wandb.errors import AuthenticationError
    from wandb.sdk.lib import wbauth

    # The key is all that is sent; the client would write a password in the address to its logs.
    base_url = hide_passwords(os.environ.get("WANDB_BASE_URL") or client.settings.base_url).rstrip(
        "/"
    )
    host = host_of(base_url)
    key = _own_key.get()
    try:
        auth = (
            None
            if key
            else wbauth.authenticate_session(
                host=base_url, source="actot", prompt=False, update_session=False
            )
        )
    except AuthenticationError as e:
        raise Refused(
            f"{host}: the API key has a wrong form ({hide_passwords(str(e))}); {LOG_IN}"
        ) from None
    except ValueError:
        raise BadInput(f"{host}: {service_process.NO_ADDRESS}; correct WANDB_BASE_URL") from None
    key = key or getattr(auth, "api_key", None)
    if not key:
        raise Refused(f"{host}: there is no API key; {LOG_IN}")
    return client, base_url, key


def _connect(client: Any, base_url: str, key: str, entity: str | None) -> Link:
    import wandb

    overrides = {"base_url": base_url} | ({"entity": entity} if entity else {})
    link = Link(None, client, base_url, key)
    with _seam(link):
        try:
            return replace(link, api=wandb.Api(overrides, timeout=PATIENCE, api_key=key))
        except ValueError:
            raise service_process.unfit() from None


@contextmanager
def _seam(
    link: Link,
    query: str = "query Viewer { viewer { id } }",
    variables: Mapping[str, Any] | None = None,
    hosts: tuple[str, ...] = (),
) -> Iterator[None]:
    """Foreign errors in, one sentence out. `hosts` are those a failure counts for, by default the server.

    Raises: ServerDown after several failures in a row, for a while without asking.
    """
    import requests
    from wandb.errors import Error
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError
    from wandb.sdk.lib.service.service_token import WandbServiceConnectionError

    foreign: tuple[type[Exception], ...] = (
        *(Error, WandbApiFailedError, WandbServiceConnectionError, requests.RequestException),
        *service_process.endings(),
    )
    base_url, key = link.base_url, link.key
    hosts = hosts or (link.host,)
    server_failures.check(hosts[0], PATIENCE)
    try:
        yield
        server_failures.answered(hosts[0])
    except foreign as e:
        status, text = server_errors.status_of(e), server_errors.text_of(e)
        if service_process.has_ended(e):
            service_process.leave(link.client)
            with _lock:
                for at in [at for at in _links if at[0] is link.client]:
                    del _links[at]
            raise Unreachable("the process of the W&B client has ended; try again") from None
        quiet = isinstance(e, requests.Timeout) or re.search(server_errors.SILENT, text)
        if quiet and not status:
            status = (
                0 if isinstance(e, requests.Timeout) else _probe(base_url, key, query, variables)
            )
            if not status:
                why = f"{host_of(base_url)} did not answer within {PATIENCE} s; try again later"
                raise server_failures.failed(hosts, Unreachable(why)) from None
        said = hide_passwords(hide_key(text, key))
        error = server_errors.explain(host_of(base_url), status, said)
        if isinstance(error, Unreachable) and server_errors.is_down(status, text):
            error = server_failures.failed(hosts, error)
        raise error from None


def _probe(base_url: str, key: str, query: str, variables: Mapping[str, Any] | None) -> int:
    """The HTTP error with which a question is put off, 0 if there is none.

    The client honours Retry-After in silence, however long it is.
    """
    import requests

    named = re.search(r"query (\w+)", query)
    body = {
        "query": query,
        "variables": variables or {},
        "operationName": named[1] if named else None,
    }
    try:
        got = requests.post(
            f"{base_url}/graphql",
            json=body,
            auth=("api", key),
            timeout=PROBE,
            allow_redirects=False,
        )
    except requests.RequestException:
        return 0
    return got.status_code if got.status_code == 429 or got.status_code >= 500 else 0
