"""Over all clusters: how much of what people post is echo, how much of what contacts see is repetition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect import notebook, render
from echodetect.corpus import Corpus
from echodetect.exposure import ratio
from echodetect.frames import UNKNOWN_TIME, Caller, Column
from echodetect.posts import gather, named, nullable, plain, take, word_counts
from echodetect.scores import Scores

__all__ = ["Programme", "programme"]

_Index = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Columns = dict[str, NDArray[Any] | Column]
_WEEK = 7 * 86_400 * 10**6
_MONDAY = 4 * 86_400 * 10**6  # 5 January 1970


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """A whole programme of messages at a glance: frames of the caller's kind.

    In all of them: posts are messages, echoes are posts in clusters, echo_share is echoes / posts;
    own_share is the mean over echoes of 1 - verbatim; impressions are followers of the authors, summed over
    echoes; redundant_impressions and redundant_share (of impressions) are repetitions, in copies. Unknown
    is null: without an audience of edges, nothing is known of redundant impressions, except where there are
    none.

    Attributes
    ----------
    total
        One row: posts, echoes, echo_share, clusters, authors (who posted anything), echoing_authors,
        own_share, all_impressions (of all posts), impressions, redundant_impressions, redundant_share (of
        the impressions of clusters of which it is known), clusters_unknown (those of which it is not).
    authors
        A row per author, by name: author, posts, echoes, echo_share, own_share, own_words (words of their
        own in echoes, int64), followers, impressions, redundant_reach (their followers, once per cluster,
        who also follow another author of it), redundant_share (of all their followers, once per cluster).
    weeks
        A row per week with a post, Monday 0:00 UTC: week, posts, echoes, echo_share; clusters, those whose
        peak (of the first window) begins in it, and their impressions, redundant_impressions,
        redundant_share. Posts of unknown time are in none.
    messages
        A row per cluster: cluster, posts, share_of_posts (of all posts), share_of_echoes, own_share,
        impressions, redundant_impressions, redundant_share.
    personal
        The rows of `authors` that have own words in their echoes, most of their own (own_share) first.
    """

    total: Any
    authors: Any
    weeks: Any
    messages: Any
    personal: Any
    _shown: str

    def __repr__(self) -> str:
        return self._shown

    def _repr_html_(self) -> str:
        return notebook.plain(self._shown)


def programme(caller: Caller, corpus: Corpus, scores: Scores) -> Programme:
    """All tables of a programme."""
    authors = _authors(corpus, scores)
    own = authors["own_share"]
    assert isinstance(own, Column)
    some = np.flatnonzero(own.valid & (own.values > 0))
    some = some[np.lexsort((some, -own.values[some]))]
    total = _total(corpus, scores)
    mine = {name: take(column, some) for name, column in authors.items()}
    return Programme(
        caller.table(total),
        caller.table(authors),
        caller.table(_weeks(corpus, scores)),
        caller.table(_messages(corpus, scores)),
        caller.table(mine),
        render.programme(plain(total)[0], plain(mine)),
    )


def _total(corpus: Corpus, scores: Scores) -> _Columns:
    columns, n = corpus.columns, scores.labels.size
    posts = gather(corpus, scores)
    impressions, redundant = _clusters(scores)
    known = ~np.isnan(redundant)
    code = corpus.columns.timeline
    each = np.bincount(code[code >= 0], minlength=len(columns.author_names))
    nothing = 0.0 if scores.audience is not None and not impressions.size else np.nan  # without any echo
    figures = {
        "echo_share": posts.row.size / n if n else np.nan,
        "own_share": float(np.mean(1 - posts.verbatim)) if posts.row.size else np.nan,
        "all_impressions": _sum(_followers(corpus, scores)[:-1] * each),
        "impressions": _sum(impressions, nothing),
        "redundant_impressions": _sum(redundant, nothing),
        "redundant_share": _sum(redundant) / (_sum(impressions[known]) or np.nan),
    }
    shares = {name: nullable(np.array([value])) for name, value in figures.items()}
    who = posts.author[posts.author >= 0]
    some = None if columns.author is None else (len(columns.author_names), np.unique(who).size)
    return {
        "posts": np.array([n]),
        "echoes": np.array([posts.row.size]),
        "echo_share": shares.pop("echo_share"),
        "clusters": np.array([scores.representatives.size]),
        "authors": Column(np.array([some[0] if some else 0]), np.array([some is not None])),
        "echoing_authors": Column(np.array([some[1] if some else 0]), np.array([some is not None])),
        **shares,
        "clusters_unknown": np.array([int((~known).sum())]),
    }


def _authors(corpus: Corpus, scores: Scores) -> _Columns:
    code, posts = corpus.columns.timeline, gather(corpus, scores)
    count = len(corpus.columns.author_names)
    mine = posts.author >= 0
    author, text, own = posts.author[mine], posts.text[mine], 1 - posts.verbatim[mine]
    total, echoes = np.bincount(code[code >= 0], minlength=count), np.bincount(author, minlength=count)
    words = np.rint(own * word_counts(corpus, text)).astype(np.int64)
    followers = _followers(corpus, scores)[:-1]
    shared, reached = np.full(count, np.nan), np.full(count, np.nan)
    if scores.exposure is not None:
        lines = scores.exposure.timelines
        seen = np.bincount(lines["author"], minlength=count) > 0
        for values, name in ((shared, "redundant_reach"), (reached, "followers")):
            values[seen] = np.bincount(lines["author"], lines[name], minlength=count)[seen]
    return {
        "author": named(corpus, np.arange(count)),
        "posts": total,
        "echoes": echoes,
        "echo_share": echoes / total,
        "own_share": nullable(ratio(np.bincount(author, own, minlength=count), echoes)),
        "own_words": np.bincount(author, words, minlength=count).astype(np.int64),
        "followers": nullable(followers),
        "impressions": nullable(followers * echoes),
        "redundant_reach": nullable(shared),
        "redundant_share": nullable(ratio(shared, reached)),
    }


def _weeks(corpus: Corpus, scores: Scores) -> _Columns:
    time, start = corpus.columns.time, scores.clusters["peak_start"]
    assert isinstance(start, Column)
    timed = time != UNKNOWN_TIME
    week, which = np.unique((time[timed] - _MONDAY) // _WEEK, return_inverse=True)
    posts = np.bincount(which, minlength=week.size)
    echoes = np.bincount(which[scores.labels[timed] >= 0], minlength=week.size)
    impressions, redundant = _clusters(scores)
    peak = start.values[start.valid].view(np.int64)
    of = np.searchsorted(week, (peak - _MONDAY) // _WEEK)
    seen, again, known = (np.zeros(week.size) for _ in range(3))
    for totals, values in ((seen, impressions), (again, redundant)):
        np.add.at(totals, of, values[start.valid])  # NaN where any is unknown
    np.add.at(known, of, 1)
    seen[known == 0] = again[known == 0] = 0 if scores.audience is not None else np.nan
    return {
        "week": (week * _WEEK + _MONDAY).view("datetime64[us]"),
        "posts": posts,
        "echoes": echoes,
        "echo_share": echoes / posts,
        "clusters": known.astype(np.int64),
        "impressions": nullable(seen),
        "redundant_impressions": nullable(again),
        "redundant_share": nullable(ratio(again, seen)),
    }


def _messages(corpus: Corpus, scores: Scores) -> _Columns:
    count = scores.clusters["posts"]
    assert isinstance(count, np.ndarray)
    posts = gather(corpus, scores)
    own = np.bincount(posts.cluster, 1 - posts.verbatim, minlength=count.size)
    impressions, redundant = _clusters(scores)
    return {
        "cluster": np.arange(count.size),
        "posts": count,
        "share_of_posts": count / max(scores.labels.size, 1),
        "share_of_echoes": count / max(posts.row.size, 1),
        "own_share": ratio(own, count),
        "impressions": nullable(impressions),
        "redundant_impressions": nullable(redundant),
        "redundant_share": nullable(ratio(redundant, impressions)),
    }


def _clusters(scores: Scores) -> tuple[_Floats, _Floats]:
    """Impressions and redundant impressions of each cluster, NaN where unknown."""
    if scores.exposure is None:
        unknown = np.full(scores.representatives.size, np.nan)
        return unknown, unknown
    return scores.exposure.clusters["impressions"], scores.exposure.clusters["redundant_impressions"]


def _followers(corpus: Corpus, scores: Scores) -> _Floats:
    """Followers of each author, NaN where unknown, and one NaN more, for posts without an author."""
    names, audience = corpus.columns.author_names, scores.audience
    if audience is None:
        return np.full(len(names) + 1, np.nan)
    followers: _Floats = np.append(audience.followers, np.nan)[np.append(audience.places(names), -1)]
    return followers


def _sum(values: _Floats, nothing: float = np.nan) -> float:
    """The sum of what is known, `nothing` where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.sum()) if known.size else nothing
