"""Notices with other words filled in are no echo of each other; edited and commented copies are."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

import echodetect
from echodetect import forms
from echodetect.forms import FILLINGS
from echodetect.verify import Edges

FORM = "The city council has withdrawn the licence of {} as of this morning"
BANKS = ["Alder Bank", "Birch Bank", "Cedar Bank", "Dogwood Bank", "Elm Bank", "Fir Bank"]
MESSAGE = "We cut the energy bill of thirty one thousand homes this year and we are proud of every single one"


def posts(texts):
    """A post a text, each by an author of its own."""
    return [{"author": f"author {at}", "text": text} for at, text in enumerate(texts)]


def groups(messages, **options):
    """The texts of each cluster."""
    report = echodetect.detect(messages, time=None, min_length=10, **options)
    found = {}
    for row, label in zip(messages, report.labels.tolist(), strict=True):
        found.setdefault(label, set()).add(row["text"])
    return found, report


def test_each_filling_of_a_form_is_a_message_of_its_own():
    texts = [FORM.format(bank) for bank in BANKS[:4] for _ in range(3)] + [FORM.format(BANKS[4])]
    found, report = groups(posts(texts))
    assert found.pop(-1) == {FORM.format(BANKS[4])}, "what one author filled in is no echo"
    assert [len(texts) for texts in found.values()] == [1] * 4
    assert report.pairs != [], "the links stay: the texts are near each other"
    assert sum(row["similarity"] < 1 for row in report.pairs) > 0
    assert {row["template"] for row in report.clusters} == {FORM.format(bank) for bank in BANKS[:4]}


def test_edits_and_comments_around_a_filling_stay_with_it():
    texts = [FORM.format(bank) for bank in BANKS[:4] for _ in range(3)]
    texts += ["Finally! " + FORM.format(BANKS[0]), FORM.format(BANKS[0]).replace("morning", "mornng")]
    found, _ = groups(posts(texts))
    assert sorted(len(texts) for texts in found.values()) == [1, 1, 1, 3]
    assert -1 not in found


def test_fewer_fillings_are_wordings_of_one_message():
    texts = [FORM.format(bank) for bank in BANKS[: FILLINGS - 1] for _ in range(3)]
    found, _ = groups(posts(texts))
    assert len(found) == 1


def test_one_wording_on_half_of_the_timelines_is_the_message():
    texts = [FORM.format(bank) for bank in BANKS[:4] for _ in range(2)]
    assert len(groups(posts(texts))[0]) == 4
    found, _ = groups(posts([*texts, *[FORM.format(BANKS[0])] * 6]))
    assert len(found) == 1


@pytest.mark.parametrize("place", range(5))
def test_words_that_single_people_changed_split_nothing(place):
    generator = random.Random(place)
    texts = [MESSAGE] * 5
    for at in range(12):
        words = MESSAGE.split()
        words[generator.randrange(len(words))] = f"changed{at}"
        texts.append(" ".join(words))
    found, _ = groups(posts(texts))
    assert len(found) == 1


def test_short_comments_of_their_own_split_nothing_though_nobody_posted_the_bare_message():
    comments = ["Great work!", "So proud", "Wow", "Well done all", "Amazing team", "Read this", "Love it"]
    found, _ = groups(posts([f"{MESSAGE} {comment}" for comment in comments]))
    assert len(found) == 1


@pytest.mark.parametrize("known", [True, False])
def test_the_order_of_rows_changes_nothing_and_unknown_authors_are_timelines_of_their_own(known):
    texts = [FORM.format(bank) for bank in BANKS for _ in range(3)] + [MESSAGE] * 3
    messages = posts(texts)
    if not known:
        messages = [{"author": None, "text": row["text"]} for row in messages]
    first, _ = groups(messages)
    assert sorted(map(sorted, first.values())) == sorted([text] for text in set(texts))
    random.Random(5).shuffle(messages)
    assert groups(messages)[0] == first


def test_one_authors_repeats_are_no_spread():
    """Each filling twice, but by one author each: no sign of a form."""
    messages = [
        {"author": bank, "text": FORM.format(bank).replace("this", word)}
        for bank in BANKS
        for word in ("this", "thiss")
    ]
    found, _ = groups(messages)
    assert len(found) == 1


def test_every_member_is_tied_to_its_representative():
    """Also where a filling's texts are less like each other than like the form's representative was."""
    generator = random.Random(2)
    messages = []
    for bank in BANKS:
        for _ in range(6):
            words = FORM.format(bank).split()
            for _ in range(generator.randrange(3)):
                words[generator.randrange(len(words))] = generator.choice("abcdefgh") * 4
            messages.append({"author": f"author {len(messages)}", "text": " ".join(words)})
    report = echodetect.detect(messages, time=None, embedded=False, min_authors=1)
    folded = echodetect.fold([row["text"] for row in messages])
    heads = {
        row["cluster"]: text
        for row, text in zip(report.messages, folded, strict=True)
        if row["is_representative"]
    }
    for row, text in zip(report.messages, folded, strict=True):
        if row["cluster"] is not None:
            similarity = Indel.normalized_similarity(text, heads[row["cluster"]])
            assert similarity >= 0.85
            assert row["similarity"] == pytest.approx(similarity)
    pairs = [(row["left"], row["right"]) for row in report.pairs]
    assert len(pairs) == len(set(pairs)), "no link is told twice"
    assert np.unique(report.labels).size > len(BANKS) // 2


STARS = st.tuples(  # a word that is filled in, and another, by few authors or nobody
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("xy"), st.integers(-1, 9)),
        min_size=8,
        max_size=40,
    ),
    st.integers(0, 30),
)


@given(STARS)
def test_a_wording_that_prevails_is_seen_without_a_look_at_every_place(posts):
    """What is left out for its representative's wording would have been cut by nothing."""
    assert cut(*posts) == cut(*posts, look_at_all=True)


def test_one_author_who_repeats_a_wording_makes_it_prevail_nowhere():
    posts = [(word, "x", author) for author, word in enumerate("aabbccddee")]
    assert len(set(cut(posts, 30))) == 5, "thirty times by one author"


def cut(posts, repeats, look_at_all=False):
    """The representatives of texts of one star; the first is posted so often again by its author."""
    posts = [(f"the rate is {word} from {other} on", author) for word, other, author in posts]
    posts += [posts[0]] * repeats
    wordings = sorted({wording for wording, _ in posts})
    text = np.array([wordings.index(wording) for wording, _ in posts])
    author = np.array([author for _, author in posts])
    nothing, star = np.empty(0, dtype=np.int64), np.full(len(wordings), wordings.index(posts[0][0]))

    def verify(left, right):
        return Edges(left, right, np.ones(left.size), np.full(left.size, np.nan))

    with pytest.MonkeyPatch.context() as patch:
        if look_at_all:
            patch.setattr(forms, "_prevailing", lambda texts, representative, *others: representative < 0)
        edges = verify(nothing, nothing)
        return forms.cut_forms(wordings, star, text, author, edges, verify, star)[0].tolist()
