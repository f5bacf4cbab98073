"""The error tree. Each error is one sentence for the user: where, what was found, what to do.

ActotError
├── BadInput        the user's file, name or option does not fit (exit code 2)
└── Unreachable     the source did not answer (exit code 3)
    ├── Refused     it did, and does not let this user in: nothing kept for others is shown
    ├── ServerDown  it failed several times in a row: nothing more is asked of it for a while
    └── NoWorkers   the workers of a cluster cannot do the work: no run would be read
"""


class ActotError(Exception):
    """Anything that actot tells its user instead of a traceback."""

    exit_code = 2


class BadInput(ActotError):
    """A file, a name or an option that does not fit; the message says how to mend it."""


class Unreachable(ActotError):
    """The source could not be reached; the message says which one and why."""

    exit_code = 3


class Refused(Unreachable):
    """The source does not accept the key, or does not let it read there."""


class ServerDown(Unreachable):
    """The server failed several times in a row; the message is that of its last failure."""


class NoWorkers(Unreachable):
    """The workers of a cluster are gone or not set up for the work; the message says which and why."""
