from __future__ import annotations

import datetime as dt
import random
from itertools import combinations

import numpy as np
import pytest

from echodetect import Audience, ParameterError, detect

from . import naive_saturation
from .test_whatif import FIVE, NAMES, edges
from .worlds import EPOCH, HOUR, MINUTE, START, at, clusters_at_random, messages, posts_of

TINY = 1e-9

SECOND = 1_000_000


def micros(moment):
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def test_five_colleagues():
    """By hand: two may share the hour, so ann and bob stay and cy follows when ann's hour is over."""
    advice = detect(messages([FIVE]), id=None).advise(2)
    assert [row["kept"] for row in advice.posts] == [True, True, False, False, False]
    after = [(micros(row["advised_at"]) - START) for row in advice.posts]
    assert after == [0, 10 * MINUTE, HOUR + SECOND, HOUR + 10 * MINUTE + SECOND, 2 * HOUR + 2 * SECOND]
    (row,) = advice.clusters
    assert (row["posts_kept"], row["posts_moved"]) == (2, 3)
    assert (row["effective_repeats"], row["effective_repeats_then"]) == (5, 2)
    assert (row["saturation"], row["saturation_then"]) == (0.8, 0.5)
    assert row["longest_delay"] == pytest.approx(80 / 60, abs=1e-3)
    assert [row["new_contacts"] for row in advice.posts] == [None] * 5
    assert "reach" not in row


def test_who_adds_most_contacts_stays():
    follows = {name: {"x"} for name in NAMES} | {
        "dee": set("abcdef"),
        "bob": set("abcdeg"),
        "eve": set("hij"),
    }
    advice = detect(messages([FIVE]), id=None, audience=edges(follows)).advise(2)
    kept = {row["author"]: row["new_contacts"] for row in advice.posts if row["kept"]}
    assert kept == {"bob": 6, "eve": 3}, "dee comes later than bob, and adds f alone after him"
    assert (advice.clusters[0]["reach"], advice.clusters[0]["reach_kept"]) == (11, 9)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("goal", [1, 1.5, 2, 3])
def test_every_cluster_comes_under_the_goal(seed, goal):
    rng = random.Random(seed)
    rows = messages(list(clusters_at_random(seed, 15, unknown=rng.choice([0, 0.3]))), seed)
    follows = {f"author {i}": {c for c in range(9) if rng.random() < 0.5} for i in range(5)}
    audience = rng.choice([None, edges(follows), Audience.from_counts(list(follows), [3, 1, 4, 1, 5])])
    report = detect(rows, id=None, min_authors=1, audience=audience)
    advice = report.advise(goal)
    above = [row["cluster"] for row in report.clusters if (row["effective_repeats"] or 0) > goal + TINY]
    assert [row["cluster"] for row in advice.clusters] == above
    for row in advice.clusters:
        label = row["cluster"]
        mine = [p for p in advice.posts if p["cluster"] == label]
        share = {p["row"]: report.messages[p["row"]]["verbatim"] for p in mine}
        then = [(p["author"], micros(p["advised_at"]), share[p["row"]]) for p in mine]
        f = naive_saturation.most_repeats(then, HOUR)
        assert f <= goal + TINY
        assert row["effective_repeats_then"] == pytest.approx(f, abs=1e-9)
        sure = [post for post in posts_of(report, label) if post[0] is not None and post[1] is not None]
        assert len(mine) == len(sure) == row["posts_kept"] + row["posts_moved"]
        kept = [(p["author"], micros(p["posted_at"]), share[p["row"]]) for p in mine if p["kept"]]
        for p in mine:
            assert p["kept"] == (p["advised_at"] == p["posted_at"]) == (p["delay"] == 0)
            assert p["advised_at"] >= p["posted_at"]
            if not p["kept"]:  # nothing that was moved could have stayed
                there = (p["author"], micros(p["posted_at"]), share[p["row"]])
                assert naive_saturation.most_repeats([*kept, there], HOUR) > goal
        moved = [p["advised_at"] for p in mine if not p["kept"]]
        assert moved == sorted(moved)
        assert row["longest_delay"] == max(p["delay"] for p in mine)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("spread", [50 * MINUTE, 4 * HOUR])
