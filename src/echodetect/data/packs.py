"""Word packs of twelve languages (packs.json), and sentences of random words from them.

A sentence walks through word classes in a fixed cycle from a random place and takes any word of each: no
good prose, but the length, the letters and the word order of a language, and no two alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LANGUAGES", "Packs", "Tongue"]

LANGUAGES = ("nl", "en", "de", "fr", "es", "ru", "el", "ar", "hi", "th", "zh", "ja")
_CLASSES = ("adjectives", "nouns", "verbs", "links", "adverbs", "numbers")
_CYCLE = np.array([_CLASSES.index(c) for c in (
    "adjectives", "nouns", "verbs", "links", "adjectives", "nouns", "adverbs", "links", "nouns", "verbs",
    "numbers", "nouns", "links", "adjectives", "nouns", "links", "nouns",
)])  # fmt: skip
_STOPS = {"zh": "。", "ja": "。", "hi": "।", "th": ""}


@dataclass(frozen=True, slots=True)
class Tongue:
    """How a language is spelt."""

    language: str
    joined: bool
    """Written without spaces: a token is a character, not a word."""
    stop: str
    nouns: tuple[str, ...]
    greetings: tuple[str, ...]
    """Shorter than twenty characters."""
    wishes: tuple[str, ...]
    """Endings: behind the greeting of its place, each makes one of 20 to 29 characters like no other."""
    notices: tuple[str, ...]

    def say(self, words: Sequence[str], stop: str | None = None) -> str:
        """Words as a sentence."""
        text = ("" if self.joined else " ").join(words)
        return text[:1].upper() + text[1:] + (self.stop if stop is None else stop)

    def count(self, words: Sequence[str]) -> int:
        """Tokens in words."""
        return sum(map(len, words)) if self.joined else len(words)


class Packs:
    """The words of some languages, numbered through."""

    def __init__(self, languages: Sequence[str]) -> None:
        packs = [_load()[language] for language in languages]
        vocabularies = [list(_vocabulary(pack)) for pack in packs]
        sizes = [[len(words) for words in vocabulary] for vocabulary in vocabularies]
        ends = list(accumulate(size for row in sizes for size in row))
        flat = [word for vocabulary in vocabularies for words in vocabulary for word in words]
        self.words: NDArray[Any] = np.array(flat, dtype=object)
        self._size = np.array(sizes, dtype=np.uint64)  # (languages, classes)
        self._start = np.array([0, *ends[:-1]], dtype=np.int32).reshape(self._size.shape)
        self.tongues = [
            Tongue(
                language,
                bool(pack.get("joined")),
                _STOPS.get(language, "."),
                tuple(pack["nouns"].split()),
                tuple(pack["greetings"]),
                tuple(pack["wishes"]),
                tuple(pack["notices"]),
            )
            for language, pack in zip(languages, packs, strict=True)
        ]
        self.joined = np.array([tongue.joined for tongue in self.tongues])

    def compose(self, rng: np.random.Generator, language: NDArray[Any], width: int) -> NDArray[np.int32]:
        """Random sentences: numbers of words, int32 (n, width), in the languages numbered `language` (n,)."""
        place = rng.integers(0, _CYCLE.size, (language.size, 1)) + np.arange(width)
        row, kind = language[:, None], _CYCLE[place % _CYCLE.size]
        dice = rng.integers(0, 2**32, (language.size, width), dtype=np.uint64)
        picked: NDArray[np.int32] = ((dice * self._size[row, kind]) >> np.uint64(32)).astype(np.int32)
        picked += self._start[row, kind]
        return picked


def _vocabulary(pack: dict[str, Any]) -> Iterator[list[str]]:
    """Return the words of each class, inflected and compounded as the pack says."""
    for kind in _CLASSES:
        words = [str(n) for n in range(2, 1000)] if kind == "numbers" else pack[kind].split()
        if kind == "nouns":
            step = [7 * k + 3 for k in range(pack.get("compounds", 0))]  # half nouns, half compounds
            pairs = [(word, words[(i + s) % len(words)]) for i, word in enumerate(words) for s in step]
            words = words * max(len(step), 1) + [first + second.lower() for first, second in pairs]
        if kind == "numbers" and pack.get("joined"):
            words = pack["nouns"].split()  # digits among characters would blur what a token is
        forms = pack.get("forms", {}).get(kind, ["~"])
        yield [form.replace("~", word) for word in words for form in forms]


@cache
def _load() -> dict[str, Any]:
    source = resources.files("echodetect").joinpath("data", "packs.json")
    packs: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return packs
