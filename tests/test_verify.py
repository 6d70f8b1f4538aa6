from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from echodetect.verify import Verifier, embedded_share
from tests import naive

TEXTS = st.lists(st.text("ab ", min_size=1, max_size=30), min_size=2, max_size=7, unique=True)
SHARES = st.sampled_from([0.0, 0.5, 0.6, 0.68, 0.75, 0.85, 0.93, 1.0])


def verifier(texts, similarity, embedded=True, min_embedded=4, workers=1):
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    return Verifier(texts, lengths, similarity, embedded, min_embedded, workers)


def all_pairs(texts):
    return np.triu_indices(len(texts), 1)


def expected(texts, similarity, embedded, min_embedded):
    """{(left, right): (near, embedded or None)} of all pairs that hold."""
    found = {}
    for left, right in zip(*all_pairs(texts), strict=True):
        one, other = texts[left], texts[right]
        near = naive.near(one, other)
        if near >= similarity:
            found[left, right] = near, None
        elif embedded and min(len(one), len(other)) >= min_embedded:
            share = naive.embedded(one, other)
            if share >= naive.needed(min(len(one), len(other)), similarity, min_embedded):
                found[left, right] = near, share
    return found


@settings(max_examples=300)
@given(TEXTS, SHARES, st.booleans(), st.integers(1, 10))
def test_edges_are_all_pairs_that_hold_and_no_other(texts, similarity, embedded, min_embedded):
    edges = verifier(texts, similarity, embedded, min_embedded).edges(*all_pairs(texts))
    pairs = list(zip(edges.left.tolist(), edges.right.tolist(), strict=True))
    truth = expected(texts, similarity, embedded, min_embedded)
    assert pairs == list(truth), "in the order given"
    for near, share, (true_near, true_share) in zip(edges.near, edges.embedded, truth.values(), strict=True):
        assert near == true_near
        assert (np.isnan(share) and true_share is None) or share == true_share
    assert edges.at_least(similarity).all()
    assert (edges.score(similarity) >= similarity).all()


@settings(max_examples=300)
@given(TEXTS, SHARES, SHARES, st.booleans())
def test_stricter_is_what_verifying_at_the_stricter_similarity_gives(texts, one, other, embedded):
    low, high = sorted((one, other))
    loose = verifier(texts, low, embedded).edges(*all_pairs(texts))
    there = verifier(texts, high, embedded).stricter(loose)
    direct = verifier(texts, high, embedded).edges(*all_pairs(texts))
    assert there.left.tolist() == direct.left.tolist()
    assert there.right.tolist() == direct.right.tolist()
    assert there.near.tolist() == direct.near.tolist()
    assert there.score(high).tolist() == direct.score(high).tolist()


@given(TEXTS)
def test_near_is_that_of_rapidfuzz(texts):
    edges = verifier(texts, 0.0, False).edges(*all_pairs(texts))
    theirs = [Indel.normalized_similarity(texts[i], texts[j]) for i, j in zip(*all_pairs(texts), strict=True)]
    assert edges.near.tolist() == pytest.approx(theirs, abs=1e-12)


PARTS = st.text("ab", min_size=1, max_size=12)


@settings(max_examples=1500)
@given(PARTS, st.text("ab", max_size=25), SHARES)
@example("aab", "baabb", 0.0)
@example("abab", "bbba", 0.0)
def test_embedded_share_is_the_best_of_all_stretches(part, more, similarity):
    longer = more if len(more) >= len(part) else part + more
    share = naive.embedded(part, longer)
    assert embedded_share(part, longer, similarity) == (share if share >= similarity else 0.0)


@settings(max_examples=60)
@given(st.data())
def test_embedded_share_of_long_texts(data):
    """Beyond 64 characters rapidfuzz takes another road."""
    part = data.draw(st.text("abcd", min_size=65, max_size=90))
    kept = "".join(letter for letter in part if data.draw(st.integers(0, 9)))
    longer = (
        data.draw(st.text("abcd", min_size=30, max_size=60)) + kept + data.draw(st.text("abcd", max_size=60))
    )
    if len(longer) < len(part):
        longer += "a" * len(part)
    assert embedded_share(part, longer) == naive.embedded(part, longer)


@pytest.mark.parametrize("percent", range(5, 101))
def test_a_pair_exactly_at_the_threshold_is_an_edge(percent):
    """Of 200 letters 2 * percent are shared: floats must not push the pair below percent / 100."""
    common, rest = "a" * percent, 100 - percent
    texts = [common + "b" * rest, common + "c" * rest]
    similarity = percent / 100
    for embedded in (False, True):
        assert verifier(texts, similarity, embedded).edges(*all_pairs(texts)).left.size == 1
        above = verifier(texts, np.nextafter(similarity, 2), embedded).edges(*all_pairs(texts))
        assert above.left.size == 0
    inside = ["a" * 100 + "b" * 100, "a" * percent + "c" * rest]
    edges = verifier(inside, similarity).edges(*all_pairs(inside))
    assert edges.left.size == 1
    assert max(edges.near[0], edges.embedded[0]) == similarity
    lengths = ["a" * percent, "a" * (200 - percent)]  # near only as the lengths allow
    assert verifier(lengths, similarity, False).edges(*all_pairs(lengths)).left.size == 1


def test_short_texts_embed_in_nothing():
    texts = ["good morning", "good morning to all of you who are out there tonight"]
    assert verifier(texts, 0.85, min_embedded=12).edges(*all_pairs(texts)).embedded.tolist() == [1.0]
    assert verifier(texts, 0.85, min_embedded=13).edges(*all_pairs(texts)).left.size == 0
    assert verifier(texts, 0.85, embedded=False).edges(*all_pairs(texts)).left.size == 0
    near = ["good morning", "good mornings"]
    assert verifier(near, 0.85, min_embedded=100).edges(*all_pairs(near)).left.size == 1


def test_texts_little_longer_than_the_least_embed_verbatim_only():
    """Thirty-nine characters are less than a third more than thirty, forty are not."""
    for size, held in ((39, False), (40, True)):
        message = ("we are proud of our new office in utrecht " * 2)[:size]
        changed = message[:10] + "x" + message[11:20] + "x" + message[21:]
        other = "my own words come first and then a good many more " + changed
        edges = verifier([message, other], 0.85, min_embedded=30).edges(*all_pairs([message, other]))
        assert edges.left.size == held
        whole = [message, other.replace(changed, message)]
        assert verifier(whole, 0.85, min_embedded=30).edges(*all_pairs(whole)).left.size == 1


def test_workers_and_chunks_do_not_show(monkeypatch):
    generator = np.random.default_rng(4)
    texts = ["".join(generator.choice(list("ab c"), size)) for size in generator.integers(5, 60, 60)]
    one = verifier(texts, 0.7).edges(*all_pairs(texts))
    monkeypatch.setattr("echodetect.verify._CHUNK", 17)
    other = verifier(texts, 0.7, workers=2).edges(*all_pairs(texts))
    assert one.left.size > 20
    for name in ("left", "right", "near", "embedded"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_scripts_beyond_the_basic_plane():
    texts = ["слово 你好 \U0001f600 конец", "и слово 你好 \U0001f600 конец и ещё что-то"]
    edges = verifier(texts, 0.9).edges(*all_pairs(texts))
    assert edges.embedded.tolist() == [1.0]


def test_no_pairs():
    empty = np.empty(0, dtype=np.int64)
    edges = verifier(["a"], 0.5).edges(empty, empty)
    assert edges.left.size == edges.near.size == edges.embedded.size == 0
