from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echodetect import fold
from echodetect.spans import slices
from echodetect.template import measure, own_runs, template_texts
from echodetect.text import is_cut, words
from tests import naive


def own_words(original, template):
    """Spans of the original that are no words of the template."""
    texts = [" ".join(template), *fold([original])]
    if not texts[1]:
        return []
    cut = np.array([False, is_cut(original)])
    runs = own_runs(texts, np.array([1]), np.array([0]), {}, cut)
    count, start, end = slices([original], runs)
    assert count.tolist() == [start.size]
    return list(zip(start.tolist(), end.tolist(), strict=True))


NINE = "join us friday noon for our workshop opening day"
EIGHT = "so very proud of this whole small team"


def shares(posts, head=0, cut=()):
    """Template of one cluster of posts (author, folded text) with the representative `head`."""
    texts = list(dict.fromkeys(text for _, text in posts))
    names = {name: code for code, name in enumerate(dict.fromkeys(a for a, _ in posts if a is not None))}
    return measure(
        texts,
        np.full(len(texts), head),
        np.array([texts.index(text) for _, text in posts]),
        np.array([names.get(author, -1) for author, _ in posts]),
        np.array([text in cut for text in texts], dtype=np.bool_),
    )


def test_nine_template_words_and_eight_own():
    found = shares([("ann", NINE), ("bob", NINE), ("cy", f"{NINE} {EIGHT}"), ("dee", f"{EIGHT} {NINE}")])
    assert found.kept == {}, "all of them"
    assert found.verbatim.tolist() == [1, 9 / 17, 9 / 17]
    assert found.coverage.tolist() == [1, 1, 1]


def test_the_first_six_of_nine_are_verbatim_and_cover_two_thirds():
    six = " ".join(NINE.split()[:6])
    found = shares([("ann", NINE), ("bob", NINE), ("cy", six)], cut=[six])
    assert found.verbatim.tolist() == [1, 1]
    assert found.coverage.tolist() == [1, pytest.approx(0.667, abs=1e-3)]


def test_the_last_word_of_a_truncated_copy_may_be_cut():
    part = "join us friday noon for our work"
    whole, cut = (shares([("ann", NINE), ("bob", NINE), ("cy", part)], cut=cut) for cut in ([], [part]))
    assert whole.verbatim.tolist() == [1, 6 / 7]
    assert cut.verbatim.tolist() == [1, 1]
    assert cut.coverage[1] == 7 / 9


LETTERS = "abcdefghij"
OWN = "uvwxyz"


@st.composite
def clusters(draw):
    """A representative of distinct words, and posts that keep some of them and add words of their own."""
    head = list(LETTERS[: draw(st.integers(1, len(LETTERS)))])
    posts = [(draw(st.sampled_from("ABC")), head)]
    for _ in range(draw(st.integers(1, 7))):
        kept = [word for word in head if draw(st.integers(0, 3))]
        for _ in range(draw(st.integers(0, 3))):
            kept.insert(draw(st.integers(0, len(kept))), draw(st.sampled_from(OWN)))
        posts.append((draw(st.sampled_from(["A", "B", "C", "D", None])), kept or ["u"]))
    return head, posts


@settings(max_examples=300)
@given(clusters())
def test_template_verbatim_and_coverage_are_those_of_plain_loops(cluster):
    head, posts = cluster
    found = shares([(author, " ".join(post)) for author, post in posts])
    texts = list(dict.fromkeys(" ".join(post) for _, post in posts))
    if len(texts) == 1:
        assert found.kept == {}
        assert found.verbatim.tolist() == found.coverage.tolist() == [1]
        return
    flags = naive.template(head, posts)
    if not any(flags):
        flags = [True] * len(head)
    assert found.kept.get(0, np.ones(len(head), np.bool_)).tolist() == flags
    assert all(flags) == (found.kept == {})
    template = [word for word, flag in zip(head, flags, strict=True) if flag]
    assert found.verbatim.tolist() == [naive.verbatim(text.split(), template) for text in texts]
    assert found.coverage.tolist() == [naive.coverage(text.split(), template) for text in texts]


def test_half_of_the_authors_not_of_the_posts():
    head = "opening friday noon all welcome here"
    posts = [
        ("ann", head),
        ("bob", "opening friday noon all welcome"),
        ("cy", "friday noon all welcome here"),
    ]
    assert shares(posts).kept == {}
    assert shares([*posts, ("dee", "friday noon all welcome")]).kept == {}, "two of four"
    five = [*posts, ("dee", "friday noon all welcome"), ("eve", "friday noon all welcome now")]
    assert shares(five).kept[0].tolist() == [False, True, True, True, True, False], "two of five"
    # One author says it ten times over, in other ways: still one of five.
    loud = [("ann", f"{head} {number}") for number in range(10)]
    assert shares([*five, *loud]).kept[0].tolist() == [False, True, True, True, True, False]
    # An author counts once for each word, whichever of the posts holds it.
    both = [*five, ("eve", "opening noon all welcome here now")]
    assert shares(both).kept == {}


