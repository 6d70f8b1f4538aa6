"""By eye: what to read first to see whether a threshold is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect import notebook, render
from echodetect.corpus import Corpus
from echodetect.frames import Caller, Column
from echodetect.posts import plain, take
from echodetect.scores import Scores

_Columns = dict[str, NDArray[Any] | Column]


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """The posts and the clusters of a report that are worth a look before it is believed.

    Attributes
    ----------
    least_certain
        A row per distinct folded text, the weakest tie to its cluster's representative first, in the caller's
        kind of frame: row (int64, the first message that says so), cluster (int64), similarity (float64,
        0..1, to the representative), verbatim (float64, 0..1), text, template (str). Representatives are not
        among them. If the first of them are echoes, `similarity` can be lower; if they are not, raise it.
    largest
        A row per cluster, most posts first, in the caller's kind of frame: cluster, posts, authors (int64,
        null without an author column), min_similarity (float64, 0..1), template (str). A large cluster that
        is no message of anybody is a form of words: see `min_length` and `min_embedded`.
    """

    least_certain: Any
    largest: Any
    _shown: str

    def __repr__(self) -> str:
        return self._shown

    def _repr_html_(self) -> str:
        return notebook.plain(self._shown)


def review(caller: Caller, corpus: Corpus, scores: Scores, count: int) -> Review:
    """Both tables of at most `count` rows.

    Equal ties are in the order of verbatim share, then of cluster, then of content; clusters of equal size in
    the order of their numbers: neither depends on the order of the messages.
    """
    weak, members = _least_certain(corpus, scores, count)
    large = _largest(scores, count)
    total = scores.representatives.size
    shown = render.review(plain(weak), members, plain(large), total)
    return Review(caller.table(weak), caller.table(large), shown)


def _least_certain(corpus: Corpus, scores: Scores, count: int) -> tuple[_Columns, int]:
    """Columns of the members with the weakest ties, and how many members there are to choose from."""
    label = np.full(len(corpus.texts), -1, dtype=np.int64)  # of each text
    label[:] = scores.labels[corpus.first] if label.size else -1
    label[scores.representatives] = -1
    texts = np.flatnonzero(label >= 0)
    rows = corpus.first[texts]
    similarity, verbatim = _values(scores, "similarity")[rows], _values(scores, "verbatim")[rows]
    order = np.lexsort((texts, label[texts], verbatim, similarity))[:count]
    rows, label = rows[order], label[texts[order]]
    templates = take(scores.clusters["template"], label)
    columns: _Columns = {
        "row": rows,
        "cluster": label,
        "similarity": similarity[order],
        "verbatim": verbatim[order],
        "text": np.array(corpus.columns.texts.at(rows), dtype=object),
        "template": templates,
    }
    return columns, texts.size


def _largest(scores: Scores, count: int) -> _Columns:
    posts = scores.clusters["posts"]
    assert isinstance(posts, np.ndarray)
    order = np.argsort(-posts, kind="stable")[:count]
    names = ("cluster", "posts", "authors", "min_similarity", "template")
    return {name: take(scores.clusters[name], order) for name in names}


def _values(scores: Scores, name: str) -> NDArray[Any]:
    """A column of the messages; anything where it is null."""
    column = scores.messages[name]
    assert isinstance(column, Column)
    return column.values
