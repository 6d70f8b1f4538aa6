from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from echodetect.clusters import _MOST_CHARACTERS, _SMALL, completed, components, stars
from echodetect.verify import Edges
from tests import naive


def make(edges):
    """Edges of {(left, right): similarity}."""
    pairs = np.array(list(edges), dtype=np.int64).reshape(-1, 2)
    near = np.array(list(edges.values()), dtype=np.float64)
    return Edges(pairs[:, 0], pairs[:, 1], near, np.full(near.size, np.nan))


def nothing(left, right):
    """A verifier to which no more pair is a link."""
    return make({})


def among(links):
    """A verifier to which those of the pairs are links."""

    def verify(left, right):
        pairs = zip(left.tolist(), right.tolist(), strict=True)
        return make({pair: links[tuple(sorted(pair))] for pair in pairs if tuple(sorted(pair)) in links})

    return verify


@st.composite
def graphs(draw, most=14):
    count = draw(st.integers(1, most))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).map(sorted).map(tuple)
    pairs = draw(
        st.lists(ends.filter(lambda pair: pair[0] < pair[1]), unique=True, max_size=30)
        if count > 1
        else st.just([])
    )
    near = [draw(st.integers(850, 1000)) / 1000 for _ in pairs]
    weight = [draw(st.integers(1, 5)) for _ in range(count)]
    return count, weight, dict(zip(pairs, near, strict=True))


def plain_components(count, edges):
    """The lowest text of each text's component."""
    component = list(range(count))
    for _ in range(count):
        for i, j in edges:
            component[i] = component[j] = min(component[i], component[j])
    return component


def check_stars(representative, edges, weight):
    """Every member is linked to its representative, and no post with a link is alone."""
    assert representative.dtype == np.int64
    stars_of = representative.tolist()
    for text, head in enumerate(stars_of):
        assert head == text or tuple(sorted((text, head))) in edges
        assert stars_of[head] == head
    for pair in edges:
        for text in pair:
            assert stars_of.count(stars_of[text]) > 1 or weight[text] > 1


@settings(max_examples=500)
@given(graphs())
def test_stars_are_the_sequential_greedy_cover(graph):
    """Save where that would leave a linked text alone: there a neighbour founds a star with it."""
    count, weight, edges = graph
    representative, found = stars(np.array(weight), make(edges), nothing)
    assert found.left.size == 0
    check_stars(representative, edges, weight)
    greedy = naive.star_cover(count, weight, edges)
    linked = {text for pair in edges for text in pair}
    component = plain_components(count, edges)
    left_alone = {component[text] for text in linked if greedy.count(greedy[text]) == 1 and weight[text] == 1}
    for text in range(count):
        if component[text] not in left_alone:
            assert representative[text] == greedy[text]


@settings(max_examples=200)
@given(graphs(), st.data())
def test_links_that_the_candidates_missed_are_looked_up(graph, data):
    _, weight, links = graph
    known = {pair: near for pair, near in links.items() if data.draw(st.booleans())}
    representative, found = stars(np.array(weight), make(known), among(links))
    more = {tuple(sorted(pair)) for pair in zip(found.left.tolist(), found.right.tolist(), strict=True)}
    assert len(more) == found.left.size
    assert not more & set(known)
    assert more <= set(links)
    check_stars(representative, more | set(known), weight)


@given(graphs(), st.randoms(use_true_random=False))
def test_numbering_does_not_matter(graph, random):
    count, weight, edges = graph
    before = stars(np.array(weight), make(edges), nothing)[0].tolist()
    place = list(range(count))
    random.shuffle(place)
    moved = {tuple(sorted((place[i], place[j]))): near for (i, j), near in edges.items()}
    # Ties go to the lower number, so texts must differ in centrality.
    sums = [weight[text] * 2**20 for text in range(count)]
    for (i, j), near in edges.items():
        sums[i] += round(near * 2**20) * weight[j]
        sums[j] += round(near * 2**20) * weight[i]
    assume(len(set(sums)) == count)
    after_weight = np.empty(count, dtype=np.int64)
    after_weight[place] = weight
    shuffled = dict(random.sample(list(moved.items()), len(moved)))
    after = stars(after_weight, make(shuffled), nothing)[0].tolist()
    assert [after[place[text]] for text in range(count)] == [place[head] for head in before]


def test_a_chain_is_cut():
    edges = {(i, i + 1): 0.9 for i in range(99)}
    representative, _ = stars(np.ones(100, dtype=np.int64), make(edges), nothing)
    assert np.bincount(representative).max() == 3


