"""Messages as distinct folded texts, numbered by content: what every later step works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import eq

import numpy as np
from numpy.typing import NDArray

from echodetect.columns import UNKNOWN_TIME, Columns
from echodetect.equal import first_with, numbered, ranked
from echodetect.folded import FoldedTexts
from echodetect.originals import Strings
from echodetect.text import MOST_CHARACTERS, Folded, fold_with_keys, joined
from echodetect.windows import changes, stable_order

_Index = NDArray[np.int64]

_TEXTS = 4096  # compared at once


@dataclass(frozen=True, slots=True)
class Corpus:
    """Distinct folded texts and the messages that have them.

    Attributes
    ----------
    columns
        The messages as read.
    texts
        Distinct folded texts of at least `min_length` characters, in an order that depends on content alone.
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
    texts: FoldedTexts
    text_of: _Index
    first: _Index
    ending: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    counts: dict[str, int]

    @property
    def lengths(self) -> _Index:
        """Characters of each text, int64 (texts,)."""
        return self.texts.lengths

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
    heads, original_of = numbered(columns.texts.first_equal())
    folded = _folded(columns.texts, heads, workers, progress)
    texts, lengths = FoldedTexts.of(folded.pieces, folded.lengths), folded.lengths
    order, equal = _by_content(folded.keys, texts.at)
    order = order.compress(lengths.take(order) >= max(min_length, 1))
    place = np.full(heads.size, -1, dtype=np.int64)
    place[order] = np.arange(order.size)
    place = place.take(equal)  # of each original
    text_of = place.take(original_of)
    messages = np.bincount(original_of, minlength=heads.size)
    nothing = int(messages[lengths == 0].sum())
    counts = {
        "nothing to compare": nothing,
        f"shorter than {min_length} characters": int(messages[place < 0].sum()) - nothing,
        f"compared on {MOST_CHARACTERS} characters": int(messages[folded.shortened].sum()),
    }
    cut = np.zeros(order.size, dtype=np.bool_)
    cut[place[folded.cut & (place >= 0)]] = True
    return Corpus(
        columns,
        texts.chosen(order),
        text_of,
        _first(columns, text_of, order.size),
        folded.cut.take(original_of),
        cut,
        counts,
    )


def _folded(
    texts: Strings, heads: _Index, workers: int, progress: Callable[[int, int], None] | None
) -> Folded:
    """What is in these rows, folded."""
    blocks: list[Folded] = []
    done = 0
    lengths = texts.lengths().take(heads)
    for block in fold_with_keys(lengths, lambda start, stop: texts.joined(heads[start:stop]), workers):
        blocks.append(block)
        done += block.keys.size
        if progress is not None:
            progress(done, heads.size)
    return joined(blocks)


def _by_content(keys: NDArray[np.uint64], at: Callable[[_Index], list[str]]) -> tuple[_Index, _Index]:
    """The first of each distinct text, by key, then text; and the first that is equal to each, int64 (n,).

    Sorting keys takes a fraction of the time and memory of a dict of the texts. Unlike texts with equal keys
    are possible, if hardly ever met: what has an equal key is compared, and a dict settles it. `at` gives the
    texts of some rows.
    """
    rows = ranked(keys)
    first, again = first_with(keys, rows)
    again.sort()  # as they stand in memory
    blocks = (again[start : start + _TEXTS] for start in range(0, again.size, _TEXTS))
    if all(all(map(eq, at(some), at(first.take(some)))) for some in blocks):
        return rows.compress((first == np.arange(keys.size)).take(rows)), first
    texts = at(np.arange(keys.size))
    row: dict[str, int] = {}
    first = np.array([row.setdefault(text, number) for number, text in enumerate(texts)], dtype=np.int64)
    heads = sorted(row.values(), key=lambda number: (int(keys[number]), texts[number]))
    return np.array(heads, dtype=np.int64), first


def _first(columns: Columns, text_of: _Index, count: int) -> _Index:
    """The first message of each text."""
    rows = np.flatnonzero(text_of >= 0)
    text = text_of.take(rows)
    first = np.empty(count, dtype=np.int64)
    first[text] = rows
    several = (np.bincount(text, minlength=count) > 1).take(text)  # the others are settled
    rows, text = rows.compress(several), text.compress(several)
    order = stable_order(text, count)
    rows, text = rows.take(order), text.take(order)
    time = columns.time.take(rows)
    time[time == UNKNOWN_TIME] = np.iinfo(np.int64).max
    earliest = _least(text, time)
    rows, text = rows.compress(earliest), text.compress(earliest)
    foremost = _least(text, columns.timeline.take(rows))
    rows, text = rows.compress(foremost), text.compress(foremost)
    begins = changes(text)
    first[text.compress(begins)] = rows.compress(begins)
    # Same text, time and author: the original text decides, then the id; only then the order of rows.
    tied = ~begins
    tied[:-1] |= tied[1:]
    rows = rows.compress(tied)
    best: dict[int, tuple[str, str, int]] = {}
    keys = zip(columns.texts.at(rows), _spelt_ids(columns, rows), rows.tolist(), strict=True)
    for number, key in zip(text.compress(tied).tolist(), keys, strict=True):
        best[number] = min(best.get(number, key), key)
    for number, (_, _, row) in best.items():
        first[number] = row
    return first


def _spelt_ids(columns: Columns, rows: _Index) -> list[str]:
    """The ids of these messages as strings, empty where there is no such column."""
    if columns.ids is None:
        return [""] * rows.size
    ids = columns.ids
    return list(map(str, ids.take(rows).tolist() if isinstance(ids, np.ndarray) else ids.at(rows)))


def _least(group: _Index, values: _Index) -> NDArray[np.bool_]:
    """Where the least value of each group stands; those of a group are adjacent."""
    if not group.size:
        return np.empty(0, dtype=np.bool_)
    begins = np.flatnonzero(changes(group))
    least = np.minimum.reduceat(values, begins)
    is_least: NDArray[np.bool_] = values == least.repeat(np.diff(begins, append=group.size))
    return is_least
