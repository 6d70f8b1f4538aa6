"""Pseudonyms: who wrote a post, and who is named in one, under a name that tells nobody who it is.

A pseudonym is a keyed hash (BLAKE2b) of the name: the same person has the same one wherever the key is the
same, and without the key a list of names does not help to find out whose it is.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from echodetect.corpus import Corpus
from echodetect.errors import ParameterError

__all__ = ["Pseudonyms", "check_redact"]

_OUTER = re.compile(
    r"(?P<link>(?<![\w+.-])[a-z][a-z0-9+.-]*://\S+|(?<!\w)www\.\S+"
    r"|(?<![\w.-])(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?(?:/|[?#][\w%])\S*)"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+)"
    r"|[@\uff20](?P<mention>\w[\w.-]*(?<=\w)(?:@\w[\w.-]*(?<=\w))?)",
    re.IGNORECASE,
)
# A run of letters and digits of a script with capitals, or one letter of another script: there, names may
# stand between letters. Accents and invisible characters belong to the letter before them.
_MARKS = "\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
_CASED = (
    "0-9A-Za-z\u00aa-\u02ff\u0370-\u058f\u10a0-\u10ff\u1c80-\u1fff\u2c00-\u2dff\ua640-\ua7ff\uff10-\uff5a"
)
_TOKEN = re.compile(rf"(?:(?=[^\W_])[{_CASED}][{_MARKS}]*)+|[^\W_][{_MARKS}]*")
_ACCOUNT = re.compile(r"[@\uff20]?([^\s@\uff20]+)[@\uff20][^\s@\uff20]+")
_SPACES, _JOINTS = re.compile(r"[\s,;]+"), re.compile(r"[\s,;._+-]+")
_GAP = 3  # characters between the parts of a name: a space, a hyphen, a full stop and a space
_LEAST, _LEAST_DIGITS = 3, 5  # letters, and digits, since shorter numbers are years and amounts


def check_redact(value: object) -> bool | str:
    """Return `redact` if it is True, False or a secret of at least one character; else ParameterError."""
    if isinstance(value, bool) or (isinstance(value, str) and value):
        return value
    raise ParameterError("redact", value, "True, False or a secret string", "pass True")


class Pseudonyms:
    """Pseudonyms of the authors of some messages, and of whoever is mentioned in them.

    Parameters
    ----------
    names
        The distinct authors, as text.
    key
        1 to 64 bytes: who has them can find out whose a pseudonym is.
    """

    def __init__(self, names: Sequence[str], key: bytes) -> None:
        self._key = key
        self._accounts: dict[str, str] = {}  # of each author's name, without all but letters: its pseudonym
        self._known: dict[str, tuple[str, bool]] = {}  # the same of what tells of them; only where capital
        shared: dict[tuple[str, bool], set[str]] = {}  # what several names may have in common
        for name in names:
            squashed, pseudonym = _squash(name), self.of(name)
            if squashed:
                self._accounts.setdefault(squashed, pseudonym)
            if _telling(squashed):
                self._known.setdefault(squashed, (pseudonym, False))
            for part, capital in _parts(name):
                shared.setdefault((part, capital), set()).add(pseudonym)
        for (part, capital), people in sorted(shared.items()):
            if not capital and len(people) == 1:
                self._accounts.setdefault(part, min(people))
            if _telling(part):  # two of the name Ann: then it is not said who
                self._known.setdefault(part, (min(people) if len(people) == 1 else "[name]", capital))
        self._starts = {key[:_LEAST] for key in self._known}
        self._longest = max(map(len, self._known), default=0)

    @classmethod
    def of_corpus(cls, corpus: Corpus, redact: bool | str) -> Pseudonyms:
        """Of a report's authors, keyed by a secret or else by all there is in the data.

        No list of names is enough to make the second key, and neither the order of rows nor the similarity
        asked for changes it.
        """
        names = list(map(str, corpus.columns.author_names))
        material = [redact] if isinstance(redact, str) else [*names, "", *corpus.texts]
        digest = hashlib.blake2b()
        for part in material:
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
        return cls(names, digest.digest())

    def of(self, name: str) -> str:
        """The pseudonym of a name: eight letters, so that of 10,000 people hardly ever two share one."""
        data = name.encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(data, key=self._key, digest_size=5).digest()
        return f"Person {base64.b32encode(digest).decode().lower()}"

    def cover(self, text: str) -> list[tuple[int, int, str]]:
        """Spans of a text, ascending and apart, and what stands there instead."""
        found, end = [], 0
        for match in _OUTER.finditer(text):
            found += self._names(text, end, match.start())
            if match["mention"] is None:
                instead = "[link]" if match["link"] else "[address]"
            else:
                instead = f"@{self._account(match['mention'])}"
            found.append((match.start(), match.end(), instead))
            end = match.end()
        return found + self._names(text, end, len(text))

    def _account(self, mention: str) -> str:
        for name in (mention, mention.partition("@")[0]):
            if pseudonym := self._accounts.get(_squash(name)):
                return pseudonym
        return self.of("@" + _squash(mention))

    def _names(self, text: str, start: int, stop: int) -> list[tuple[int, int, str]]:
        """What of a stretch names an author, the longest names first."""
        tokens = [
            (_squash(text[low:high]), low, high)
            for match in _TOKEN.finditer(text, start, stop)
            for low, high in _words(text, *match.span())
        ]
        found, at = [], 0
        while at < len(tokens):
            last, instead = self._name_at(tokens, at, text)
            if last >= at:
                found.append((tokens[at][1], tokens[last][2], instead))
            at = max(last, at) + 1
        return found

    def _name_at(self, tokens: list[tuple[str, int, int]], at: int, text: str) -> tuple[int, str]:
        """The last token of the longest name that begins at a token, -1 for none, and its pseudonym."""
        best, joined = (-1, ""), ""
        for place in range(at, len(tokens)):
            if place > at and tokens[place][1] - tokens[place - 1][2] > _GAP:
                break
            joined += tokens[place][0]
            if len(joined) > self._longest or (len(joined) >= _LEAST and joined[:_LEAST] not in self._starts):
                break
            pseudonym, capital = self._known.get(joined, ("", False))
            if pseudonym and not (capital and text[tokens[at][1]].islower()):
                best = place, pseudonym
        return best


def _parts(name: str) -> list[tuple[str, bool]]:
    """What of a name, squashed, tells of it by itself, and whether only where written with a capital.

    Of an address or an account on a host (ann.bly@host) that is what stands before the host.
    """
    account = _ACCOUNT.fullmatch(name)
    words = (_JOINTS if account else _SPACES).split(account[1] if account else name)
    found = [(_squash(account[1]), False)] if account else []
    if len(words) > 1:
        small = name.islower()  # as where all names are; else a small part is a "van"
        found += [(_squash(word), True) for word in words if word and (small or word[0].isupper())]
    return [(part, capital) for part, capital in found if part]


def _words(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """A token in the words that it is written together from: ThanksAnnBly, and AnnBly2026 or #annbly2026."""
    token = text[start:stop]
    if token[1:].islower() and token.isalpha():  # by far the most usual
        return [(start, stop)]
    digits = not token[0].islower() or text[start - 1 : start] in ("#", "\uff03")
    bounds, before, cut = [start], token[0], False
    for at in range(start + 1, stop):
        after = text[at]
        if not after.isalnum():  # an accent, or invisible: a space of no width may stand between words
            cut |= not unicodedata.combining(after)
            continue
        if cut or (before.islower() and after.isupper()) or (digits and before.isdigit() != after.isdigit()):
            bounds.append(at)
        before, cut = after, False
    return list(pairwise([*bounds, stop]))


def _squash(name: str) -> str:
    """A name without case, accents and all that is neither letter nor digit: Bram de Boer is @bram_deboer."""
    if name.isascii() and name.isalnum():
        return name.lower()
    spelt = unicodedata.normalize("NFKD", name.casefold())
    return "".join([c for c in spelt if c.isalnum()]).casefold()


def _telling(squashed: str) -> bool:
    """Whether a name is long enough to be looked for among other words."""
    if squashed.isdigit():
        return len(squashed) >= _LEAST_DIGITS
    return len(squashed) >= _LEAST or (len(squashed) == 2 and squashed.upper() == squashed.lower())
