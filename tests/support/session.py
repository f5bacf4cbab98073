"""A session on a real server without a browser: what a tab tells the server, and what it hears from it."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect
from websockets.typing import Origin

from support.screen import read

PATIENCE = 60  # s; many sessions share a server


class Session:
    """It holds what a tab holds: the page as it was drawn last, its widgets, its address."""

    def __init__(self, address: str, page: str = "", query: str = "", **headers: str) -> None:
        self._open = ExitStack()
        where = f"ws{address.removeprefix('http')}/_stcore/stream"
        self._socket = self._open.enter_context(
            connect(where, origin=Origin(address), max_size=None, additional_headers=headers)
        )
        self._page = page
        self._kept: dict[str, ForwardMsg] = {}
        self._states: dict[str, WidgetState] = {}
        self._drawn: list[Any] = []
        self._query = query

    def ask(self) -> None:
        """Let the page be drawn, as it is now."""
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_name = self._query, self._page
        rerun.widget_states.widgets.extend(self._states.values())
        # A tab is not sent again what it has.
        rerun.cached_message_hashes.extend(self._kept)
        self._socket.send(message.SerializeToString())

    def answer(self) -> None:
        """Hear until the page is drawn. Raises: AssertionError where it ends in an error."""
        while True:
            message = ForwardMsg.FromString(self._socket.recv(PATIENCE))
            if message.WhichOneof("type") == "ref_hash":
                message = self._kept[message.ref_hash]
            elif message.metadata.cacheable:
                self._kept[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._drawn.clear()
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                assert element.WhichOneof("type") != "exception", element.exception.message
                self._drawn.append(element)
            elif kind == "script_finished":
                ended = message.script_finished
                assert ended != ForwardMsg.FINISHED_WITH_COMPILE_ERROR
                if ended == ForwardMsg.FINISHED_SUCCESSFULLY:
                    return

    def change(self, kind: str, label: str, change: Callable[[Any, WidgetState], None]) -> None:
        """Give a widget another state and let the page be drawn; `change` is told how it was drawn."""
        (drawn,) = (
            e
            for e in self._drawn
            if e.WhichOneof("type") == kind and getattr(e, kind).label == label
        )
        widget = getattr(drawn, kind)
        state = self._states.setdefault(widget.id, WidgetState(id=widget.id))
        change(widget, state)
        self.ask()

    @property
    def said(self) -> str:
        """All text of the page."""
        found = (getattr(e, e.WhichOneof("type")) for e in self._drawn)
        return " ".join(read(one.body) for one in found if hasattr(one, "body"))

    @property
    def query(self) -> dict[str, list[str]]:
        """What the address holds behind its question mark."""
        return parse_qs(self._query)

    @property
    def alerts(self) -> list[str]:
        """What stands in its boxes."""
        return [read(e.alert.body) for e in self._drawn if e.WhichOneof("type") == "alert"]

    def close(self) -> None:
        """Leave the server."""
        self._open.close()


def seen(address: str, page: str = "", query: str = "", **headers: str) -> Session:
    """A page as it is drawn for a visitor who comes, sees and leaves."""
    found = Session(address, page, query, **headers)
    found.ask()
    found.answer()
    found.close()
    return found