def test_the_kept_posts_reach_their_bound(seed, spread):
    rng = random.Random(seed)
    names = [f"a{i}" for i in range(7)]
    follows = {name: {c for c in range(20) if rng.random() < rng.choice([0.1, 0.4])} for name in names}
    posts = [(name, START + rng.randrange(0, spread, MINUTE), 0) for name in names]
    report = detect(messages([posts]), id=None, audience=edges(follows))
    goal = 2
    rows = report.advise(goal).clusters
    if not rows:
        assert report.clusters[0]["effective_repeats"] <= goal
        return

    def fits(some):
        return naive_saturation.most_repeats([(a, t, 1.0) for a, t, _ in some], HOUR) <= goal

    choices = [some for n in range(1, 8) for some in combinations(posts, n) if fits(some)]
    best = max(len(set().union(*(follows[a] for a, _, _ in some))) for some in choices)
    bound = 1 - 1 / np.e if spread < HOUR else 1 / 3
    assert rows[0]["reach_kept"] >= bound * best
    assert rows[0]["reach"] == len(set().union(*follows.values()))
    plain = detect(messages([posts]), id=None).advise(goal).clusters
    assert plain[0]["posts_kept"] == max(map(len, choices)), "without an audience as many as possible stay"


def test_nothing_to_do(frame_kind):
    report = detect(frame_kind.make(messages([FIVE])), id=None)
    advice = report.advise(5)
    for table in (advice.clusters, advice.posts):
        assert isinstance(table, frame_kind.native)
        assert frame_kind.rows(table) == []
    assert len(frame_kind.rows(report.advise(4.9).posts)) == 5


def test_unknown_times_are_left_alone():
    posts = [*FIVE, ("fay", None, 0), (None, START, 0)]
    report = detect(messages([posts]), id=None)
    advice = report.advise(2)
    assert [row["author"] for row in advice.posts] == NAMES
    assert advice.clusters[0]["posts_kept"] == 2
    assert detect(messages([FIVE]), id=None, time=None).advise(1).posts == []


def test_times_before_1970():
    posts = [(name, -START + k * MINUTE, 0) for k, name in enumerate(NAMES)]
    advice = detect(messages([posts]), id=None).advise(1)
    assert advice.posts[1]["advised_at"] == at(-START + HOUR + SECOND)


def test_posts_move_to_whole_seconds():
    odd = [(name, k * MINUTE + 123_456, 0) for k, name in enumerate(NAMES)]
    for row in detect(messages([odd]), id=None).advise(2).posts:
        assert row["advised_at"].microsecond == (123_456 if row["kept"] else 0)
        assert row["advised_at"] >= row["posted_at"]


@pytest.mark.parametrize("goal", [0.9, 0, -1, float("nan"), float("inf"), "2", None, True])
def test_goals_that_are_none(goal):
    with pytest.raises(ParameterError, match=r"max_repeats=.*at least 1"):
        detect(messages([FIVE]), id=None).advise(goal)


def test_a_window_longer_than_the_calendar():
    report = detect(messages([FIVE]), id=None, window="3600000d")
    with pytest.raises(ParameterError, match=r"window=.*before the year 10000"):
        report.advise()


def test_repr():
    assert repr(detect(messages([FIVE]), id=None).advise(2)).splitlines() == [
        "1 clusters above 2 effective repeats: 2 posts stay, 3 move",
        "cluster  stay  move  by hours  saturation  then",
        "-------  ----  ----  --------  ----------  -----",
        "      0     2     3       1.3       0.800  0.500",
    ]
    many = detect(messages([FIVE] * 38), id=None)
    assert repr(many.advise(2)).splitlines()[-1] == "... and 8 more"
    unknown = [dict(post, author=None if at else "ann") for at, post in enumerate(messages([FIVE]))]
    unsure = detect(unknown, id=None)
    told = "1 more may be above it: times or authors of their posts are unknown"
    assert repr(unsure.advise(2)).splitlines()[1:] == [told]
    assert repr(unsure.advise(5)).splitlines()[1:] == []
    posts = messages([FIVE])
    partly = detect([*posts, dict(posts[0], author=None)], id=None)
    told = "posts of 1 of them stay whose authors or times are unknown"
    assert repr(partly.advise(2)).splitlines()[1] == told
    assert repr(many.advise(5)) == "0 clusters above 5 effective repeats: 0 posts stay, 0 move"


def test_new_contacts_are_told_only_where_they_are_known():
    rows = messages([FIVE])
    names = sorted({row["author"] for row in rows})
    counts = Audience.from_counts(names, [100 - at for at in range(len(names))], universe=100)
    posts = detect(rows, id=None, audience=counts).advise(3).posts
    told = [row["new_contacts"] for row in posts if row["new_contacts"] is not None]
    assert told == [100]
    strangers = Audience.from_edges(["somebody else"], [1])
    (cluster,) = detect(rows, id=None, audience=strangers).advise(3).clusters
    assert cluster["reach"] is None and cluster["reach_kept"] is None
