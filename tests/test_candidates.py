from __future__ import annotations

import random

import numpy as np
import pytest
from rapidfuzz import process
from rapidfuzz.distance import Indel
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import echodetect
from echodetect import ParameterError
from echodetect.candidates import Search, find
from echodetect.text import fold


def pairs(texts, **options):
    found = find(texts, **options)
    return set(zip(found.left.tolist(), found.right.tolist(), strict=True))


@pytest.fixture(scope="module")
def texts():
    folded = set(
        fold([row["text"] for row in echodetect.simulate(4000, seed=11, languages=["en", "ru", "ja"])])
    )
    return sorted(text for text in folded if len(text) >= 20)


def test_recall_of_near_pairs_against_brute_force(texts):
    scores = process.cdist(texts, texts, scorer=Indel.normalized_similarity, score_cutoff=0.85)
    left, right = np.nonzero(np.triu(scores, 1))
    truth = set(zip(left.tolist(), right.tolist(), strict=True))
    found = pairs(texts)
    assert len(truth) > 1000
    # Bounded buckets leave out pairs of large groups, whose texts are tied by others.
    ties = np.array(sorted(truth & found)).T
    graph = coo_array((np.ones(ties.shape[1]), tuple(ties)), shape=(len(texts), len(texts)))
    component = connected_components(graph, directed=False)[1]
    assert (component[left] == component[right]).mean() > 0.98
    linked = {text for pair in truth for text in pair}
    reached = {text for pair in truth & found for text in pair}
    assert len(reached) / len(linked) > 0.99


def test_messages_inside_longer_posts_are_found():
    generator = random.Random(3)

    def words(count):
        return " ".join(
            "".join(generator.choices("abcdefghijklmnoprstuvwyz", k=generator.randint(2, 9)))
            for _ in range(count)
        )

    posts = []
    for _ in range(300):
        message = words(10)
        posts += [message, f"{words(12)} {message} {words(12)}"]
    found = pairs(posts)
    assert sum((at, at + 1) in found for at in range(0, 600, 2)) >= 290


def test_short_texts_with_one_word_changed_are_found():
    texts = [f"closing time is {hour} today" for hour in ("nine", "ten", "eleven")]
    assert pairs(texts) == {(0, 1), (0, 2), (1, 2)}


def test_pairs_do_not_depend_on_workers_or_chunks(texts, monkeypatch):
    before = find(texts)
    monkeypatch.setattr("echodetect.candidates._CHUNK", 9_700)
    after = find(texts, workers=2)
    assert before.left.tolist() == after.left.tolist()
    assert before.right.tolist() == after.right.tolist()
    assert (before.counts, before.dropped) == (after.counts, after.dropped)
    assert (before.left < before.right).all()


def test_a_popular_opening_does_not_pair_all_with_all():
    """Its buckets hold every text; each source still gives five pairs a text at most."""
    opening = "good morning to everybody who is awake already "
    per_text = []
    for count in (2000, 8000):
        texts = [
            opening + "".join(random.Random(at).choices("abcdefgh ", k=60)).strip() for at in range(count)
        ]
        found = find(texts, Search(containment=0))
        assert found.buckets > 0
        assert found.dropped == 0
        per_text.append(found.left.size / count)
    assert max(per_text) < 200
    assert per_text[1] < 2 * per_text[0], "four times the texts"


@pytest.mark.parametrize(
    "texts", [[], ["one text alone here"], ["one text alone", "wholly other stuff"], ["", ""]]
)
def test_nothing_to_find(texts):
    assert pairs(texts) <= {(0, 1)} if texts == ["", ""] else pairs(texts) == set()


@pytest.mark.parametrize(
    "options",
    [
        {"long_ngram": 3, "window": 9},
        {"bands": 0, "short_bands": 0},
        {"num_perm": 1, "rows": 3},
        {"seed": 2**32 - 1},
        {"containment": 0.0, "neighbours": 1},
    ],
)
def test_other_searches(texts, options):
    """Whatever the parameters, pairs are of different texts, once each."""
    found = find(texts[:800], Search(**options))
    assert found.left.size > 0
    assert (found.left < found.right).all()


@pytest.mark.parametrize(
    "options",
    [{"ngram": 0}, {"rows": 0}, {"bands": -1}, {"containment": 1.5}, {"seed": 2**32}, {"num_perm": 2.5}],
)
def test_bad_searches(options):
    (name,) = options
    with pytest.raises(ParameterError, match=f"{name}="):
        Search(**options)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int64, np.uint64])
