"""Messages as distinct folded texts, numbered by content: what every later step works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echodetect.columns import UNKNOWN_TIME, Columns
from echodetect.shingles import content_keys
from echodetect.text import chunks, encode, fold, is_cut

MOST_CHARACTERS = 10_000  # folded characters that are compared: bounds the cost of one pair
_CHUNK = 8192

_Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Distinct folded texts and the messages that have them.

    Attributes
    ----------
    columns
        The messages as read.
    texts
        Distinct folded texts of at least `min_length` characters, in an order that depends on content alone.
    lengths
        Their lengths, int64 (texts,).
    text_of
        Each message's text, int64 (n,); -1 where it was set aside.
    first
        Each text's first message, int64 (texts,): the earliest; ties by author, then original text, then id.
    ending
        Whether each message ends in the ellipsis of a truncated copy, bool (n,).
    cut
        Whether one of a text's messages does, bool (texts,).
    counts
        Messages set aside or cut, by reason.
    """

    columns: Columns
    texts: list[str]
    lengths: _Index
    text_of: _Index
    first: _Index
    ending: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    counts: dict[str, int]

    @property
    def posts(self) -> _Index:
        """How many messages have each text, int64 (texts,)."""
        return np.bincount(self.text_of[self.text_of >= 0], minlength=len(self.texts))

    @property
    def carried(self) -> tuple[_Index, _Index]:
        """Text and author code (-1 where unknown) of each message that has a text; int64 both."""
        rows = self.text_of >= 0
        return self.text_of[rows], self.columns.timeline[rows]

    @property
    def plainness(self) -> _Index:
        """Which of two texts is likelier to be the message itself, int64 (texts,), larger first.

        One that is not cut; of those the shorter, as it holds fewer words of somebody's own.
        """
        return -self.lengths - self.cut * (MOST_CHARACTERS + 1)


def collect(
    columns: Columns, min_length: int, workers: int, progress: Callable[[int, int], None] | None = None
) -> Corpus:
    """Fold the messages and group equal ones."""
    number: dict[str, int] = {}
    found = np.empty(len(columns), dtype=np.int64)
    long = 0
    step = _CHUNK * 4 * workers
    for start in range(0, len(columns), step):
        folded = fold(columns.texts[start : start + step], workers=workers)
        if max(map(len, folded)) > MOST_CHARACTERS:
            long += sum(len(text) > MOST_CHARACTERS for text in folded)
            folded = [text[:MOST_CHARACTERS].rstrip() for text in folded]
        found[start : start + len(folded)] = [number.setdefault(text, len(number)) for text in folded]
        if progress is not None:
            progress(start + len(folded), len(columns))
    every = list(number)
    lengths = np.fromiter(map(len, every), dtype=np.int64, count=len(every))
    kept = np.flatnonzero(lengths >= max(min_length, 1))
    order = kept[_by_content([every[i] for i in kept.tolist()])]
    place = np.full(len(every), -1, dtype=np.int64)
    place[order] = np.arange(order.size)
    text_of = place[found] if found.size else found
    nothing = int((lengths[found] == 0).sum()) if found.size else 0
    aside = int((text_of < 0).sum())
    counts = {
        "nothing to compare": nothing,
        f"shorter than {min_length} characters": aside - nothing,
        f"compared on {MOST_CHARACTERS} characters": long,
    }
    texts = [every[i] for i in order.tolist()]
    ending = np.fromiter(map(is_cut, columns.texts), dtype=np.bool_, count=len(columns))
    cut = np.zeros(len(texts), dtype=np.bool_)
    cut[text_of[ending & (text_of >= 0)]] = True
    first = _first(columns, text_of, len(texts))
    return Corpus(columns, texts, lengths[order], text_of, first, ending, cut, counts)


def _by_content(texts: list[str]) -> _Index:
    """An order that depends on the texts alone: by a 64-bit hash; by text where hashes are equal."""
    keys = np.empty(len(texts), dtype=np.uint64)
    start = 0
    for chunk in chunks(texts, _CHUNK):
        keys[start : start + len(chunk)] = content_keys(*encode(chunk))
        start += len(chunk)
    order = np.argsort(keys, kind="stable")
    equal = keys[order[1:]] == keys[order[:-1]]
    if equal.any():
        return np.array(sorted(range(len(texts)), key=lambda i: (int(keys[i]), texts[i])), dtype=np.int64)
    return order


def _first(columns: Columns, text_of: _Index, count: int) -> _Index:
    """The first message of each text."""
    rows = np.flatnonzero(text_of >= 0)
    time = np.where(columns.time == UNKNOWN_TIME, np.iinfo(np.int64).max, columns.time)[rows]
    author = columns.timeline[rows]
    rows = rows[np.lexsort((author, time, text_of[rows]))]
    text = text_of[rows]
    starts = np.flatnonzero(np.append(True, text[1:] != text[:-1])) if rows.size else rows
    first = np.empty(count, dtype=np.int64)
    first[text[starts]] = rows[starts]
    # Same text, time and author: the original text decides, then the id; only then the order of rows.
    tied = np.zeros(rows.size, dtype=np.bool_)
    if rows.size:
        who = columns.timeline
        head = np.repeat(rows[starts], np.diff(np.append(starts, rows.size)))
        tied = (columns.time[rows] == columns.time[head]) & (who[rows] == who[head]) & (rows != head)
    ids = columns.ids
    for row in rows[tied].tolist():
        best = int(first[text_of[row]])
        if _key(columns.texts, ids, row) < _key(columns.texts, ids, best):
            first[text_of[row]] = row
    return first


def _key(texts: list[str], ids: list[object] | None, row: int) -> tuple[str, str]:
    return texts[row], "" if ids is None else str(ids[row])