def test_copies_weigh_in():
    edges = {(0, 1): 0.9, (1, 2): 0.9}
    assert stars(np.array([1, 1, 1]), make(edges), nothing)[0].tolist() == [1, 1, 1]
    assert stars(np.array([9, 1, 1]), make(edges), nothing)[0].tolist() == [1, 1, 1]
    far = {**edges, (1, 3): 0.9, (2, 3): 0.9}
    assert stars(np.array([99, 1, 1, 1]), make(far), nothing)[0].tolist() == [0, 0, 2, 2]


def inside(edges):
    """Links by embedding alone."""
    made = make(edges)
    return Edges(made.left, made.right, made.near - 0.3, made.near)


@pytest.mark.parametrize(("a", "b"), [(15, 5), (10, 10), (1, 30), (2, 1), (1, 1)])
def test_a_digest_that_quotes_two_messages_stands_for_neither(a, b):
    """Texts 0 and 1 stand inside text 2, and have nothing of each other."""
    edges = inside({(0, 2): 1.0, (1, 2): 1.0})
    preference = np.array([-80, -85, -180])  # the shorter a text, the plainer
    representative, _ = stars(np.array([a, b, 1]), edges, nothing, preference)
    assert representative[:2].tolist() == [0, 1]
    assert representative[2] in (0, 1)


def test_a_truncated_copy_stands_inside_the_message():
    edges = inside({(0, 1): 1.0})
    cut = np.array([-90, -10_060])  # text 1 is shorter, and cut
    assert stars(np.array([2, 3]), edges, nothing, cut)[0].tolist() == [0, 0]


def test_one_representative_reaches_all_of_a_large_component():
    """However few links the candidates found, what is near the best representative is a cluster with it."""
    count = 5 * _SMALL
    chain = {(i, i + 1): 0.9 for i in range(count - 1)}
    every = {(i, j): 0.9 for j in range(count) for i in range(j)}
    representative, found = stars(np.ones(count, dtype=np.int64), make(chain), among(every))
    assert np.unique(representative).size == 1
    assert found.left.size >= count - 3


@settings(max_examples=200)
@given(graphs(), st.data())
def test_small_components_are_completed(graph, data):
    count, _, links = graph
    known = {pair: near for pair, near in links.items() if data.draw(st.booleans())}
    found = completed(np.full(count, 50), make(known), among(links))
    more = [tuple(pair) for pair in zip(found.left.tolist(), found.right.tolist(), strict=True)]
    component = plain_components(count, known)
    inside = {(i, j) for i, j in links if component[i] == component[j]}
    assert len(set(more)) == len(more)
    assert set(more) == inside - set(known)
    edges = make(known)
    turned = edges.joined(Edges(edges.right, edges.left, edges.near, edges.embedded))  # and twice
    assert completed(np.full(count, 50), turned, among(links)).left.tolist() == found.left.tolist()


def test_large_components_are_left_as_they_are():
    for size, found in ((_SMALL, (_SMALL - 1) * (_SMALL - 2) // 2), (_SMALL + 1, 0)):
        edges = {(i, i + 1): 0.9 for i in range(size - 1)}
        every = {(i, j): 0.9 for j in range(size) for i in range(j)}
        assert completed(np.full(size, 50), make(edges), among(every)).left.size == found
    long = np.full(5, _MOST_CHARACTERS // 5)
    every = {(i, j): 0.9 for j in range(5) for i in range(j)}
    chain = make({(i, i + 1): 0.9 for i in range(4)})
    assert completed(long, chain, among(every)).left.size == 6
    assert completed(long + 1, chain, among(every)).left.size == 0


def test_no_texts_and_no_links():
    for count in (0, 1, 3):
        representative, found = stars(np.ones(count, dtype=np.int64), make({}), nothing)
        assert representative.tolist() == list(range(count))
        assert found.left.size == completed(np.full(count, 9), make({}), nothing).left.size == 0


@given(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60))
def test_components_are_labelled_by_their_lowest_number(count, pairs):
    pairs = [(one % count, other % count) for one, other in pairs]
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    expected = list(range(count))
    for _ in range(count):  # plain relabelling until nothing changes
        for one, other in pairs:
            expected[one] = expected[other] = min(expected[one], expected[other])
    assert components(count, left, right).tolist() == expected


def test_a_long_chain_is_one_component():
    order = np.random.default_rng(0).permutation(20_000)
    assert not components(20_000, order[1:], order[:-1]).any()
