from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echodetect.folded import FoldedTexts, encode, lengths_of, stored

PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n"), max_size=8)
TEXTS = ["join us", "", "café", "今日は", "😀 now", "a"]


def held(texts, numbers=None, size=3, other="other"):
    """The texts, chosen of pieces where they stand by `numbers`, each with another one before it.

    The others are many, and let go of; where they are short beside the texts, they stay between them.
    """
    numbers = list(range(len(texts)))[::-1] if numbers is None else numbers
    run = [part for number in numbers for part in (other, texts[number])]
    pieces = [
        "".join(part + "\n" for part in run[start : start + size]) for start in range(0, len(run), size)
    ]
    every = FoldedTexts.of(pieces, np.array([len(part) for part in run], dtype=np.int64))
    assert list(every) == run and stored(every).tolist() == list(range(len(run)))
    return every.chosen(np.array([numbers.index(at) * 2 + 1 for at in range(len(texts))], dtype=np.int64))


@given(st.lists(PLAIN, max_size=9), st.integers(-10, 10), st.integers(-10, 10))
def test_reads_as_a_list(texts, start, stop):
    made = held(texts)
    assert list(made) == texts and len(made) == len(texts)
    assert [made[at] for at in range(-len(texts), len(texts))] == texts * 2
    assert made[start:stop] == texts[start:stop] and made[::-2] == texts[::-2]
    assert list(pickle.loads(pickle.dumps(made))) == texts


@given(st.lists(PLAIN, max_size=9), st.randoms(), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_code_points_in_the_order_in_which_texts_stand(texts, chance, start, stop, long):
    texts = [text * 9 + "!" for text in texts] if long else texts
    numbers = list(range(len(texts)))
    chance.shuffle(numbers)
    made = held(texts, numbers, other="a" if long else "other")
    assert list(made) == texts
    assert stored(made).tolist() == numbers and stored(texts).tolist() == sorted(numbers)
    assert lengths_of(made).tolist() == lengths_of(texts).tolist() == [len(text) for text in texts]
    for rows in (stored(made)[start:stop], None):
        codes, offsets = encode(made, rows)
        some = numbers if rows is None else rows.tolist()
        assert (codes.dtype, offsets.dtype) == (np.uint32, np.int64)
        assert "".join(map(chr, codes)) == "".join(texts[number] for number in some)
        assert np.diff(offsets).tolist() == [len(texts[number]) for number in some]
        plain = encode(texts, np.array(some, dtype=np.int64))
        assert [values.tolist() for values in plain] == [codes.tolist(), offsets.tolist()]


def test_no_such_text():
    made = held(TEXTS)
    for row in (len(TEXTS), -len(TEXTS) - 1):
        with pytest.raises(IndexError):
            made[row]


def test_a_str_is_made_once_of_what_is_asked_for():
    made = held(TEXTS)
    first = made.listed(np.array([2, 4, 2]))
    assert first == [None, None, TEXTS[2], None, TEXTS[4], None]
    kept = first[2]
    again = made.listed(np.array([0]), np.array([2, 3]))
    assert again == [TEXTS[0], None, TEXTS[2], TEXTS[3], TEXTS[4], None]
    assert again[2] is kept
    copy = pickle.loads(pickle.dumps(made))
    assert copy.listed(np.array([5])) == [None] * 5 + [TEXTS[5]]


def test_nothing():
    made = held([])
    assert list(made) == made.listed(np.empty(0, np.int64)) == []
    assert encode(made)[0].size == 0
