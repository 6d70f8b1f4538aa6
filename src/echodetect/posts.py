"""The posts of a report's clusters as plain arrays: what every question asked afterwards starts from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect.corpus import Corpus
from echodetect.frames import Column
from echodetect.scores import Scores
from echodetect.text import words
from echodetect.windows import changes

__all__ = ["LATEST", "Posts", "gather", "named", "nullable", "plain", "stretches", "take", "word_counts"]

_Index = NDArray[np.int64]

LATEST = int(np.datetime64("9999-12-31T23:59:59.999999", "us").astype(np.int64))
"""The last moment of the calendar, microseconds."""


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts in clusters, shape (m,), by cluster, time, author and text: in no order of the caller's rows.

    row, cluster, text (folded), author (-1 where unknown), time (microseconds, NAT where unknown): int64;
    verbatim: float64.
    """

    row: _Index
    cluster: _Index
    author: _Index
    time: _Index
    text: _Index
    verbatim: NDArray[np.float64]


def gather(corpus: Corpus, scores: Scores) -> Posts:
    """The posts of all clusters."""
    columns = corpus.columns
    author = columns.timeline
    verbatim = scores.messages["verbatim"]
    assert isinstance(verbatim, Column)
    rows = np.flatnonzero(scores.labels >= 0)
    text = corpus.text_of[rows]
    rows = rows[np.lexsort((text, author[rows], columns.time[rows], scores.labels[rows]))]
    label, time = scores.labels[rows], columns.time[rows]
    return Posts(rows, label, author[rows], time, corpus.text_of[rows], verbatim.values[rows])


def word_counts(corpus: Corpus, text: _Index) -> _Index:
    """How many words each of some folded texts has, int64 (m,)."""
    distinct, which = np.unique(text, return_inverse=True)
    counts = np.array([len(words(corpus.texts[at])) for at in distinct.tolist()], dtype=np.int64)
    return counts[which]


def named(corpus: Corpus, codes: _Index) -> NDArray[Any] | Column:
    """The authors of some codes as a column: whole numbers stay such, all else as text; -1 is null."""
    names = corpus.columns.author_names
    known = codes >= 0
    if names and all(type(name) is int and abs(name) < 2**63 for name in names):
        return Column(np.array([*names, 0], dtype=np.int64)[codes], known)
    listed = np.array([*map(str, names), None], dtype=object)
    return listed[codes]


def stretches(cluster: _Index) -> list[tuple[int, int]]:
    """Where each cluster's entries begin and end; cluster ascending."""
    return list(pairwise([*np.flatnonzero(changes(cluster)).tolist(), cluster.size]))


def nullable(values: NDArray[np.float64]) -> Column:
    """A column that is null where the values are NaN."""
    return Column(values, ~np.isnan(values))


def take(column: NDArray[Any] | Column, rows: _Index) -> NDArray[Any] | Column:
    """Some rows of a column."""
    if isinstance(column, Column):
        return Column(column.values[rows], column.valid[rows])
    return column[rows]


def plain(columns: dict[str, NDArray[Any] | Column]) -> list[dict[str, Any]]:
    """Rows as dicts of plain values, None for null."""
    lists = []
    for column in columns.values():
        values = column.values if isinstance(column, Column) else column
        valid = column.valid.tolist() if isinstance(column, Column) else [True] * values.size
        lists.append([v if known else None for v, known in zip(values.tolist(), valid, strict=True)])
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
