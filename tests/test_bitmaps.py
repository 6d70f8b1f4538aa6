from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echodetect.bitmaps import BITS, bitmaps, contained, containment, containment_of, ones
from echodetect.folded import encode
from echodetect.shingles import fmix32, shingle
from tests import naive


def halves(pairs, size, seed=3):
    """Texts 2i and 2i + 1 that share their first `size` letters, and have some of their own."""
    generator = np.random.default_rng(seed)
    letters = np.array(list(string.ascii_lowercase))
    texts = []
    for _ in range(pairs):
        shared, one, other = ("".join(letters[generator.integers(0, 26, size)]) for _ in range(3))
        texts += [shared + one[: int(generator.integers(0, size))], shared + other]
    return texts


def found(texts, left, right, ngram=3):
    lengths = np.array([len(text) for text in texts])
    return containment_of(texts, lengths, ngram, np.asarray(left), np.asarray(right))


def true(texts, left, right, ngram=3):
    return [
        naive.containment(naive.shingles(texts[i], ngram), naive.shingles(texts[j], ngram))
        for i, j in zip(left, right, strict=True)
    ]


@pytest.mark.parametrize("size", [30, 60, 120, 500, 3000])
def test_the_estimate_is_near_the_true_share_whatever_the_length(size):
    texts = halves(200 if size < 1000 else 20, size)
    left, right = np.arange(0, len(texts), 2), np.arange(1, len(texts), 2)
    shares, exact = found(texts, left, right), true(texts, left, right)
    assert shares.dtype == np.float64
    assert abs(np.mean(shares - exact)) < 0.02
    assert np.sqrt(np.mean((shares - exact) ** 2)) < 0.05
    assert found(texts, left, left) == pytest.approx(1.0)
    unlike = left[:-1], right[1:]
    assert np.mean(found(texts, *unlike)) == pytest.approx(np.mean(true(texts, *unlike)), abs=0.02)


def test_short_and_long_texts_mix():
    """A pair's estimate depends on its own two texts, not on which others it comes with."""
    texts = halves(40, 40) + halves(10, 900)
    left, right = np.arange(0, 100, 2), np.roll(np.arange(1, 100, 2), 3)
    together = found(texts, left, right)
    for at in range(left.size):
        assert found([texts[left[at]], texts[right[at]]], [0], [1])[0] == together[at]


@given(st.lists(st.text("ab \U0001f600é", max_size=40), min_size=1, max_size=8), st.sampled_from([64, BITS]))
def test_a_bit_for_each_shingle(texts, bits):
    hashes, offsets = shingle(*encode(texts), 3)
    maps = bitmaps(fmix32(hashes), offsets, bits)
    assert (maps.dtype, maps.shape) == (np.uint64, (len(texts), bits // 64))
    for text, row in zip(texts, maps, strict=True):
        assert (text != "") <= int(np.bitwise_count(row).sum()) <= len(set(naive.shingles(text, 3)))
    every = np.arange(len(texts))
    assert (containment(maps, ones(maps), every, every) == 1.0).all()


def test_blocks_do_not_show(monkeypatch):
    texts = halves(50, 60)
    left, right = np.arange(0, 100, 2), np.arange(1, 100, 2)
    whole = found(texts, left, right)
    monkeypatch.setattr("echodetect.bitmaps._PAIRS", 3)
    assert np.array_equal(found(texts, left, right), whole)


def test_a_full_bitmap_tells_nothing():
    maps = np.full((2, 1), 2**64 - 1, dtype=np.uint64)
    assert containment(maps, ones(maps), np.array([0]), np.array([1])).tolist() == [1.0]
    assert contained(maps, 1.0, np.array([0]), np.array([1])).tolist() == [True]


@given(st.lists(st.text("ab ", max_size=40), min_size=1, max_size=8), st.sampled_from([64, BITS]))
def test_contained_is_what_containment_says(texts, bits):
    hashes, offsets = shingle(*encode(texts), 3)
    maps = bitmaps(fmix32(hashes), offsets, bits)
    left, right = (side.ravel() for side in np.indices((len(texts), len(texts))))
    shares = containment(maps, ones(maps), left, right)
    for least in (0.0, 0.3, 0.6, 0.9, 1.0):
        unsure = np.abs(shares - least) < 1e-9  # the same figure, rounded once more or less
        assert ((contained(maps, least, left, right) == (shares >= least)) | unsure).all()
