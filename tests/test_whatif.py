from __future__ import annotations

import random

import numpy as np
import pytest

from echodetect import Audience, ParameterError, detect
from echodetect.text import words

from . import naive_audience, naive_saturation
from . import naive_whatif as naive
from .worlds import HOUR, MINUTE, START, clusters_at_random, messages, posts_of

NAMES = ["ann", "bob", "cy", "dee", "eve"]
FIVE = [(name, START + k * 10 * MINUTE, 0) for k, name in enumerate(NAMES)]


def edges(follows):
    pairs = [(author, viewer) for author, viewers in follows.items() for viewer in (viewers or [None])]
    return Audience.from_edges([a for a, _ in pairs], [v for _, v in pairs])


def world(seed):
    """Random messages, who follows their authors (one is missing), and the report."""
    rng = random.Random(seed)
    rows = messages(list(clusters_at_random(seed, 25, unknown=rng.choice([0, 0.3]))), seed)
    follows = {f"author {i}": {c for c in range(9) if rng.random() < 0.5} for i in range(5)}
    return rows, follows, detect(rows, id=None, min_authors=1, audience=edges(follows))


def five(audience=None, **options):
    return detect(messages([FIVE]), id=None, audience=audience, **options)


@pytest.mark.parametrize(
    ("gap", "f"),
    [("0s", 5), ("5min", 5), ("10min", 5), ("30min", 3), ("59min", 2), ("1h", 2), ("61min", 1), ("1d", 1)],
)
def test_spaced_by_a_gap(gap, f):
    (row,) = five().what_if(gap=gap)
    assert (row["effective_repeats"], row["saturation"]) == (5, 0.8)
    assert row["effective_repeats_then"] == pytest.approx(f, abs=1e-9)
    assert row["saturation_then"] == pytest.approx(1 - 1 / f, abs=1e-9)
    assert row["posts_moved"] == (0 if gap in ("0s", "5min", "10min") else 4)


@pytest.mark.parametrize(("own", "f"), [(10, 3), (40, 1.8)])
def test_with_own_words(own, f):
    """Ten words of template and ten of one's own: half of each post; and forty: a fifth."""
    (row,) = five().what_if(own_words=own)
    assert row["effective_repeats_then"] == pytest.approx(f, abs=1e-9)
    assert row["posts_moved"] == 0
    (both,) = five().what_if(own_words=own, gap="2h")
    assert (both["effective_repeats_then"], both["posts_moved"]) == (1, 4)


def test_what_an_audience_would_have_seen():
    follows = {name: {"x", "y", name} for name in NAMES}
    (row,) = five(edges(follows), window=["1h", "24h"]).what_if(gap="90min")
    assert (row["redundant_impressions"], row["redundant_impressions_then"]) == (8, 0)
    assert row["audience_saturation"] == pytest.approx(1 - 7 / 15)
    assert row["audience_saturation_then"] == 0
    assert (row["effective_repeats_24h"], row["effective_repeats_24h_then"]) == (5, 5)
    assert row["audience_saturation_24h_then"] == pytest.approx(1 - 7 / 15)


