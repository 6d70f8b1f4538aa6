from __future__ import annotations

import string

import datasketch
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echodetect import ParameterError, fold, minhash
from echodetect.minhash import permutations, sign, sketch
from tests import naive

POSTS = [
    "Join us on Friday at noon for the opening of our new workshop",
    "So proud! Join us on Friday at noon for the opening of our new workshop. See you there",
    "Quarterly figures: revenue rose by a tenth, costs stayed level",
    "Приходите в пятницу в полдень на открытие нашей новой мастерской",
    "金曜日の正午に新しい工房の開所式にお越しください",
    "ab",
    "x",
    "",
]


def theirs(text, num_perm, ngram, seed):
    """datasketch's own MinHash of the shingle hashes."""
    made = datasketch.MinHash(num_perm=num_perm, seed=seed, hashfunc=int)
    if text:
        made.update_batch([naive.polynomial(part) for part in naive.shingles(text, ngram)])
    return made


@pytest.mark.parametrize(
    ("num_perm", "ngram", "seed"), [(128, 5, 1), (64, 3, 1), (7, 1, 0), (1, 4, 42), (100, 8, 2**32 - 1)]
)
def test_signatures_are_those_of_datasketch(num_perm, ngram, seed):
    signatures = minhash(POSTS, num_perm=num_perm, ngram=ngram, seed=seed)
    assert (signatures.dtype, signatures.shape) == (np.uint32, (len(POSTS), num_perm))
    assert signatures.flags.c_contiguous
    for row, text in zip(signatures, fold(POSTS), strict=True):
        made = theirs(text, num_perm, ngram, seed)
        assert made.hashvalues.dtype == np.uint32
        assert row.tolist() == made.hashvalues.tolist()


def test_permutations_are_those_of_datasketch():
    made = datasketch.MinHash(num_perm=16, seed=5, scheme="affine32")
    factors, summands = permutations(16, 5)
    theirs = np.asarray(made.permutations)
    assert np.array_equal(theirs[0].astype(np.uint32), factors)
    assert np.array_equal(theirs[1].astype(np.uint32), summands)


def test_signatures_serve_in_datasketch_as_they_are():
    signatures = minhash(POSTS, num_perm=128)
    folded = fold(POSTS)
    made = [
        datasketch.MinHash(num_perm=128, seed=1, hashvalues=row, hashfunc=int, scheme="affine32")
        for row in signatures
    ]
    lean = [datasketch.LeanMinHash(seed=1, hashvalues=row, scheme="affine32") for row in signatures]
    expected = [theirs(text, 128, 5, 1) for text in folded]
    assert made[0].jaccard(made[1]) == expected[0].jaccard(expected[1]) == lean[0].jaccard(lean[1])
    assert made[0].jaccard(made[1]) == (signatures[0] == signatures[1]).mean()
    for one, other in zip(lean, expected, strict=True):
        assert one == datasketch.LeanMinHash(other)
        bytes_of = [bytearray(each.bytesize()) for each in (one, datasketch.LeanMinHash(other))]
        one.serialize(bytes_of[0])
        datasketch.LeanMinHash(other).serialize(bytes_of[1])
        assert bytes_of[0] == bytes_of[1]


def test_datasketch_finds_the_same_in_an_index_of_ours_as_in_one_of_its_own():
    expected = [theirs(text, 128, 5, 1) for text in fold(POSTS)]
    full = [
        datasketch.MinHash(num_perm=128, seed=1, hashvalues=row, hashfunc=int, scheme="affine32")
        for row in minhash(POSTS)
    ]
    lean = [datasketch.LeanMinHash(seed=1, hashvalues=row, scheme="affine32") for row in minhash(POSTS)]
    indexes = []
    for sketches in (expected, full, lean):
        index = datasketch.MinHashLSH(threshold=0.5, num_perm=128)
        for name, one in enumerate(sketches):
            index.insert(name, one)
        indexes.append(index)
    for row in range(len(POSTS)):
        found = {
            frozenset(index.query(sketches[row])) for index in indexes for sketches in (expected, full, lean)
        }
        assert len(found) == 1, "whichever made the index and whichever asks"
        assert row in found.pop()
    assert 1 in indexes[1].query(expected[0])


@given(
    st.lists(st.text("abc é\U0001f600", max_size=300), min_size=1, max_size=30),
    st.integers(1, 8),
    st.sampled_from([1, 8, 20]),
    st.randoms(use_true_random=False),
)
def test_a_signature_depends_on_its_own_text_only(texts, ngram, num_perm, random):
    texts.append("long enough to make its block uneven " * 60)
    random.shuffle(texts)
    together = sign(texts, num_perm, ngram, 3)
    for row, text in zip(together, texts, strict=True):
        assert row.tolist() == theirs(text, num_perm, ngram, 3).hashvalues.tolist()


