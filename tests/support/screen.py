"""A page of the app without a browser: what it says, and what it says after a click."""

import html
import re
from collections.abc import Iterator
from typing import Any

from streamlit.testing.v1 import AppTest

from support import builders

PAGES = {p.stem[2:]: f"pages/{p.name}" for p in sorted((builders.ROOT / "pages").glob("*.py"))}
PATIENCE = 120  # s; several workers may share two cores


class Screen:
    """A session of its own that shows one page."""

    def __init__(self, page: str = "", **query: str) -> None:
        self.app = AppTest.from_file(str(builders.ROOT / "app.py"), default_timeout=PATIENCE)
        self.app.query_params |= query
        if page:
            # The page of its own begins with the address of the link.
            self.app.switch_page(PAGES[page])
        self.run()

    def run(self) -> None:
        """Run the script again, which must end well."""
        self.app.run()
        assert not self.app.exception, self.app.exception

    @property
    def query(self) -> dict[str, str]:
        """What the address holds behind its question mark."""
        given = dict(self.app.query_params)
        return {name: v[-1] if isinstance(v, list) else str(v) for name, v in given.items()}

    @property
    def main(self) -> str:
        """All words of the page's own part."""
        return " ".join(words(self.app.main))

    @property
    def sidebar(self) -> str:
        """All words of the sidebar."""
        return " ".join(words(self.app.sidebar))

    def grid(self) -> list[list[str]]:
        """The rows of the first table of cells, the head first."""
        frame = self.app.main.dataframe[0].value
        return [list(frame.columns), *frame.astype(str).to_numpy().tolist()]

    def column(self) -> list[str]:
        """The first column of that table."""
        return [row[0] for row in self.grid()[1:]]

    def card(self, title: str) -> list[Any]:
        """The elements from this heading to the next."""
        elements = list(self.app.main)
        heads = [at for at, e in enumerate(elements) if is_heading(e)]
        (begin,) = (at for at in heads if read(elements[at].value) == f"#### {title}")
        return elements[begin : next((at for at in heads if at > begin), len(elements))]

    def says(self, title: str) -> str:
        """All words of a card."""
        return " ".join(words(self.card(title)))

    def edit(self, title: str, label: str, text: object) -> None:
        """Give a field of a card another value."""
        (field,) = (e for e in self.card(title) if getattr(e, "label", None) == label)
        field.set_value(text)
        self.run()

    def go(self, page: str) -> None:
        """Look at another page in the same session."""
        self.app.switch_page(PAGES[page])
        self.run()

    def widget(self, kind: str, label: str) -> Any:
        """The widget of a kind with this label."""
        found = [w for w in self.app.get(kind) if getattr(w, "label", None) == label]
        assert len(found) == 1, [getattr(w, "label", None) for w in self.app.get(kind)]
        return found[0]

    def picked(self, label: str) -> list[str]:
        """The ids that a picker of the sidebar holds."""
        return list(self.widget("multiselect", label).value)

    def options(self, label: str) -> list[str]:
        """The ids that a picker offers beside those that are picked."""
        box = self.widget("multiselect", label)
        offered = [text.split(" (")[0] for text in box.options]
        return [text for text in offered if text not in box.value]

    def press(self, label: str) -> None:
        """Press a button."""
        self.widget("button", label).click()
        self.run()

    def set(self, kind: str, label: str, value: Any) -> None:
        """Give a widget another value."""
        self.widget(kind, label).set_value(value)
        self.run()

    def click(self, label: str) -> None:
        """Press a button."""
        self.widget("button", label).click()
        self.run()

    def rows(self) -> list[list[str]]:
        """The rows of the first table of sentences."""
        frame = self.app.main.table[0].value.reset_index()
        return [[read(str(cell)) for cell in row] for row in frame.to_numpy().tolist()]

    def search(self, text: str) -> None:
        """Type into the search of the page."""
        self.set("text_input", "Search knobs, paths and values", text)

    def switch(self, label: str) -> None:
        """Turn a toggle."""
        toggle = self.widget("toggle", label)
        self.set("toggle", label, not toggle.value)


def is_heading(element: Any) -> bool:
    """Whether it begins a card."""
    return element.type == "markdown" and element.value.startswith("#### ")


def words(block: Any) -> Iterator[str]:
    """The text of every element of a block, as it reads on screen."""
    for element in block:
        if element.type in ("table", "arrow_table"):
            frame = element.value.reset_index()
            yield from (read(str(cell)) for row in frame.to_numpy().tolist() for cell in row)
            continue
        texts = [getattr(element, name, None) for name in ("label", "value", "body")]
        yield from dict.fromkeys(read(text) for text in texts if isinstance(text, str))


def read(text: str) -> str:
    """Markdown as it reads: without its signs, and with plain blanks."""
    text = re.sub(r"</?[a-z][^>]*>", " ", text.replace("**", "").replace("`", ""))
    text = re.sub(r"(?<!\\):[a-z-]+\[((?:\\.|[^\]])*)\]", r"\1", text)
    text = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", text)
    return " ".join(html.unescape(text).replace("\u2060", "").split())
