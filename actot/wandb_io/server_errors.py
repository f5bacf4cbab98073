"""What a W&B server or its client says in an error, as one sentence: where, what, what to do."""

import re
from urllib.parse import urlsplit

from actot.errors import ActotError, BadInput, Refused, Unreachable
from actot.foreign_text import hide_passwords

LOG_IN = "set WANDB_API_KEY, or run `wandb login`"
SILENT = r"did not respond in time|timed out|[Tt]imeout|deadline exceeded"
# What the client says where no answer came, or half of one.
NO_ANSWER = (
    r"connection refused|NewConnectionError|no such host|NameResolution"
    r"|EOF|IncompleteRead|ChunkedEncoding|broken|reset"
)
REASONS = (
    (
        r"connection refused|NewConnectionError",
        "refuses the connection; check that the server runs, and WANDB_BASE_URL",
    ),
    (
        r"no such host|NameResolution",
        "is a name that nobody knows; check the network, and WANDB_BASE_URL",
    ),
    (
        r"x509|certificate|SSL",
        "shows a certificate that this machine does not trust; install its authority",
    ),
    (
        r"EOF|IncompleteRead|ChunkedEncoding|broken|reset",
        "broke off in the middle of its answer; try again",
    ),
    (r"did not recognize an account", f"does not accept the API key; {LOG_IN}"),
    (
        r"invalid character|unmarshal",
        "gives no answer that a W&B server gives; check WANDB_BASE_URL",
    ),
)


def explain(host: str, status: int, text: str) -> ActotError:
    """The sentence for an HTTP status, or for what the client says."""
    if status == 401:
        return Refused(f"{host} does not accept the API key; {LOG_IN}")
    if status == 403:
        return Refused(f"{host} does not let this API key read here; ask for access, or {LOG_IN}")
    if status == 404:
        return BadInput(
            f"{host} finds nothing there (404); check entity, project, and WANDB_BASE_URL"
        )
    if status == 429:
        return Unreachable(f"{host} asks to wait (429, too many requests); try again in a minute")
    if status:
        return Unreachable(f"{host} answers with error {status}; try again later")
    for pattern, what in REASONS:
        if re.search(pattern, text):
            kind = Refused if "API key" in what else Unreachable
            return kind(f"{host} {what}")
    said = " ".join(text.removeprefix("input:").split())[:200].rstrip(".") or "no reason given"
    return Unreachable(f"{host} does not give the data: {said}; check your access, or try again")


def is_down(status: int, text: str) -> bool:
    """Whether a failure is the server's as a whole, and not that of one question."""
    return status == 429 or status >= 500 or (not status and bool(re.search(NO_ANSWER, text)))


def status_of(error: BaseException) -> int:
    """The HTTP status behind an error, 0 where there was none."""
    seen: BaseException | None = error
    while seen is not None:
        answer = getattr(seen, "response", None)
        code = getattr(answer, "http_status", 0) or getattr(answer, "status_code", 0)
        if code:
            return int(code)
        seen = seen.__cause__
    found = re.search(r"HTTP (\d{3})", str(error))
    return int(found[1]) if found else 0


def text_of(error: BaseException) -> str:
    """What an error says; the words of requests need its name in front."""
    return (
        f"{type(error).__name__}: {error}"
        if error.__class__.__module__.startswith("requests")
        else str(error)
    )


def host_of(base_url: str) -> str:
    """The name of a server, without a password in its address."""
    return urlsplit(base_url).netloc.rpartition("@")[2] or hide_passwords(base_url)