def test_texts_that_fill_a_block_and_longer_ones():
    generator = np.random.default_rng(6)
    sizes = [65_535, 65_540, 65_541, 99_999, *[20_000] * 5, *[1] * 70_000]
    texts = ["".join(map(chr, generator.integers(97, 123, size))) for size in sizes]
    signatures = sign(texts, 9, 5)
    for row in (*range(11), 70_008):
        assert signatures[row].tolist() == theirs(texts[row], 9, 5, 1).hashvalues.tolist()


def test_chunks_of_thousands_give_the_same_as_seven_at_a_time():
    generator = np.random.default_rng(2)
    letters = np.array(list(string.ascii_lowercase + "  "))
    texts = ["".join(letters[generator.integers(0, 28, size)]) for size in generator.integers(0, 90, 3000)]
    whole = minhash(texts, num_perm=10)
    parts = np.concatenate([minhash(texts[at : at + 7], num_perm=10) for at in range(0, 3000, 7)])
    assert np.array_equal(whole, parts)
    for workers in (1, 2, 5):
        assert np.array_equal(whole, minhash(texts, num_perm=10, workers=workers))


def test_repeated_texts_have_the_same_signature_in_their_own_rows():
    texts = [POSTS[row] for row in (3, 0, 7, 3, 1, 0, 7, 3)] + [POSTS[0].upper(), f"{POSTS[0]} #new"]
    alone = np.concatenate([minhash([text], num_perm=16) for text in texts])
    assert np.array_equal(minhash(texts, num_perm=16), alone)
    assert np.array_equal(alone[-1], alone[1]), "equal when folded"
    generator = np.random.default_rng(7)
    rows = generator.integers(0, 900, 6000)  # more than are copied at once
    many = minhash([f"text {row:x} of many" for row in rows], num_perm=4)
    assert np.array_equal(many, minhash([f"text {row:x} of many" for row in range(900)], num_perm=4)[rows])


def test_texts_alike_at_start_middle_and_end_are_told_apart():
    one, other = (f"beginning {word} in the middle {word[::-1]} ending" for word in ("abcd", "efgh"))
    ends = [0, len(one) // 2 - 2, len(one) - 5]
    assert [one[at : at + 5] for at in ends] == [other[at : at + 5] for at in ends]
    signatures = sign([one, other, one, other, other, one], 16, 5)
    for row, text in zip(signatures, [one, other, one, other, other, one], strict=True):
        assert row.tolist() == theirs(text, 16, 5, 1).hashvalues.tolist()


def test_more_texts_than_are_hashed_at_once():
    texts = [f"text {row:x} of many" for row in range(66_000)]
    signatures = minhash(texts, num_perm=2)
    for row in (0, 65_535, 65_536, 65_999):
        assert signatures[row].tolist() == theirs(texts[row], 2, 5, 1).hashvalues.tolist()


def test_no_texts():
    assert minhash([]).shape == (0, 128)
    assert (minhash(["", "🎉"], num_perm=3) == 0xFFFFFFFF).all()


@pytest.mark.parametrize(
    "arguments",
    [
        {"num_perm": 0},
        {"workers": 0},
        {"workers": 1.5},
        {"num_perm": 1.5},
        {"ngram": 0},
        {"seed": -1},
        {"seed": 2**32},
        {"seed": "x"},
        {"seed": 1.5},
    ],
)
def test_bad_arguments(arguments):
    (name,) = arguments
    with pytest.raises(ParameterError, match=f"{name}="):
        minhash(["text"], **arguments)


def test_sketches_agree_as_often_as_the_sets_do():
    generator = np.random.default_rng(3)
    for share in (0.2, 0.5, 0.8):
        agreeing = []
        for _ in range(200):
            common, own = int(60 * share), int(60 * (1 - share) / 2)
            values = generator.integers(0, 2**32, common + 2 * own, dtype=np.uint32)
            one, other = values[: common + own], np.concatenate([values[:common], values[common + own :]])
            offsets = np.array([0, one.size, one.size + other.size])
            signatures = sketch(np.concatenate([one, other]), offsets, 48)
            agreeing.append((signatures[:, 0] == signatures[:, 1]).mean())
        assert np.mean(agreeing) == pytest.approx(share, abs=0.03)


def test_sketches_do_not_depend_on_other_texts_or_on_the_order_of_shingles():
    generator = np.random.default_rng(4)
    hashes = generator.integers(0, 2**32, 90, dtype=np.uint32)
    offsets = np.array([0, 1, 1, 30, 90])
    together = sketch(hashes, offsets, 48, seed=5)
    assert (together.dtype, together.shape) == (np.uint16, (48, 4))
    assert (together[:, 1] == 2**16 - 1).all(), "a text without shingles"
    assert np.unique(together[:, 0]).size == 1, "a text of one shingle has it everywhere"
    for text in range(4):
        part = hashes[offsets[text] : offsets[text + 1]][::-1]
        alone = sketch(part, np.array([0, part.size]), 48, seed=5)
        assert np.array_equal(alone[:, 0], together[:, text])
