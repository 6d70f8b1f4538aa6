"""Clusters from verified pairs: stars around representatives, so that nothing is joined by a chain alone.

A connected component may chain unlike texts together. It is cut into stars: the text that is most alike to
most posts becomes a representative and takes all texts linked to it; then the next among what is left. This
is the greedy star cover of Aslam, Pelekhov and Rus (2004), run for all components at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from echodetect.equal import changes, distinct
from echodetect.verify import Edges

_Index = NDArray[np.int64]
_Verify = Callable[[_Index, _Index], Edges]

_FIXED = 1 << 20  # similarities as whole numbers: sums do not depend on their order
_SMALL = 256  # texts up to which all pairs of a component are compared ...
_MOST_CHARACTERS = 200_000  # ... and characters of all of them together: a fraction of a second
_SWEEPS = 8  # rounds in which the best representative of any larger one is compared with all that is left


def components(count: int, left: _Index, right: _Index) -> _Index:
    """The connected component of each of `count` texts, int64: the lowest number in it.

    Labels are hooked onto lower ones and then shortened (Shiloach and Vishkin 1982), in a few passes. Our own
    because importing scipy's graph routines takes longer than this does for half a million texts.
    """
    label = np.arange(count)
    while True:
        one, other = label[left], label[right]
        apart = one != other
        if not apart.any():
            return label
        left, right, one, other = left[apart], right[apart], one[apart], other[apart]
        np.minimum.at(label, np.maximum(one, other), np.minimum(one, other))
        while True:
            shorter = label[label]
            if np.array_equal(shorter, label):
                break
            label = shorter


def bridged(count: int, edges: Edges, left: _Index, right: _Index, turn: _Index, verify: _Verify) -> Edges:
    """The links, and those found among pairs that wait, by turn, if nothing linked their texts before.

    Near-copies of a long message are all candidates of each other, and to compare a pair takes long: once
    they are linked, however far apart, `completed` and `stars` do the rest.
    """
    if not left.size:
        return edges
    component = components(count, edges.left, edges.right)
    for number in range(1, int(turn.max(initial=0)) + 1):
        waiting = np.flatnonzero((turn == number) & (component[left] != component[right]))
        if not waiting.size:
            continue
        more = verify(left[waiting], right[waiting])
        edges = edges.joined(more)
        component = components(count, component[more.left], component[more.right])[component]
    return edges


def completed(lengths: _Index, edges: Edges, verify: _Verify) -> Edges:
    """The links found among the texts of small components that had not been compared with each other.

    Candidates are bounded, so a text may lack links to some of its like; with them the representative is
    the text that is really the most central. Larger components, of texts of `lengths` characters, int64 (n,),
    are left as they are.
    """
    if not edges.left.size:
        return edges
    count = lengths.size
    component = components(count, edges.left, edges.right)
    small = _small(component, lengths) & (np.bincount(component) > 2)
    texts = np.flatnonzero(small[component])
    texts = texts[np.argsort(component[texts], kind="stable")]
    if not texts.size:
        return edges.take(texts)
    starts = np.flatnonzero(changes(component[texts]))
    behind = np.repeat(np.append(starts[1:], texts.size), np.diff(np.append(starts, texts.size)))
    partners = behind - np.arange(texts.size) - 1  # each text with those after it in its component
    first = np.cumsum(partners) - partners  # where its pairs begin
    one = np.repeat(np.arange(texts.size), partners)
    other = one + 1 + np.arange(one.size) - np.repeat(first, partners)
    new = np.ones(one.size, dtype=np.bool_)
    place = np.empty(count, dtype=np.int64)
    place[texts] = np.arange(texts.size)
    inside = small[component[edges.left]]
    ends = place[edges.left[inside]], place[edges.right[inside]]
    begin, end = np.minimum(*ends), np.maximum(*ends)
    new[first[begin] + end - begin - 1] = False
    one, other = one[new], other[new]
    return verify(texts[one], texts[other])


def _small(component: _Index, lengths: _Index) -> NDArray[np.bool_]:
    """Which components, by label, are small enough to compare all pairs of their texts."""
    few: NDArray[np.bool_] = np.bincount(component) <= _SMALL
    return few & (np.bincount(component, weights=lengths) <= _MOST_CHARACTERS)


def stars(
    weight: _Index,
    edges: Edges,
    verify: _Verify,
    preference: _Index | None = None,
    cut: NDArray[np.bool_] | None = None,
    lengths: _Index | None = None,
) -> tuple[_Index, Edges]:
    """The representative of each text, and the links found on the way.

    Parameters
    ----------
    weight
        Posts that have each text, int64 (n,). Texts are numbered by content: ties go to the lower number.
    edges
        Verified pairs of texts.
    verify
        Gives those of the pairs (left, right) that are links. A candidate step may miss a link between a
        representative and a text two links away, so these are compared before a text is left out.
    preference
        Which of two texts is likelier to be the message itself, int64 (n,), larger first: it represents where
        both are equally central, and a link by embedding alone makes only this one more central. Otherwise a
        digest that quotes two messages would stand for both.
    cut
        Which texts are truncated copies, bool (n,): a link to one that is whole makes only that one central.
    lengths
        Characters of each text, int64 (n,): `completed` has left out components of too many; none by default.

    Returns
    -------
    representative, int64 (n,): its own number for a representative and for a text without links; and the
    links that `verify` found.
    """
    count = weight.size
    source = np.concatenate([edges.left, edges.right])
    target = np.concatenate([edges.right, edges.left])
    near = np.rint(np.concatenate([edges.near, edges.near]) * _FIXED).astype(np.int64)
    centrality = weight * _FIXED
    liking = np.zeros(count, dtype=np.int64) if preference is None else preference
    size = np.zeros(count, dtype=np.int64) if lengths is None else lengths
    mutual = np.isnan(edges.embedded)
    if cut is not None:
        mutual &= cut[edges.left] == cut[edges.right]
    central = np.concatenate([mutual, mutual]) | (liking[source] >= liking[target])
    np.add.at(centrality, source[central], near[central] * weight[target[central]])
    linked = np.flatnonzero(np.bincount(source, minlength=count))
    order = np.lexsort((-linked, liking.take(linked), centrality.take(linked)))
    # From here on only texts with links are looked at, numbered anew: a round costs what they are.
    place = np.full(count, -1, dtype=np.int64)
    place[linked] = np.arange(linked.size)
    source, target = place.take(source), place.take(target)
    rank = np.empty(linked.size, dtype=np.int64)
    rank[order] = np.arange(linked.size)
    representative = np.full(linked.size, -1, dtype=np.int64)
    found = edges.take(np.empty(0, dtype=np.int64))
    component = components(linked.size, place.take(edges.left), place.take(edges.right))
    large = ~_small(component, size.take(linked))[component]
    sweeps = _SWEEPS if large.any() else 0

    def take_in(head: _Index, text: _Index) -> Edges:
        """Give those of the texts to the heads that are linked to them; the best head is written last."""
        more = verify(linked.take(head), linked.take(text))
        order = np.argsort(rank.take(place.take(more.left)), kind="stable")
        representative[place.take(more.right.take(order))] = place.take(more.left.take(order))
        return found.joined(more)

    while source.size:
        # The greedy order allows all at once that have no better text within two links.
        best = rank.copy()
        np.maximum.at(best, source, rank[target])
        second = best.copy()
        np.maximum.at(second, source, best[target])
        chosen = np.zeros(linked.size, dtype=np.bool_)
        chosen[source] = second[source] == rank[source]
        representative[chosen] = np.flatnonzero(chosen)
        spokes = chosen[source]
        representative[target[spokes]] = source[spokes]
        reach = (representative[source] >= 0) & (representative[target] < 0)
        if reach.any():
            pairs = distinct(representative[source[reach]] * linked.size + target[reach])
            found = take_in(pairs // linked.size, pairs % linked.size)
        if sweeps:
            sweeps -= 1
            heads = np.flatnonzero(chosen & large)
            found = take_in(*_swept(component, large & (representative < 0), heads, rank))
        left = (representative[source] < 0) & (representative[target] < 0)
        source, target = source[left], target[left]
    alone = representative < 0
    representative[alone] = np.flatnonzero(alone)
    every, ranks = np.arange(count), np.zeros(count, dtype=np.int64)
    every[linked], ranks[linked] = linked.take(representative), rank
    return _adopt(every, weight, ranks, edges.joined(found)), found


def _swept(component: _Index, left: NDArray[np.bool_], heads: _Index, rank: _Index) -> tuple[_Index, _Index]:
    """The best of the new representatives of each component, with every text there that is left.

    Where thousands of texts are alike, bounded candidates reach only some of them from any one text.
    """
    best = np.full(component.size, -1, dtype=np.int64)
    heads = heads[np.argsort(rank[heads])]
    best[component[heads]] = heads  # the best is written last
    texts = np.flatnonzero(left)
    texts = texts[best[component[texts]] >= 0]
    return best[component[texts]], texts


def _adopt(representative: _Index, weight: _Index, rank: _Index, edges: Edges) -> _Index:
    """No post that is near another stays alone: if its neighbours all went to other stars, it takes one.

    A forest splits into stars of two and more, so that can always be done. The neighbour is one that is the
    centre of a star already; else one of a pair, which becomes the centre of all three; else the member with
    the fewest posts, taken from its star. Texts of several posts are clusters already, and stay as they are.
    """
    size = np.bincount(representative, minlength=representative.size)
    alone = (size[representative] == 1) & (weight == 1)
    edges = edges.take(np.isnan(edges.embedded))
    source = np.concatenate([edges.left, edges.right])
    target = np.concatenate([edges.right, edges.left])
    near = np.concatenate([edges.near, edges.near])
    links = np.flatnonzero(alone[source])
    order = links[
        np.lexsort((-rank[target[links]], -near[links], weight[target[links]], -rank[source[links]]))
    ]
    neighbours: dict[int, list[int]] = {}
    for text, other in zip(source[order].tolist(), target[order].tolist(), strict=True):
        neighbours.setdefault(text, []).append(other)
    star, held = representative.copy(), size
    for text, others in neighbours.items():
        if held[star[text]] > 1:  # adopted, or a centre, by now
            continue
        centre = next((other for other in others if star[other] == other and held[other] > 1), None)
        if centre is None:
            centre = next((other for other in others if held[star[other]] == 2), others[0])
            old = int(star[centre])
            held[old] -= 1
            held[centre] += 1
            star[centre] = centre
            if held[old] == 1 and old != centre and weight[old] == 1:  # it was a pair: the other one follows
                held[old] -= 1
                held[centre] += 1
                star[old] = centre
        held[text] -= 1
        held[centre] += 1
        star[text] = centre
    return star
