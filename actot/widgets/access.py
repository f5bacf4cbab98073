"""What a visitor may open on the server's disk, and what a message may tell of it.

`ACTOT_ROOTS` names the folders (separated as in PATH). Without it a server that only its own machine can reach opens
any, and one that is bound elsewhere, or asked through a proxy, opens the bundled runs alone.
"""

import os
import re
from collections.abc import Iterable
from ipaddress import ip_address

import streamlit as st

from actot.errors import BadInput
from actot.files import allowed_paths
from actot.source_ref import SourceRef
from actot.sources import sample

VARIABLE = "ACTOT_ROOTS"
OWN = ("localhost", "127.0.0.1", "[::1]")
PROXIED = ("X-Forwarded-For", "Forwarded")
PATH = re.compile(r"(?<![\w/:.~])/[^\s/:;,'\"`()][^\s:;,'\"`()]*")


def is_at_home() -> bool:
    """Whether the browser runs on the server's machine; others share the server, not what is on it."""
    host = str(st.context.headers.get("Host", "")).rpartition(":")[0]
    return host in OWN and not _is_proxied()


def folders() -> tuple[str, ...] | None:
    """The folders below which sources are opened; None for no restriction."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return tuple(os.path.expanduser(p) for p in named.split(os.pathsep) if p.strip())
    return None if _is_loopback(st.get_option("server.address")) else ()


def allows(source: str) -> bool:
    """Whether this visitor may open a source. From then on nothing outside of the folders is read."""
    found = folders()
    allowed_paths.confine(None if found is None else (*found, sample.RUNS))
    ref = SourceRef.parse(source)
    if ref.kind != "disk" or not source:
        return True
    if found is None:
        return not _is_proxied()
    # A home that nobody has is told apart from another's by no one.
    return bool(ref.places) and all(map(allowed_paths.admits, ref.places))


def check(source: str) -> None:
    """Raises: BadInput for a source that may not be opened; whether there is one is not told."""
    if not allows(source):
        raise BadInput(
            f"this server opens files below the folders of {VARIABLE} only; give `sample` or "
            "wandb://entity/project, add exported tables in the sidebar, or ask who runs the server"
        )


def said(message: str) -> str:
    """A message as this visitor may read it: one from elsewhere learns no folder of the server."""
    return message if is_at_home() else shortened(message, folders() or ())


def shortened(message: str, roots: Iterable[str]) -> str:
    """The message with each absolute path cut to what stands below its root, else to its last name."""
    known = {os.path.normpath(r) for r in roots}
    known |= {os.path.realpath(r) for r in known}
    for root in sorted(known - {os.sep}, key=len, reverse=True):
        message = message.replace(root + os.sep, "").replace(root, os.path.basename(root))
    return PATH.sub(lambda m: m[0].rstrip("/").rpartition("/")[2], message)


def _is_proxied() -> bool:
    return any(name in st.context.headers for name in PROXIED)


def _is_loopback(address: str | None) -> bool:
    try:
        return address == "localhost" or ip_address(address or "").is_loopback
    except ValueError:
        return False
