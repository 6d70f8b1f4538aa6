from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echodetect.lsh import NEIGHBOURS, WHOLE, Source, bands, pack, pair_up, s_curve
from echodetect.shingles import fmix64


@pytest.mark.parametrize(
    ("similarity", "count", "rows", "chance"),
    [
        (0.8, 20, 5, 0.99964),  # Leskovec, Rajaraman and Ullman, figure 3.8
        (0.5, 20, 5, 0.470),
        (0.2, 20, 5, 0.006),
        (0.0, 20, 5, 0.0),
        (1.0, 1, 100, 1.0),
        (0.5, 1, 1, 0.5),
    ],
)
def test_s_curve(similarity, count, rows, chance):
    assert s_curve(similarity, count, rows) == pytest.approx(chance, abs=5e-4)


def like(pairs, similarity, num_perm=400, seed=1):
    """Signatures of pairs (0, 1), (2, 3), ... whose values agree with this probability."""
    generator = np.random.default_rng(seed)
    signatures = generator.integers(0, 2**32, (num_perm, 2 * pairs), dtype=np.uint32)
    agree = generator.random((num_perm, pairs)) < similarity
    signatures[:, 1::2] = np.where(agree, signatures[:, ::2], signatures[:, 1::2])
    return signatures


@pytest.mark.parametrize("similarity", [0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize(("count", "rows"), [(20, 5), (8, 2), (3, 8)])
def test_recall_follows_the_curve(similarity, count, rows):
    pairs = 3000
    signatures = like(pairs, similarity)
    found = pair_up(bands(signatures, count, rows), 2 * pairs)
    hits = int(((found.left % 2 == 0) & (found.right == found.left + 1)).sum())
    chance = s_curve(similarity, count, rows)
    # Bands share a value now and then (400 values, 100 drawn): a little off the curve on top of chance.
    assert hits / pairs == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / pairs) + 0.02)
    assert found.left.size - hits <= 5, "unlike texts share a band by accident only"


def worth(texts, one, other):
    """Pairs to keep: any two thirds of them."""
    return (texts[one] + texts[other]) % 3 > 0


SOURCES = st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 19)), max_size=40), max_size=4)


