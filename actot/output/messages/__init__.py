"""The shelf of languages: a file is one, `TEXTS` in it holds every text by its name.

A text that a language lacks is the English one.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from actot.facts import Fact
from actot.output.messages.en import English

DEFAULT = "en"


class Count(int):
    """A number that takes its noun: `{n:run|runs}` is `1 run` or `3 runs`."""

    def __format__(self, spec: str) -> str:
        one, separator, many = spec.partition("|")
        if not separator:
            return format(int(self), spec)
        return f"{int(self)} {one if self == 1 else many}"


@cache
def shelf() -> Mapping[str, English]:
    """The texts by language, English first, the others by their code."""
    codes = sorted((m.name for m in iter_modules(__path__)), key=lambda c: (c != DEFAULT, c))
    return MappingProxyType({c: import_module(f"{__name__}.{c}").TEXTS for c in codes})


def texts(lang: str) -> English:
    """The texts of a language."""
    return shelf()[lang]


def sentence(fact: Fact, lang: str) -> str:
    """The sentence that a fact is said in, with its fields as placeholders."""
    return named(f"{fact.family}_{fact.name}", lang)


def named(name: str, lang: str) -> str:
    """The text of that name, for names that data make up: an experiment's kind, a rule, a word."""
    text: str = getattr(texts(lang), name)
    return text


def screen(word: str, lang: str) -> str:
    """The text of a word that data bring: a page, a kind of experiment, a severity, a group."""
    return named(f"screen_{word.lower().replace(' ', '_')}", lang)


LANGUAGES = tuple(shelf())
