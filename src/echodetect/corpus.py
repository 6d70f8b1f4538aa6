"""Messages as distinct folded texts, numbered by content: what every later step works on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect.columns import UNKNOWN_TIME, Columns
from echodetect.shingles import content_keys
from echodetect.text import encode, fold_with_keys

MOST_CHARACTERS = 10_000  # folded characters that are compared: bounds the cost of one pair

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
    """Fold the messages and group equal ones; equal originals are folded once."""
    n = len(columns)
    original = _first_equal(np.fromiter(map(hash, columns.texts), dtype=np.int64, count=n), columns.texts)
    is_head = original == np.arange(n)
    heads, original_of = np.flatnonzero(is_head), (np.cumsum(is_head) - 1)[original]
    folded = fold_with_keys(
        [columns.texts[row] for row in heads.tolist()],
        workers=workers,
        progress=None if progress is None else lambda done: progress(done, heads.size),
    )
    lengths = np.fromiter(map(len, folded.texts), dtype=np.int64, count=heads.size)
    too_long = np.flatnonzero(lengths > MOST_CHARACTERS)
    for at in too_long.tolist():
        text = folded.texts[at] = folded.texts[at][:MOST_CHARACTERS].rstrip()
        lengths[at], folded.keys[at] = len(text), content_keys(*encode([text + "\n"]))[0]
    equal = _first_equal(folded.keys, folded.texts)
    distinct = np.flatnonzero((equal == np.arange(heads.size)) & (lengths >= max(min_length, 1)))
    order = distinct[_by_content(folded.keys[distinct], [folded.texts[at] for at in distinct.tolist()])]
    place = np.full(heads.size, -1, dtype=np.int64)
    place[order] = np.arange(order.size)
    text_of = place[equal[original_of]]
    nothing, aside = int((lengths[original_of] == 0).sum()), int((text_of < 0).sum())
    counts = {
        "nothing to compare": nothing,
        f"shorter than {min_length} characters": aside - nothing,
        f"compared on {MOST_CHARACTERS} characters": int(np.isin(original_of, too_long).sum()),
    }
    ending = folded.cut[original_of]
    cut = np.zeros(order.size, dtype=np.bool_)
    cut[text_of[ending & (text_of >= 0)]] = True
    return Corpus(
        columns,
        [folded.texts[at] for at in order.tolist()],
        lengths[order],
        text_of,
        _first(columns, text_of, order.size),
        ending,
        cut,
        counts,
    )


def _first_equal(keys: NDArray[Any], texts: Sequence[str]) -> _Index:
    """The first row that has each row's text, int64 (n,); equal texts have equal keys.

    Sorting keys takes a fraction of the time and memory of a dict of the texts. Unlike texts with equal keys
    are possible, if hardly ever met: what has an equal key is compared, and a dict settles it.
    """
    if not keys.size:
        return np.empty(0, dtype=np.int64)
    order = np.argsort(keys)
    starts = np.flatnonzero(np.append(True, keys[order[1:]] != keys[order[:-1]]))
    first = np.empty(keys.size, dtype=np.int64)
    first[order] = np.repeat(np.minimum.reduceat(order, starts), np.diff(starts, append=keys.size))
    repeats = np.flatnonzero(first != np.arange(keys.size))
    one, other = (map(texts.__getitem__, rows.tolist()) for rows in (repeats, first[repeats]))
    if all(map(eq, one, other)):
        return first
    row: dict[str, int] = {}
    return np.array([row.setdefault(text, at) for at, text in enumerate(texts)], dtype=np.int64)


def _by_content(keys: NDArray[np.uint64], texts: Sequence[str]) -> _Index:
    """An order that depends on the texts alone: by key; by text where keys are equal."""
    order = np.argsort(keys)
    if (keys[order[1:]] == keys[order[:-1]]).any():
        return np.array(sorted(range(len(texts)), key=lambda i: (int(keys[i]), texts[i])), dtype=np.int64)
    return order


def _first(columns: Columns, text_of: _Index, count: int) -> _Index:
    """The first message of each text."""
    rows = np.flatnonzero(text_of >= 0)
    first = np.empty(count, dtype=np.int64)
    first[text_of[rows]] = rows
    rows = rows[np.bincount(text_of[rows], minlength=count)[text_of[rows]] > 1]  # the others are settled
    time = np.where(columns.time == UNKNOWN_TIME, np.iinfo(np.int64).max, columns.time)[rows]
    author = columns.timeline[rows]
    rows = rows[np.lexsort((author, time, text_of[rows]))]
    text = text_of[rows]
    starts = np.flatnonzero(np.append(True, text[1:] != text[:-1])) if rows.size else rows
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