def sources(rows):
    for number, source in enumerate(rows):
        keys, texts = np.array(source, dtype=np.int64).reshape(-1, 2).T
        order = (texts * (7 + number) % 5).astype(np.uint32)
        packed = pack(fmix64(keys.astype(np.uint64)), order, order // 2, texts, 20)
        yield Source(packed.copy)


@given(SOURCES)
def test_pairs_are_unique_ascending_and_share_a_bucket(rows):
    found = pair_up(sources(rows), 20)
    assert (found.left.dtype, found.right.dtype) == (np.int64, np.int64)
    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert all(left < right for left, right in pairs)
    buckets = {}
    for number, source in enumerate(rows):
        for key, text in source:
            buckets.setdefault((number, key), set()).add(text)
    shared = {(i, j) for texts in buckets.values() for i in texts for j in texts if i < j}
    assert set(pairs) <= shared
    if all(len(texts) <= WHOLE for texts in buckets.values()):
        assert set(pairs) == shared


@given(SOURCES)
def test_pairs_do_not_depend_on_workers_or_on_the_order_inside_a_source(rows):
    one = pair_up(sources(rows), 20)
    for other in (
        pair_up(sources(rows), 20, workers=3),
        pair_up(sources([source[::-1] for source in rows]), 20),
    ):
        assert one.left.tolist() == other.left.tolist()
        assert one.right.tolist() == other.right.tolist()
        assert one.counts == other.counts


@given(SOURCES)
def test_a_few_sources_at_a_time_give_the_same_pairs(rows):
    one = pair_up(sources(rows), 20, worth=worth, held=10**9)
    for held in (1, 5):
        other = pair_up(sources(rows), 20, worth=worth, held=held)
        assert one.left.tolist() == other.left.tolist()
        assert one.right.tolist() == other.right.tolist()
        assert one.counts == other.counts
        assert one.dropped == other.dropped


@pytest.mark.parametrize("size", [1, 2, 4, 5, 100, 5000])
def test_a_bucket_gives_a_few_pairs_a_text_and_the_rest_is_counted(size):
    keys = np.full(size, 1 << 60, dtype=np.uint64)
    order = np.arange(size, dtype=np.uint32)[::-1]
    packed = pack(keys, order, order, np.arange(size), size)
    found = pair_up([Source(packed.copy)], size)
    assert found.left.size <= NEIGHBOURS * size
    assert found.left.size + found.passed_over == size * (size - 1) // 2
    assert found.buckets == (size > WHOLE)
    assert list(found.counts.values()) == [found.buckets, found.passed_over]


def test_a_bucket_pairs_those_whose_order_is_alike():
    order = np.array([5, 1, 5, 9, 1, 9, 5, 1, 2], dtype=np.uint32)
    packed = pack(np.zeros(9, dtype=np.uint64), order, order[::-1], np.arange(9), 9)
    alike = {(1, 4), (4, 7), (1, 7), (0, 2), (2, 6), (0, 6), (3, 5)}
    for whole in (8, 9):
        found = pair_up([Source(packed.copy)], 9, whole=whole)
        pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
        assert pairs == alike if whole < 9 else len(pairs) == 36


def test_of_more_than_can_be_paired_those_are_whose_second_hash_is_alike_too():
    deeper = np.array([3, 1, 3, 1, 2], dtype=np.uint32)
    for size, pairs in ((4, 6), (5, 2)):
        order = np.zeros(size, dtype=np.uint32)
        packed = pack(order.astype(np.uint64), order, deeper[:size], np.arange(size), size)
        found = pair_up([Source(packed.copy)], size, whole=3, neighbours=3)
        assert found.left.size == pairs
        assert (deeper[found.left] == deeper[found.right]).all() == (pairs == 2)


@pytest.mark.parametrize("size", range(12, 24))
def test_a_bucket_that_may_be_paired_whole_is_split_by_no_hash(size):
    order = np.zeros(size, dtype=np.uint32)
    packed = pack(order.astype(np.uint64), order, np.arange(size, dtype=np.uint32), np.arange(size), size)
    every = size * (size - 1) // 2 - sum(range(size - NEIGHBOURS))
    assert pair_up([Source(packed.copy)], size, whole=20).left.size == (every if size <= 20 else 0)


@pytest.mark.parametrize("size", [1, 30, 10**6])
def test_nothing_depends_on_workers_or_on_when_pairs_are_let_go_of(monkeypatch, size):
    signatures = np.random.default_rng(2).integers(0, 4, (12, 300), dtype=np.uint16)

    def found(workers, held):
        made = pair_up(bands(signatures, 10, 3), 300, worth=worth, held=held, workers=workers)
        return made.left.tolist(), made.right.tolist(), made.dropped, made.buckets, made.passed_over

    one = found(1, 10**9)
    monkeypatch.setattr("echodetect.lsh._KEYS", size)
    monkeypatch.setattr("echodetect.lsh._LINKED", size)
    assert found(1, 1) == found(2, 1) == found(4, 3) == one
    assert len(one[0]) > 1000
    assert one[2] > 1000, "not worth it"


def test_a_source_that_fails_is_told():
    def fails():
        raise MemoryError("no more")

    with pytest.raises(MemoryError, match="no more"):
        pair_up([Source(fails), *bands(like(50, 0.5, 64), 10, 5)], 100, workers=2)


def test_pairs_do_not_depend_on_how_many_keys_are_worked_on_at_once(monkeypatch):
    signatures = np.random.default_rng(2).integers(0, 7, (12, 300), dtype=np.uint16)
    one = pair_up(bands(signatures, 6, 2), 300)
    for size in (1, 7, 100):
        monkeypatch.setattr("echodetect.lsh._KEYS", size)
        monkeypatch.setattr("echodetect.lsh._LINKED", size)
        other = pair_up(bands(signatures, 6, 2), 300)
        assert one.left.tolist() == other.left.tolist()
        assert one.right.tolist() == other.right.tolist()
        assert one.counts == other.counts


@pytest.mark.parametrize("count", [2**10, 2**21 + 1, 2**23, 2**23 + 1])
def test_pairs_of_distant_texts(count):
    """The more texts, the fewer bits are left to the hashes of a key."""
    texts = np.array([0, 5, count // 2, count - 2, count - 1])
    hashes = np.zeros(5, dtype=np.uint32)
    packed = pack(hashes.astype(np.uint64), hashes, hashes, texts, count)
    found = pair_up([Source(packed.copy)], count)
    expected = [(one, other) for one in texts.tolist() for other in texts.tolist() if one < other]
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == expected


def test_bands_are_repeatable_and_differ():
    signatures = like(50, 0.5, 64)
    first, second = ([keys.make() for keys in bands(signatures, 10, 5, seed=3)] for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert np.unique(np.concatenate(first)).size > 900
    some = np.array([3, 5, 8])
    part = [keys.make().tolist() for keys in bands(signatures, 10, 5, seed=3, texts=some)]
    assert part == [keys[some].tolist() for keys in first]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_nothing_to_pair(count):
    empty = np.empty(0, dtype=np.int64)
    for given_ in ([], [Source(empty.astype(np.uint64).copy)]):
        found = pair_up(given_, count)
        assert (found.left.size, found.right.size, found.buckets, found.passed_over) == (0, 0, 0, 0)


@pytest.mark.parametrize("width", [300, 70_000])  # keys of more than 32 bits and of fewer
def test_shared_keys_give_the_same_pairs(width):
    signatures = np.random.default_rng(2).integers(0, 7, (12, width), dtype=np.uint16)
    signatures[:, width // 3 :: 5] = signatures[:, : signatures[:, width // 3 :: 5].shape[1]]
    some = np.flatnonzero(np.arange(width) % 3)
    every, shared = (
        [keys.make() for keys in bands(signatures, 6, 5, texts=some, shared=only)] for only in (False, True)
    )
    for one, other in zip(every, shared, strict=True):
        assert np.isin(other, one).all()
        assert width > 300 or other.size < one.size / 2
    found, same = (pair_up([Source(keys.copy) for keys in made], width) for made in (every, shared))
    assert found.left.size > 10
    assert np.array_equal(found.left, same.left)
    assert np.array_equal(found.right, same.right)
    assert found.counts == same.counts


@pytest.mark.parametrize("known", [1, 5, 20])
def test_bits_that_all_keys_share_may_be_left_out(known):
    chance = np.random.default_rng(known)
    buckets = (chance.integers(0, 40, 500) + (0b10110111011010010101 >> (20 - known)) * 64).astype(np.uint64)
    keys = buckets << np.uint64(64 - known - 6)  # the first bits are the same
    order, deeper = chance.integers(0, 2**32, (2, 500), dtype=np.uint32) >> np.uint32(30)
    texts = chance.integers(0, 90, 500)
    plain, short = (pack(keys, order, deeper, texts, 90, left_out) for left_out in (0, known))
    one, other = pair_up([Source(plain.copy)], 90), pair_up([Source(short.copy, known)], 90)
    assert one.left.tolist() == other.left.tolist()
    assert one.right.tolist() == other.right.tolist()
    assert one.counts == other.counts
    assert one.left.size > 500
