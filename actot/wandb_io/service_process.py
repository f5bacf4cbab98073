"""The process behind the W&B client: started without a log, left when it has ended."""

import atexit
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from actot.errors import BadInput, Unreachable

KEY, ADDRESS = "WANDB_API_KEY", "WANDB_BASE_URL"
PYTHON_AUTHORITY, AUTHORITY = "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"
NO_ADDRESS = "not an address of a W&B server; write it as https://HOST"
_lock = threading.Lock()
_clients: list[Any] = []


def client(patience: int) -> Any:
    """The client with its process, made once, and impatient: its defaults retry for minutes.

    `patience`: seconds for one answer. Raises: BadInput, Unreachable.
    """
    with _lock:
        _tidy()
        if not _clients:
            _clients.append(_start(patience))
        return _clients[0]


def leave(client: Any) -> None:
    """Forget a client whose process has ended, so that the next question starts another."""
    import wandb

    with _lock:
        if client in _clients:
            _clients.clear()
            with suppress(SystemExit, *endings()):  # it exits as its process did
                wandb.teardown()


def has_ended(error: Exception) -> bool:
    """Whether an error of the client tells that its process has ended."""
    return isinstance(error, endings()) or "service process is not running" in str(error)


def endings() -> tuple[type[Exception], ...]:
    """What the client raises, beside its own errors, when its process has ended."""
    from wandb.sdk.lib.asyncio_manager import AlreadyJoinedError, RunCancelledError
    from wandb.sdk.mailbox.mailbox import MailboxClosedError
    from wandb.sdk.mailbox.mailbox_handle import HandleAbandonedError

    ended = (AlreadyJoinedError, HandleAbandonedError, MailboxClosedError, RunCancelledError)
    return (ConnectionError, *ended)


def _tidy() -> None:
    """Take the blanks off the ends of the environment's key and address, which the client does not take.

    Raises: BadInput for an address that is none. It is not repeated: what stands there may be a key.
    """
    for name in (KEY, ADDRESS):
        text = os.environ.get(name)
        if text is not None and text != text.strip():
            os.environ[name] = text.strip()
        if text is not None and not text.strip():
            del os.environ[name]
    address = os.environ.get(ADDRESS)
    if address is not None and not _is_address(address):
        raise BadInput(f"{ADDRESS} is {NO_ADDRESS}")


def _is_address(text: str) -> bool:
    """Whether this is http(s)://HOST, with or without a port and a path."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and parts.hostname
        return bool(known) and parts.port != 0 and not re.search(r"\s", text)
    except ValueError:
        return False


def unfit() -> BadInput:
    """What is said where the client does not take its own settings; their values are not repeated."""
    return BadInput(
        f"the W&B client does not take its settings; correct {ADDRESS} and the other WANDB_ variables of the "
        "environment, or the client's file of settings"
    )


def _start(patience: int) -> Any:
    # Reading runs is nobody's business but the server's: the client reports its own faults to its makers.
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    # It looks for the certificates of a lab's own authority in another variable than most of Python.
    if os.environ.get(PYTHON_AUTHORITY):
        os.environ.setdefault(AUTHORITY, os.environ[PYTHON_AUTHORITY])
    import wandb
    from wandb.sdk import wandb_setup
    from wandb.sdk.lib.service.service_token import WandbServiceConnectionError

    settings: dict[str, Any] = {
        "silent": True,
        "x_graphql_retry_max": 1,
        "x_graphql_retry_wait_max_seconds": 1,  # whole seconds; 0 would mean the default
        "x_graphql_timeout_seconds": patience,
    }
    with _unlogged():
        try:
            # `wandb.setup` would start the process with a lock held, and wait for ever where it does not start.
            found = wandb_setup._setup(wandb.Settings(**settings), start_service=False)
        except (wandb.Error, ValueError):
            raise unfit() from None
        try:
            found.ensure_service()
        except (OSError, wandb.Error, WandbServiceConnectionError):
            raise Unreachable(
                "the W&B client cannot start its own process here; install the package wandb again"
            ) from None
    return found


@contextmanager
def _unlogged() -> Iterator[None]:
    """The client's process, started in here, leaves no log.

    It logs the body of every refusal, and a server may repeat the key in it. Without a folder for the log it
    would write to the terminal. The process of another program, named in WANDB_SERVICE, has a log of its own.
    """
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # Windows removes no open file
    names = ("WANDB_CACHE_DIR", "WANDB_SERVICE")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["WANDB_CACHE_DIR"] = folder
    try:
        yield
    finally:
        del os.environ["WANDB_CACHE_DIR"]
        os.environ |= {name: value for name, value in before.items() if name not in os.environ}
        shutil.rmtree(folder, ignore_errors=True)