def test_numbers_of_numpy_are_numbers(kind):
    texts = fold([row["text"] for row in echodetect.simulate(300, seed=2)])
    plain = Search()
    given = {name: kind(value) for name in Search.__slots__ if isinstance(value := getattr(plain, name), int)}
    search = Search(**given)
    assert search == plain and all(type(getattr(search, name)) is int for name in given)
    pairs, same = find(texts, search), find(texts)
    assert (pairs.left.tolist(), pairs.right.tolist()) == (same.left.tolist(), same.right.tolist())


def test_a_band_has_a_row_at_least():
    for name in ("rows", "short_rows"):
        with pytest.raises(ParameterError, match=f"{name}=0: must be a whole number of at least 1"):
            Search(**{name: 0})


def long_copies(copies, words, edits):
    """Copies of one message of so many words, up to so many of them exchanged, some with own words."""
    chance = random.Random(3)
    vocabulary = [f"w{number:04d}" for number in range(5_000)]
    message = [chance.choice(vocabulary) for _ in range(words)]
    texts = []
    for copy in range(copies):
        text = list(message)
        for _ in range(chance.randrange(edits + 1)):
            text[chance.randrange(words)] = chance.choice(vocabulary)
        own = [chance.choice(vocabulary) for _ in range(words // 2)] if copy % 3 == 1 else []
        texts.append(" ".join(own + text if copy % 2 else text + own))
    return texts


def test_long_copies_are_compared_with_their_nearest_first():
    """Each finds all others, and to compare two takes as long as to compare hundreds of ordinary ones."""
    texts = sorted(set(long_copies(150, 200, 9)))
    found = find(texts)
    left, right = found.at_once
    assert len(texts) < left.size <= len(texts) * 24, "twelve that it may be near, or embed, for each"
    assert np.unique(np.concatenate([left, right])).size == len(texts)
    waiting = set(zip(*(ends.tolist() for ends in found.waiting[:2]), strict=True))
    assert len(waiting) > 1_000 and (found.waiting[2] > 0).all()
    at_once = set(zip(left.tolist(), right.tolist(), strict=True))
    assert not waiting & at_once and len(waiting | at_once) == found.left.size
    assert find([texts[0], "some words that are short", "some words that are shorter"]).turn is None


def exchanged(chance, words, count):
    words = list(words)
    for place in chance.sample(range(len(words)), count):
        words[place] = f"x{chance.randrange(3_000):04d}"
    return words


@pytest.mark.parametrize(("versions", "copies"), [(2, 13), (2, 25), (4, 15)])
def test_versions_of_a_long_message_are_one(versions, copies):
    """The copies of each version are each other's nearest, and all of another version's wait."""
    chance = random.Random(copies)
    message = [f"w{chance.randrange(3_000):04d}" for _ in range(150)]
    bases = [message, *(exchanged(chance, message, 6) for _ in range(versions - 1))]
    texts = [" ".join(exchanged(chance, base, 1)) for base in bases for _ in range(copies)]
    rows = [{"text": text, "author": at, "posted_at": None} for at, text in enumerate(texts)]
    report = echodetect.detect(rows, similarity=0.8)
    assert (report.labels == 0).all()
    for similarity in (0.85, 0.95, 0.98):
        again, fresh = report.rethreshold(similarity), echodetect.detect(rows, similarity=similarity)
        assert again.labels.tolist() == fresh.labels.tolist()
        assert again.pairs == fresh.pairs


def test_a_copy_among_texts_of_the_same_paragraphs_in_another_order():
    """All have the same shingles, and only two are near each other."""
    chance = random.Random(6)
    paragraphs = [" ".join(f"w{chance.randrange(3_000):04d}" for _ in range(25)) for _ in range(8)]
    texts = [" ".join(chance.sample(paragraphs, 8)) for _ in range(40)]
    order = " ".join(chance.sample(paragraphs, 8)).split()
    texts += [" ".join(exchanged(chance, order, 6)) for _ in range(2)]
    rows = [{"text": text, "author": at, "posted_at": None} for at, text in enumerate(texts)]
    labels = echodetect.detect(rows).labels
    assert labels[-1] == labels[-2] >= 0


@pytest.mark.parametrize("embedded", [True, False])
def test_a_message_of_many_long_copies_stays_whole(embedded):
    """Neither all pairs of so many characters are compared nor all candidates: the head is, with all."""
    texts = long_copies(200, 200, 10)
    whole = [at for at in range(200) if embedded or at % 3 != 1]
    rows = [{"text": text, "author": at, "posted_at": None} for at, text in enumerate(texts)]
    labels = echodetect.detect(rows, embedded=embedded).labels
    assert (labels[whole] == 0).all()
    assert embedded or (labels[1::3] != 0).all()
