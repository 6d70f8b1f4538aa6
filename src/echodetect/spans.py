"""Where a post's own words stand: spans that slice the original text, for many posts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echodetect.corpus import Corpus
from echodetect.folded import chunks
from echodetect.template import own_runs
from echodetect.text import MOST_CHARACTERS, tokens_of, words

__all__ = ["Spans", "slices", "spans"]

_Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spans:
    """Own words of posts: row, start, end, int64 (spans,), by row and then by start.

    Half-open character offsets of the original text, neighbouring words joined, none empty.
    """

    row: _Index
    start: _Index
    end: _Index


def spans(
    corpus: Corpus,
    rows: _Index,
    heads: _Index,
    kept: dict[int, NDArray[np.bool_]],
    verbatim: NDArray[np.float64],
) -> Spans:
    """The own words of some posts; equal original texts are looked at once.

    Parameters
    ----------
    corpus
        The messages and their folded texts.
    rows
        Messages in clusters, int64 (m,), ascending.
    heads
        The representative of each one's cluster, a text, int64 (m,).
    kept
        Which words of a representative are template, as in `template.Templates`.
    verbatim
        Each one's verbatim share, float64 (m,): where it is 1 there is nothing to look for.
    """
    own = verbatim < 1
    rows, heads = rows[own], heads[own]
    text = corpus.text_of[rows]
    # By folded text, those of one cluster together: the words that are their author's own.
    member, first = np.unique(text, return_index=True)
    order = np.argsort(heads[first], kind="stable")
    runs: list[list[tuple[int, int]]] = [[] for _ in member]
    found = own_runs(corpus.texts, member[order], heads[first][order], kept, corpus.cut)
    for place, mine in zip(order.tolist(), found, strict=True):
        runs[place] = mine
    for place in np.flatnonzero(corpus.lengths[member] == MOST_CHARACTERS).tolist():
        known = words(corpus.texts[member[place]])
        (original,) = corpus.columns.texts.at(corpus.first[member[place : place + 1]])
        whole = len(known)
        whole -= tokens_of([original])[0][whole - 1][0] != known[-1]  # the last one was cut
        runs[place] = [(start, min(stop, whole)) for start, stop in runs[place] if start < whole]
    # By original text: where those words stand.
    number: dict[str, int] = {}
    originals = corpus.columns.texts.at(rows)
    which = np.array([number.setdefault(original, len(number)) for original in originals], dtype=np.int64)
    _, earliest = np.unique(which, return_index=True)
    place = np.searchsorted(member, text[earliest]).tolist()
    count, start, end = slices(list(number), [runs[at] for at in place])
    # By post: equal texts share theirs.
    offset = np.cumsum(count) - count
    length = count[which]
    inner = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    taken = np.repeat(offset[which], length) + inner
    return Spans(np.repeat(rows, length), start[taken], end[taken])


def slices(
    originals: Sequence[str], runs: Sequence[Sequence[tuple[int, int]]]
) -> tuple[_Index, _Index, _Index]:
    """How many spans each text has, int64 (n,), and all their starts and ends, int64 (spans,).

    runs: of each text's words as `text.tokens` gives them, half-open and ascending.

    Examples
    --------
    >>> count, start, end = slices(["So proud! Join us"], [[(0, 2)]])
    >>> count.tolist(), start.tolist(), end.tolist()
    ([1], [0], [8])
    """
    count: list[int] = []
    bounds: list[tuple[int, int]] = []
    for chunk in chunks(originals):
        for found in tokens_of(chunk):
            before = len(bounds)
            for first, last in runs[len(count)]:
                start, end = found[first][1], found[last - 1][2]
                if start < end:  # a second word of one character (\u00bd) has no place of its own
                    bounds.append((start, end))
            count.append(len(bounds) - before)
    flat = np.array(bounds, dtype=np.int64).reshape(-1, 2)
    return np.array(count, dtype=np.int64), flat[:, 0], flat[:, 1]
