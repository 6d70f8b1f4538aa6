from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echodetect.folded import encode
from echodetect.shingles import content_keys, fmix32, fmix64, rolling, shingle, winnow
from tests import naive

TEXTS = st.lists(st.text("ab \U0001f600é", max_size=40), max_size=8)
LETTERS = st.text("abc", max_size=60)


def by_text(values, texts, count):
    return [values[texts == text].tolist() for text in range(count)]


@given(TEXTS, st.integers(1, 20))
def test_rolling_is_the_polynomial_hash_of_each_stretch(texts, ngram):
    joined = "".join(texts)
    codes, _ = encode([joined])
    expected = [naive.polynomial(joined[at : at + ngram]) for at in range(len(joined) - ngram + 1)]
    found = rolling(codes, ngram)
    assert found.dtype == np.uint32
    assert found.tolist() == expected


@given(TEXTS, st.integers(1, 20))
def test_shingles_of_each_text(texts, ngram):
    hashes, offsets = shingle(*encode(texts), ngram)
    assert (hashes.dtype, offsets.dtype) == (np.uint32, np.int64)
    for text, begin, end in zip(texts, offsets[:-1], offsets[1:], strict=True):
        assert hashes[begin:end].tolist() == [naive.polynomial(part) for part in naive.shingles(text, ngram)]
    assert offsets.size == len(texts) + 1


@given(st.lists(LETTERS, max_size=8), st.integers(1, 8), st.integers(1, 8))
def test_winnow_keeps_the_smallest_of_each_window(texts, ngram, window):
    *found, of = winnow(*encode(texts), ngram, window)
    hashes = found[0]
    assert (hashes.dtype, of.dtype) == (np.uint32, np.int64)
    assert (np.diff(of) >= 0).all()
    truth = [naive.winnow(text, ngram, window) for text in texts]
    for which, some in enumerate(found):
        assert by_text(some, of, len(texts)) == [[chosen[which] for chosen in text] for text in truth]


@given(LETTERS, LETTERS, LETTERS, LETTERS, st.data(), st.sampled_from([(3, 2), (5, 5), (12, 8)]))
def test_texts_that_share_a_stretch_share_a_fingerprint(a, b, c, d, data, parameters):
    ngram, window = parameters
    least = ngram + window - 1
    shared = data.draw(st.text("abc", min_size=least, max_size=least + 5))
    hashes, _, _, of = winnow(*encode([a + shared + b, c + shared + d]), ngram, window)
    assert set(hashes[of == 0].tolist()) & set(hashes[of == 1].tolist())


def test_winnow_keeps_about_two_in_window_plus_one():
    letters = np.random.default_rng(1).integers(97, 123, 100_000).astype(np.uint32)
    hashes, *_ = winnow(letters, np.array([0, letters.size]), 12, 8)
    assert hashes.size / letters.size == pytest.approx(2 / 9, abs=0.01)


@given(TEXTS)
def test_content_keys_are_equal_for_equal_texts_only(texts):
    keys = content_keys(*encode(texts))
    assert keys.dtype == np.uint64
    assert len(set(keys.tolist())) == len(set(texts))
    assert content_keys(*encode(texts[::-1])).tolist() == keys[::-1].tolist()


def test_nothing_gives_nothing():
    for texts in ([], ["", ""], ["", "a", ""]):
        codes, offsets = encode(texts)
        hashes, starts = shingle(codes, offsets, 5)
        assert hashes.size == "".join(texts).__len__()
        assert starts.tolist()[-1] == hashes.size
        assert winnow(codes, offsets, 5, 3)[0].size == 0
        assert content_keys(codes, offsets).size == len(texts)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=5))
def test_finalisers(values):
    array = np.array(values, dtype=np.uint32)
    assert fmix32(array).tolist() == [naive.mix32(value) for value in values]
    assert array.tolist() == values, "the input stays as it is"
    wide = np.array(values, dtype=np.uint64)
    assert np.unique(fmix64(wide)).size == np.unique(wide).size
    assert wide.tolist() == values