def test_unknown_authors_are_timelines_of_their_own():
    head = "opening friday noon all welcome here"
    posts = [("ann", head), *[(None, f"friday noon all welcome {n}") for n in range(2)]]
    assert shares(posts).kept[0].tolist() == [False, True, True, True, True, False]


def test_several_clusters_at_once_and_texts_alone():
    texts = ["a b c d", "alone", "a b c x", "p q r s", "p q r", "q r s"]
    representative = np.array([0, 1, 0, 3, 3, 3])
    posts = np.array([5, 0, 2, 1, 3, 4, 4])
    found = measure(texts, representative, posts, np.array([0, 1, 2, 3, 1, 2, 2]), np.zeros(6, np.bool_))
    assert found.kept == {}
    assert found.verbatim.tolist() == [1, 1, 3 / 4, 1, 1, 1]
    assert found.coverage.tolist() == [1, 1, 3 / 4, 1, 3 / 4, 3 / 4]


def test_scripts_without_spaces_count_characters():
    head, more = "金曜日の正午に開所式", "ぜひ金曜日の正午に開所式"
    found = shares([("ann", head), ("bob", head), ("cy", more)])
    assert words(head) == list(head)
    assert found.verbatim.tolist() == [1, 10 / 12]
    (span,) = own_words("ぜひ、金曜日の正午に開所式。", list(head))
    assert "ぜひ、金曜日の正午に開所式。"[slice(*span)] == "ぜひ"


def test_more_words_than_characters_before_the_surrogates():
    """The words of a representative are spelt as characters, past the surrogates too."""
    head = " ".join(f"w{number}" for number in range(60_000))
    found = shares([("ann", head), ("bob", head + " own")])
    assert found.verbatim.tolist() == [1, 60_000 / 60_001]
    assert found.kept == {}, "all of them"


def test_more_words_than_there_are_characters():
    """They are told apart cluster by cluster: no more clusters share a vocabulary than it has room for."""
    spelt = "abcdefghijklmnopqrstuvwxyz0123456789"
    every = [a + b + c + d for a in spelt for b in spelt for c in spelt for d in spelt]
    heads = [" ".join(every[start : start + 2000]) for start in range(0, 1_200_000, 2000)]
    texts = [text for head in heads for text in (head, f"mine {head}")]
    at = np.arange(len(texts))
    found = measure(texts, at // 2 * 2, at, at, np.zeros(len(texts), dtype=np.bool_))
    assert found.verbatim.tolist() == [1, 2000 / 2001] * len(heads)


def test_own_words_slice_the_original():
    original = "So  PROUD!! Join us on “Friday” at noón — see you there, all of you 🎉 https://sho.rt/x #team"
    template = fold(["Join us on Friday, all"])[0].split()
    spans = own_words(original, template)
    assert [original[start:stop] for start, stop in spans] == [
        "So  PROUD",
        "at noón — see you there",
        "of you",
    ]
    assert own_words(original, fold([original])[0].split()) == []
    assert own_words("#tag https://sho.rt/x 🎉", template) == []
    assert own_words("", template) == []


@given(
    st.lists(st.sampled_from(["Join", "ÚS,", "friday!", "own", "words", "😀", "#tag", "你好"]), max_size=12)
)
def test_own_words_and_template_words_share_the_post_out(pieces):
    original = " ".join(pieces)
    template = ["join", "us", "friday", "你", "好"]
    spans = own_words(original, template)
    parts = [f"x {original[start:stop]} x" for start, stop in spans]
    mine = [word for part in fold(parts) for word in words(part)[1:-1]]
    assert all(0 <= start < stop <= len(original) for start, stop in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    folded = words(fold([original])[0])
    assert len(mine) == len(folded) - naive.lcs(folded, template)


def test_own_words_of_a_truncated_copy():
    template = NINE.split()
    assert own_words("Join us Friday noon for our work…", template) == []
    assert own_words("Join us Friday noon for our work", template) == [(28, 32)]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Join us on Fri…", True),
        ("Join us on Fri...", True),
        ("Join us on Fri.. https://sho.rt/x #food @ann", True),
        ("Join us on Fri… sho.rt/abc", True),
        ("“Join us on Fri…”", True),
        ("Join us on Friday.", False),
        ("Well... join us", False),
        ("", False),
        ("…", True),
    ],
)
def test_cut(text, cut):
    assert is_cut(text) == cut


def test_template_text():
    original = "Hi all! Join us on “Friday” — at noon. https://sho.rt/x"
    flags = np.array([False, False, True, True, True, True, False, True])
    assert template_texts([original], [flags])[0] == "… Join us on “Friday … noon. https://sho.rt/x"
    assert template_texts([f"  {original}\n"], [np.ones(8, np.bool_)])[0] == original
    assert template_texts([original], [np.array([True] * 7 + [False])])[0].endswith("at …")


def test_template_text_of_a_text_that_was_compared_in_part():
    assert template_texts(["one two three four"], [np.array([False, True])])[0] == "… two three four"
