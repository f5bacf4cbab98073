"""Foreign text for places that read Markdown."""

import re


def plain(text: str) -> str:
    """Foreign text for a place that reads Markdown: every sign that means something is escaped."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@])", r"\\\1", " ".join(str(text).split()))
    return unlinked(escaped)


def unlinked(escaped: str) -> str:
    """Escaped Markdown whose bare addresses and names of icons stay text.

    The screen makes links and icons of them after it has read the escapes, so an invisible word
    joiner (U+2060) stands inside them.
    """
    return re.sub(
        r"(\\?:(?=material/|streamlit\\?:)|\\:(?=//)|\b[wW]{3}\\?(?=\.)|\\?@(?=\w))",
        "\\1\u2060",
        escaped,
    )
