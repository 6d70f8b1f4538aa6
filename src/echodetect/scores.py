"""What is said of every cluster and every message, from texts, links and representatives: plain columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect import template
from echodetect.audience import Audience
from echodetect.corpus import Corpus
from echodetect.equal import distinct_in, told_apart
from echodetect.exposure import Exposure, measure_audience
from echodetect.frames import Column, Spread, Text
from echodetect.saturation import NAT, WINDOWED, measure_windows
from echodetect.verify import Edges
from echodetect.windows import stable_order

_Index = NDArray[np.int64]
_Columns = dict[str, NDArray[Any] | Column]
_TIME = "datetime64[us]"


@dataclass(frozen=True, slots=True)
class Scores:
    """Columns of both tables, and what the view of one cluster needs.

    labels: int64 (n,), -1 outside every cluster. representatives: each cluster's text, int64 (k,).
    kept: for a representative, which of its words are template (absent: all of them). windows: suffix of the
    columns to microseconds. audience, exposure: None where none was given; exposure speaks of the clusters by
    their numbers and of authors by their codes.
    """

    labels: _Index
    clusters: _Columns
    messages: _Columns
    representatives: _Index
    kept: dict[int, NDArray[np.bool_]]
    windows: dict[str, int]
    audience: Audience | None = None
    exposure: Exposure | None = None


def score(
    corpus: Corpus,
    representative: _Index,
    edges: Edges,
    *,
    similarity: float,
    windows: dict[str, int],
    min_authors: int,
    workers: int,
    audience: Audience | None = None,
) -> Scores:
    """Score the clusters that `representative` (of each text, int64) makes, most saturated first.

    Where there is no author column, or a null in it, each such post counts as a timeline of its own for
    `min_authors`; what is told of authors is then null, or widens the bounds.
    """
    columns = corpus.columns
    n = len(columns)
    rows = np.flatnonzero(corpus.text_of >= 0)
    text, author = corpus.carried
    star = representative.take(text)
    echoing, cluster_of = _echoes(star, author, min_authors, representative.size)
    cluster = cluster_of.take(star)
    # By cluster and text: sums over a cluster's posts then come out the same whatever the order of rows.
    inside = np.flatnonzero(cluster >= 0)
    cluster, text = cluster.take(inside), text.take(inside)
    line = stable_order(cluster * representative.size + text, echoing.size * representative.size)
    inside, cluster, text = inside.take(line), cluster.take(line), text.take(line)
    rows, author = rows.take(inside), author.take(inside)

    alone = np.arange(representative.size)
    clustered = np.where(cluster_of.take(representative) >= 0, representative, alone)
    linked = np.flatnonzero(clustered != alone)
    texts = corpus.texts.listed(linked, clustered.take(linked))
    shares = template.measure(texts, clustered, text, author, corpus.cut, workers=workers)
    verbatim, coverage = shares.verbatim.take(text), shares.coverage.take(text)
    tie, is_embedded = _ties(representative, edges, similarity)

    posts = author, columns.time.take(rows), verbatim
    measured = measure_windows(cluster, *posts, windows, echoing.size)
    before = {suffix: measured.pop(f"repeats_before{suffix}") for suffix in windows}
    order = _most_saturated_first(measured, echoing)
    figures = {name: measured.pop(name)[order] for name in list(measured)}
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    label = place.take(cluster)
    labels = np.full(n, -1, dtype=np.int64)
    labels[rows] = label
    representatives = echoing.take(order)
    heads = corpus.first.take(representatives)
    is_partly = np.zeros(representative.size, dtype=np.bool_)
    is_partly[list(shares.kept)] = True
    partly = np.flatnonzero(is_partly.take(representatives))
    masks = [shares.kept[text] for text in representatives.take(partly).tolist()]
    shown = template.template_texts(columns.texts.at(heads.take(partly)), masks)

    def mean(values: NDArray[Any]) -> NDArray[np.float64]:
        totals = np.bincount(label, weights=values, minlength=order.size).astype(np.float64)
        means: NDArray[np.float64] = totals / np.maximum(figures["posts"], 1)
        return means

    weakest = np.ones(order.size)
    np.minimum.at(weakest, label, tie.take(text))
    clusters: _Columns = {
        "cluster": np.arange(order.size),
        "template": Text(columns.texts.stripped(heads, partly, shown)),
        "posts": figures["posts"],
        "authors": _whole(figures["authors"]),
        "self_repeats": _whole(figures["self_repeats"]),
        "first_seen": _instant(figures["first_seen"]),
        "last_seen": _instant(figures["last_seen"]),
        **{name: _windowed(name, figures[name]) for name in WINDOWED[:2]},
        "exact_share": mean(text == representative.take(text)),
        "mean_verbatim": mean(verbatim),
        "personalised_share": mean(verbatim < 1),
        "embedded_share": mean(is_embedded.take(text)),
        "min_similarity": weakest,
        **{name: _windowed(name, figures[name]) for name in WINDOWED[2:]},
        **{
            name + suffix: _windowed(name, figures[name + suffix])
            for suffix in list(windows)[1:]
            for name in WINDOWED
        },
    }
    exposure = None
    if audience is not None:
        high = {suffix: figures[f"saturation_high{suffix}"] for suffix in windows}
        exposure = measure_audience(audience, columns.author_names, label, *posts, windows, high)
        clusters |= {
            name: values if values.dtype.kind == "i" else Column(values, ~np.isnan(values))
            for name, values in exposure.clusters.items()
        }

    def spread(values: NDArray[Any], known: NDArray[np.bool_] | None = None) -> Column:
        return Spread(n, rows, values, known)

    is_representative = np.zeros(n, dtype=np.bool_)
    is_representative[heads] = True
    messages: _Columns = {
        "cluster": spread(label),
        "similarity": spread(tie.take(text)),
        "verbatim": spread(verbatim),
        "coverage": spread(coverage),
        "truncated": spread((coverage < 1) & ((verbatim == 1) | corpus.ending.take(rows))),
        "is_representative": is_representative,
        **{f"repeats_before{suffix}": spread(counts, counts >= 0) for suffix, counts in before.items()},
    }
    return Scores(labels, clusters, messages, representatives, shares.kept, windows, audience, exposure)


def _echoes(star: _Index, author: _Index, min_authors: int, texts: int) -> tuple[_Index, _Index]:
    """The representatives whose clusters are echoes, ascending; the place of each text among them or -1.

    star, author: representative and author of each post that has a text.
    """
    posts = np.bincount(star, minlength=texts)
    several = (posts >= 2).take(star)
    timelines = distinct_in(star.compress(several), told_apart(author.compress(several)), texts)
    echoing = np.flatnonzero(timelines >= min_authors)  # none of them has one post only
    place = np.full(texts, -1, dtype=np.int64)
    place[echoing] = np.arange(echoing.size)
    return echoing, place


def _ties(
    representative: _Index, edges: Edges, similarity: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Each text's score to its representative, and whether it is tied by embedding alone."""
    tie = np.ones(representative.size)
    is_embedded = np.zeros(representative.size, dtype=np.bool_)
    scores = edges.score(similarity)
    for end, other in ((edges.left, edges.right), (edges.right, edges.left)):
        spoke = representative[end] == other
        tie[end[spoke]] = scores[spoke]
        is_embedded[end[spoke]] = edges.near[spoke] < similarity
    return tie, is_embedded


def _most_saturated_first(measured: dict[str, NDArray[Any]], echoing: _Index) -> _Index:
    """By saturation, then its upper bound, posts, first post, and at last the text."""
    saturated = np.nan_to_num(measured["saturation"], nan=-1.0)
    return np.lexsort(
        (echoing, measured["first_seen"], -measured["posts"], -measured["saturation_high"], -saturated)
    )


def _windowed(name: str, values: NDArray[Any]) -> Column:
    """A figure of `WINDOWED` as a column."""
    if name == "peak_start":
        return _instant(values)
    return _whole(values) if name == "peak" else Column(values, ~np.isnan(values))


def _whole(values: NDArray[np.float64]) -> Column:
    known = ~np.isnan(values)
    return Column(np.where(known, values, 0).astype(np.int64), known)


def _instant(values: _Index) -> Column:
    return Column(values.view(_TIME), values != NAT)
