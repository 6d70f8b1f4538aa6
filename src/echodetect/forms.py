"""Slot-filled forms: notices that share their wording and say different things, cut by what was filled in.

"The rate is set at 64.87" and "the rate is set at 66.46" are near each other, and so are a form's other
fillings; but whoever reads two of them has read two messages. What gives a form away is that its fillings are
copied too: a place where many different words stand, none of them on half of the timelines, and several on
more than one. Where people changed a word of a message, one wording still prevails; where they added a
comment, no two have the same one. Both stay one cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from echodetect.equal import distinct_in, told_apart
from echodetect.text import words
from echodetect.verify import Edges

FILLINGS = 4  # different ones in one place, each on two timelines or more, make a form: see designs.md

_Index = NDArray[np.int64]


def cut_forms(
    texts: Sequence[str],
    representative: _Index,
    post_text: _Index,
    post_author: _Index,
    edges: Edges,
    verify: Callable[[_Index, _Index], Edges],
    preference: _Index,
) -> tuple[_Index, Edges]:
    """Cut each star that is a form into one star a filling.

    Parameters
    ----------
    texts
        Distinct folded texts, n, numbered by content.
    representative
        Each text's representative, int64 (n,), as `echodetect.clusters.stars` gives it.
    post_text, post_author
        Text and author code of each post, int64 (posts,); authors below zero are unknown and count as
        timelines of their own.
    edges, verify
        The links, and what gives those of the pairs (left, right) that are links.
    preference
        Which of the texts with most posts is to represent a filling, int64 (n,), larger first.

    Returns
    -------
    representative, int64 (n,), its own number for a text that no other one has the filling of; and the links
    that `verify` found.
    """
    n = len(texts)
    posts = np.bincount(post_text, minlength=n)
    size, weight = (
        np.bincount(representative, minlength=n),
        np.bincount(representative[post_text], minlength=n),
    )
    author = told_apart(post_author)
    worth = (size >= FILLINGS) & (weight >= 2 * FILLINGS)
    worth &= ~_prevailing(texts, representative, post_text, author, worth)
    members = np.flatnonzero(worth[representative])
    members = members[np.argsort(representative[members], kind="stable")]
    timelines = _timelines(post_text, author, worth[representative])
    result = representative.copy()
    for star in np.split(members, np.flatnonzero(np.diff(representative[members])) + 1):
        if not star.size:
            continue
        filled = _fillings(texts, int(representative[star[0]]), star.tolist())
        slots = _slots(filled, [timelines[text] for text in star.tolist()])
        if not slots:
            continue
        groups = defaultdict[tuple[str | None, ...], list[int]](list)
        for text, values in zip(star.tolist(), filled, strict=True):
            groups[tuple(values[slot] for slot in slots)].append(text)
        for group in groups.values():
            result[group] = max(group, key=lambda text: (posts[text], preference[text], -text))
    return _tied(result, representative, edges, verify)


def _prevailing(
    texts: Sequence[str], representative: _Index, post_text: _Index, author: _Index, worth: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Representatives, of those worth a look, whose whole wording stands on half of the star's timelines.

    Such a star is no form: each word of its representative is a filling that prevails. bool (n,).
    """
    holding = np.zeros(representative.size, dtype=np.bool_)
    members = np.flatnonzero(worth[representative])
    pairs = zip(representative[members].tolist(), members.tolist(), strict=True)
    holding[members] = [f" {texts[head]} " in f" {texts[text]} " for head, text in pairs]
    rows = np.flatnonzero(worth[representative[post_text]])
    text, author = post_text[rows], author[rows]
    star, holds = representative[text], holding[text]
    carriers = distinct_in(star[holds], author[holds], worth.size)
    prevailing: NDArray[np.bool_] = 2 * carriers >= distinct_in(star, author, worth.size)
    return prevailing


def _timelines(post_text: _Index, author: _Index, chosen: NDArray[np.bool_]) -> dict[int, set[int]]:
    """The authors of each of the chosen texts."""
    found = defaultdict[int, set[int]](set)
    rows = chosen[post_text]
    for text, who in zip(post_text[rows].tolist(), author[rows].tolist(), strict=True):
        found[text].add(who)
    return found


def _fillings(texts: Sequence[str], head: int, members: list[int]) -> list[list[str | None]]:
    """What each member has in place of each word of the representative: the word, others, or None."""
    form = words(texts[head])
    filled = []
    for text in members:
        own = words(texts[text])
        values: list[str | None] = []
        place = 0
        for block in LCSseq.editops(form, own).as_matching_blocks():  # the last one is empty, at the ends
            other = " ".join(own[place : block.b]) or None
            values += [other] * (block.a - len(values))
            values += form[block.a : block.a + block.size]
            place = block.b + block.size
        filled.append(values)
    return filled


def _slots(filled: list[list[str | None]], timelines: list[set[int]]) -> list[int]:
    """The places of a form that are filled in."""
    half = len(set[int]().union(*timelines)) / 2
    slots = []
    for place, values in enumerate(zip(*filled, strict=True)):
        if len(set(values)) < FILLINGS:
            continue
        carried = defaultdict[str | None, set[int]](set)
        for value, who in zip(values, timelines, strict=True):
            carried[value] |= who
        carried.pop(None, None)
        spread = [len(who) for who in carried.values() if len(who) > 1]
        if len(spread) >= FILLINGS and max(spread) < half:
            slots.append(place)
    return slots


def _tied(
    result: _Index, before: _Index, edges: Edges, verify: Callable[[_Index, _Index], Edges]
) -> tuple[_Index, Edges]:
    """Texts that are not linked to their new representative stand alone."""
    moved = np.flatnonzero((result != before) & (result != np.arange(result.size)))
    unknown = moved.compress(~_linked(result, edges).take(moved))
    heads = result.take(unknown)
    found = verify(np.minimum(unknown, heads), np.maximum(unknown, heads))
    alone = unknown.compress(~_linked(result, found).take(unknown))
    result[alone] = alone
    return result, found


def _linked(representative: _Index, edges: Edges) -> NDArray[np.bool_]:
    """Which texts these links tie to their representative."""
    linked = np.zeros(representative.size, dtype=np.bool_)
    for end, other in ((edges.left, edges.right), (edges.right, edges.left)):
        linked[end.compress(representative.take(end) == other)] = True
    return linked