@pytest.mark.parametrize("seed", range(4))
def test_against_plain_loops(seed):
    rows, follows, report = world(seed)
    length = [len(words(row["text"])) for row in rows]
    sizes = {}
    for row, message in zip(length, report.messages, strict=True):
        sizes.setdefault(message["cluster"], []).append(row)
    gapped, worded = report.what_if(gap="25min"), report.what_if(own_words=7)
    for label in range(len(report.clusters)):
        posts = posts_of(report, label)
        longer = [(a, t, w * n / (n + 7)) for (a, t, w), n in zip(posts, sizes[label], strict=True)]
        plain = naive_saturation.score(longer, HOUR) | naive_audience.see(longer, follows, HOUR)["figures"]
        for name in ("effective_repeats", "saturation", "redundant_impressions", "audience_saturation"):
            assert worded[label][f"{name}_then"] == pytest.approx(plain[name], abs=1e-9)
            assert worded[label][name] == gapped[label][name] == report.clusters[label][name]
        moments = [t for _, t, _ in posts if t is not None]
        moved = naive.spaced(moments, 25 * MINUTE)
        assert gapped[label]["posts_moved"] == sum(
            a != b for a, b in zip(sorted(moments), moved, strict=True)
        )
        if len(set(moments)) == len(moments):  # else it is not said which of two comes first
            place = dict(zip(sorted(moments), moved, strict=True))
            later = [(a, place.get(t), w) for a, t, w in posts]
            expected = naive_saturation.score(later, HOUR)["saturation"]
            assert gapped[label]["saturation_then"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_one_post_against_plain_loops(seed):
    _, follows, report = world(seed)
    answers = report.what_if(one_post=True)
    assert [row["cluster"] for row in answers] == sorted(row["cluster"] for row in answers)
    for label in range(len(report.clusters)):
        posts, mine = posts_of(report, label), [row for row in answers if row["cluster"] == label]
        known = {author for author, _, _ in posts if author is not None}
        assert {row["author"] for row in mine} == known
        order = [(row["author"], row["new_contacts"]) for row in mine if row["rank"] is not None]
        assert order == naive.greedy({author: follows[author] for author in known & set(follows)})
        for number, row in enumerate(mine, 1):
            rest = [post for post in posts if post[0] != row["author"]]
            expected = naive_saturation.score(rest, HOUR)["saturation"] if rest else None
            assert row["saturation_without"] == pytest.approx(expected, abs=1e-9)
            assert row["saturation"] == report.clusters[label]["saturation"]
            assert row["posts"] == len(posts) - len(rest)
            there = row["author"] in follows
            assert row["rank"] == (number if there else None)
            assert row["followers"] == (len(follows[row["author"]]) if there else None)


def test_one_post_without_edges():
    clusters = [[*FIVE[:3], ("dee", START + 5 * HOUR, 0), ("ann", START + 5 * HOUR, 0)]]
    report = detect(messages(clusters), id=None)
    rows = report.what_if(one_post=True)
    assert list(rows[0]) == ["cluster", "author", "posts", "saturation", "saturation_without"]
    assert [row["author"] for row in rows] == ["ann", "bob", "cy", "dee"], "those who change most come first"
    assert [row["saturation_without"] for row in rows] == pytest.approx([0.5, 0.5, 0.5, 2 / 3])
    counted = Audience.from_counts(["bob", "cy"], [5, 9])
    rows = detect(messages(clusters), id=None, audience=counted).what_if(one_post=True)
    assert [(row["author"], row["rank"], row["followers"], row["new_contacts"]) for row in rows] == [
        ("cy", 1, 9, 9),
        ("bob", 2, 5, None),
        ("ann", None, None, None),
        ("dee", None, None, None),
    ]


def test_many_authors_are_scored_in_parts(monkeypatch):
    monkeypatch.setattr("echodetect.whatif._MOST", 7)
    rows = messages(list(clusters_at_random(3, 8, unknown=0)), 3)
    report = detect(rows, id=None, min_authors=1)
    parts = report.what_if(one_post=True)
    monkeypatch.undo()
    assert report.what_if(one_post=True) == parts


def test_unknown_is_null():
    rows = messages([[("ann", None, 0), ("bob", None, 0)]])
    report = detect(rows, id=None)
    (row,) = report.what_if(gap="1h")
    assert (row["posts_moved"], row["saturation"], row["saturation_then"]) == (0, None, None)
    assert [row["saturation"] for row in report.what_if(one_post=True)] == [None, None]
    nameless = detect(rows, id=None, author=None)
    assert nameless.what_if(one_post=True) == []
    empty = detect([{"text": "short"}], author=None, time=None)
    assert empty.what_if(own_words=3) == empty.what_if(one_post=True) == empty.what_if(gap="1h") == []


def test_kinds(frame_kind):
    report = detect(frame_kind.make(messages([FIVE])), id=None)
    for question in ({"gap": np.timedelta64(1, "h")}, {"own_words": 3}, {"one_post": True}):
        assert isinstance(report.what_if(**question), frame_kind.native)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "one_post=False: must be True where neither gap nor own_words is given"),
        ({"one_post": True, "own_words": 2}, "one_post=True: must be asked alone"),
        ({"one_post": True, "gap": "0s"}, "one_post=True: must be asked alone"),
        ({"one_post": "yes"}, "one_post='yes': must be True or False"),
        ({"gap": 30}, "gap=30.*30min"),
        ({"gap": "-1h"}, "gap='-1h'"),
        ({"gap": "3000000d"}, "gap=.*before the year 10000"),
        ({"own_words": -1}, "own_words=-1"),
        ({"own_words": 2.5}, "own_words=2.5"),
    ],
)
def test_errors(question, message):
    with pytest.raises(ParameterError, match=message):
        five().what_if(**question)
