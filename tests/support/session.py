"""A session on a real server without a browser: what a tab tells the server, and what it hears from it."""

import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs

import pyarrow as pa
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
        self._address, self._page = address, page
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
                self._id = message.new_session.initialize.session_id
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

    def change(
        self, kind: str, label: str, change: Callable[[Any, WidgetState], None], card: str = ""
    ) -> None:
        """Give a widget another state and let the page be drawn; `change` is told how it was drawn."""
        widget = self._one(kind, label, card)
        change(widget, self._states.setdefault(widget.id, WidgetState(id=widget.id)))
        self.ask()

    def type(self, label: str, text: str, card: str = "") -> None:
        """Type into a field, and see what comes of it."""
        self._give("text_input", label, card, string_value=text)

    def choose(self, label: str, option: str) -> None:
        """Choose one from a list of which many may be chosen, and see what comes of it."""
        self._give("multiselect", label, "", string_array_value={"data": [option]})

    def tick(self, label: str, card: str = "") -> None:
        """Tick a box, and see what comes of it."""
        self._give("checkbox", label, card, bool_value=True)

    def download(self, label: str) -> bytes:
        """What a button gives to save."""
        button = self._one("download_button", label, "")
        url = button.url
        if button.deferred_file_id:
            message = BackMsg()
            asked = message.backend_operation_request
            asked.request_id = asked.session_id = self._id
            asked.deferred_file.file_id = button.deferred_file_id
            self._socket.send(message.SerializeToString())
            url = ""
            while not url:
                heard = ForwardMsg.FromString(self._socket.recv(PATIENCE))
                url = heard.backend_operation_response.deferred_file.url
        with urllib.request.urlopen(f"{self._address}{url}", timeout=PATIENCE) as file:
            return file.read()

    def _one(self, kind: str, label: str, card: str) -> Any:
        found = (getattr(e, kind) for e in self._card(card) if e.WhichOneof("type") == kind)
        (one,) = (widget for widget in found if widget.label == label)
        return one

    def _give(self, kind: str, label: str, card: str, **value: Any) -> None:
        def give(drawn: Any, state: WidgetState) -> None:
            state.MergeFrom(WidgetState(**value))

        self.change(kind, label, give, card)
        self.answer()

    def _card(self, title: str) -> list[Any]:
        """What is drawn from this heading to the next; the whole page without a heading."""
        heads = [at for at, e in enumerate(self._drawn) if e.markdown.body.startswith("#### ")]
        if not title:
            return self._drawn
        (begin,) = (at for at in heads if read(self._drawn[at].markdown.body) == f"#### {title}")
        return self._drawn[begin : next((at for at in heads if at > begin), None)]

    def labels(self, kind: str) -> list[str]:
        """What the widgets of a kind say."""
        return [getattr(e, kind).label for e in self._drawn if e.WhichOneof("type") == kind]

    def picked(self, label: str) -> list[str]:
        """What a list of which many may be chosen holds, as it is written on it."""
        return list(self._one("multiselect", label, "").raw_values)

    def says(self, card: str) -> str:
        """All text of a card."""
        return " ".join(texts(self._card(card)))

    @property
    def said(self) -> str:
        """All text of the page."""
        return " ".join(texts(self._drawn))

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


def texts(elements: Iterable[Any]) -> Iterator[str]:
    """What stands on elements; of a table, its cells."""
    for element in elements:
        one = getattr(element, element.WhichOneof("type"))
        if element.WhichOneof("type") == "table":
            table = pa.ipc.open_stream(one.arrow_data.data).read_all()
            yield from (read(str(cell)) for column in table.columns for cell in column.to_pylist())
        yield from (read(getattr(one, name)) for name in ("label", "body") if hasattr(one, name))
