from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from echodetect.corpus import _by_content, collect
from echodetect.frames import read
from echodetect.text import MOST_CHARACTERS, fold

TEXTS = [
    "Join us on Friday at noon",
    "JOIN US on Friday, at noon!",
    "Quarterly figures are out today",
    "#tag",
    "short",
]


def corpus(rows, min_length=20, workers=1):
    columns, _ = read(rows, id="id")
    return collect(columns, min_length, workers)


def row(text, author="a", at="2025-03-03T09:00:00Z", id=1):
    return {"text": text, "author": author, "posted_at": at, "id": id}


def test_equal_folded_texts_are_one():
    made = corpus([row(text) for text in TEXTS])
    assert sorted(made.texts) == ["join us on friday at noon", "quarterly figures are out today"]
    assert made.lengths.tolist() == [len(text) for text in made.texts]
    assert [made.texts[at] if at >= 0 else "" for at in made.text_of] == [*fold(TEXTS[:3]), "", ""]
    assert made.posts[made.text_of[0]] == 2
    assert {what: count for what, count in made.counts.items() if count} == {
        "nothing to compare": 1,
        "shorter than 20 characters": 1,
    }


def test_numbers_depend_on_content_alone():
    rows = [row(f"message number {number // 2} of a long list", id=number) for number in range(400)]
    before = corpus(rows)
    random.Random(1).shuffle(rows)
    after = corpus(rows, workers=3)
    assert list(before.texts) == list(after.texts)
    assert [rows[at]["id"] // 2 for at in after.first] == [int(at) // 2 for at in before.first]
    longer = corpus([*rows, row("one more message, of another kind")])
    assert [text for text in longer.texts if text in set(before.texts)] == list(before.texts)


def test_the_first_message_is_the_earliest_then_by_author_text_and_id():
    text = "Join us on Friday at noon"
    rows = [
        row(text, "a", None, 9),
        row(text, "b", "2025-03-03T09:00:00Z", 4),
        row(text + "!", "a", "2025-03-03T09:00:00Z", 3),
        row(text, "a", "2025-03-03T09:00:00Z", 2),
        row(text, "a", "2025-03-03T09:00:00Z", 1),
        row(text, "a", "2025-03-03T10:00:00Z", 0),
    ]
    for seed in range(10):
        random.Random(seed).shuffle(rows)
        (first,) = corpus(rows).first
        assert rows[first]["id"] == 1
    (first,) = corpus([row(text, at=None), row(text)]).first
    assert first == 1, "a known time before an unknown one"


def test_long_texts_are_cut_and_counted():
    made = corpus([row("ab " * 10_000), row("ab " * 20_000), row("ab " * (MOST_CHARACTERS // 3))])
    assert sorted(made.lengths.tolist()) == [MOST_CHARACTERS - 2, MOST_CHARACTERS]
    assert made.counts[f"compared on {MOST_CHARACTERS} characters"] == 2
    made = corpus([row("a" * (MOST_CHARACTERS - 1) + " b"), row("a" * (MOST_CHARACTERS - 1))])
    assert made.lengths.tolist() == [MOST_CHARACTERS - 1], "without the space at which it is cut"
    assert not any(text.endswith(" ") for text in made.texts)


def test_nothing():
    for rows in ([], [row("")], [row(None)]):
        made = corpus(rows)
        assert list(made.texts) == []
        assert (made.text_of == -1).all()
        assert made.first.size == made.posts.size == 0
        assert made.text_of.dtype == np.int64


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc")), max_size=20))
def test_unlike_texts_with_equal_keys_stay_apart(drawn):
    """However keys collide, the first row of each text is found, and the order depends on content alone."""
    key = {text: number for number, text in drawn}
    texts = [text for _, text in drawn]
    for listed in (texts, texts[::-1]):
        keys = np.array([key[text] for text in listed], dtype=np.uint64)
        order, first = _by_content(keys, lambda rows, listed=listed: [listed[row] for row in rows])
        assert first.tolist() == [listed.index(text) for text in listed]
        assert [listed[at] for at in order] == sorted(key, key=lambda text: (key[text], text))
        assert [first[at] for at in order] == order.tolist()
