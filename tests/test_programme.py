from __future__ import annotations

import datetime as dt
import random

import pytest

from echodetect import Audience, detect

from .test_whatif import FIVE, NAMES, edges
from .worlds import HOUR, MINUTE, START, at, clusters_at_random, messages, others

DAY = 24 * HOUR
WEEK = 7 * DAY
TABLES = ("total", "authors", "weeks", "messages", "personal")


def test_five_colleagues():
    rows = messages([FIVE]) + others(NAMES, [START + WEEK])
    shared = {name: [*range(20), *(f"{name} {i}" for i in range(80))] for name in NAMES}
    report = detect(rows, id=None, audience=edges(shared))
    programme = report.programme()
    assert programme.total == [
        {
            "posts": 10, "echoes": 5, "echo_share": 0.5, "clusters": 1, "authors": 5, "echoing_authors": 5,
            "own_share": 0, "all_impressions": 1_000, "impressions": 500, "redundant_impressions": 80,
            "redundant_share": pytest.approx(0.16), "clusters_unknown": 0,
        }
    ]  # fmt: skip
    assert programme.authors[0] == {
        "author": "ann", "posts": 2, "echoes": 1, "echo_share": 0.5, "own_share": 0, "own_words": 0,
        "followers": 100, "impressions": 100, "redundant_reach": 20, "redundant_share": 0.2,
    }  # fmt: skip
    first, second = programme.weeks
    assert first["week"] == dt.datetime(2025, 3, 3, tzinfo=dt.UTC), "a Monday"
    assert (first["posts"], first["echoes"], first["clusters"], first["redundant_share"]) == (5, 5, 1, 0.16)
    assert (second["posts"], second["echoes"], second["clusters"], second["impressions"]) == (5, 0, 0, 0)
    assert second["redundant_share"] is None
    assert programme.messages == [
        {
            "cluster": 0, "posts": 5, "share_of_posts": 0.5, "share_of_echoes": 1, "own_share": 0,
            "impressions": 500, "redundant_impressions": 80, "redundant_share": 0.16,
        }
    ]  # fmt: skip
    assert programme.personal == []


def test_whose_posts_carry_most_of_their_own_words():
    posts = [("ann", START, 0), ("bob", START + MINUTE, 10), ("cy", START + 2 * MINUTE, 5), ("dee", START, 0)]
    programme = detect(messages([posts]), id=None).programme()
    assert [(row["author"], row["own_share"], row["own_words"]) for row in programme.personal] == [
        ("bob", 0.5, 10),
        ("cy", pytest.approx(1 / 3), 5),
    ]
    assert programme.total[0]["own_share"] == pytest.approx((0.5 + 1 / 3) / 4)


@pytest.mark.parametrize("seed", range(3))
def test_sums_of_the_other_tables(seed):
    rng = random.Random(seed)
    clusters = list(clusters_at_random(seed, 30, span=20 * DAY, unknown=0.2))
    rows = messages(clusters, seed) + others(["author 1", "author 9"], [START, None, START - DAY])
    follows = {f"author {i}": {c for c in range(9) if rng.random() < 0.5} for i in range(5)}
    report = detect(rows, id=None, audience=edges(follows))
    programme = report.programme()
    echoes = [row for row in report.messages if row["cluster"] is not None]
    (total,) = programme.total
    assert (total["posts"], total["echoes"]) == (len(rows), len(echoes))
    assert total["own_share"] == pytest.approx(sum(1 - row["verbatim"] for row in echoes) / len(echoes))
    assert total["all_impressions"] == sum(len(follows.get(row["author"], ())) for row in rows)
    known = [row for row in report.clusters if row["redundant_impressions"] is not None]
    assert total["impressions"] == sum(row["impressions"] or 0 for row in report.clusters)
    assert total["redundant_impressions"] == pytest.approx(sum(row["redundant_impressions"] for row in known))
    share = total["redundant_impressions"] / sum(row["impressions"] for row in known)
    assert total["redundant_share"] == pytest.approx(share)
    assert total["clusters_unknown"] == len(report.clusters) - len(known)

    for row in programme.authors:
        mine = [message for message in report.messages if message["author"] == row["author"]]
        told = [message for message in mine if message["cluster"] is not None]
        lines = [line for line in report.timelines if line["author"] == row["author"]]
        assert (row["posts"], row["echoes"]) == (len(mine), len(told))
        assert row["own_share"] == (
            pytest.approx(sum(1 - m["verbatim"] for m in told) / len(told)) if told else None
        )
        there = row["author"] in follows
        assert row["followers"] == (len(follows[row["author"]]) if there else None)
        if there and lines:
            assert row["redundant_reach"] == sum(line["redundant_reach"] for line in lines)
        else:
            assert row["redundant_reach"] is row["redundant_share"] is None
    assert sum(row["posts"] for row in programme.authors) == sum(row["author"] is not None for row in rows)

    for row in programme.weeks:
        assert row["week"].weekday() == row["week"].hour == 0
        end = row["week"] + dt.timedelta(days=7)
        assert row["posts"] == sum(
            r["posted_at"] is not None and row["week"] <= r["posted_at"] < end for r in rows
        )
        peaks = [c for c in report.clusters if c["peak_start"] and row["week"] <= c["peak_start"] < end]
        assert row["clusters"] == len(peaks)
        if all(c["impressions"] is not None for c in peaks):
            assert row["impressions"] == sum(c["impressions"] for c in peaks)
        else:
            assert row["impressions"] is None
    assert sum(row["share_of_echoes"] for row in programme.messages) == pytest.approx(1)


def test_unknown_is_null():
    programme = detect(messages([FIVE]), id=None).programme()
    for table, names in (
        (programme.total, ("all_impressions", "impressions", "redundant_impressions", "redundant_share")),
        (programme.authors, ("followers", "impressions", "redundant_reach", "redundant_share")),
        (programme.weeks, ("impressions", "redundant_impressions", "redundant_share")),
        (programme.messages, ("impressions", "redundant_impressions", "redundant_share")),
    ):
        assert all(row[name] is None for row in table for name in names)
    assert programme.total[0]["clusters_unknown"] == 1
    nameless = detect(messages([FIVE]), id=None, author=None, time=None).programme()
    assert (nameless.authors, nameless.weeks) == ([], [])
    assert nameless.total[0]["authors"] is nameless.total[0]["echoing_authors"] is None
    counted = Audience.from_counts(NAMES, [3] * 5)
    (total,) = detect(messages([FIVE]), id=None, audience=counted).programme().total
    assert (total["impressions"], total["redundant_impressions"], total["clusters_unknown"]) == (15, None, 1)


def test_nothing_at_all():
    programme = detect([]).programme()
    (total,) = programme.total
    assert (total["posts"], total["echo_share"], total["own_share"], total["authors"]) == (
        0,
        None,
        None,
        None,
    )
    assert [getattr(programme, name) for name in TABLES[1:]] == [[], [], [], []]
    lone = detect([{"text": "nothing like it", "author": "ann", "posted_at": at(START)}], id=None).programme()
    assert (lone.total[0]["echo_share"], lone.messages, lone.personal) == (0, [], [])
    assert lone.authors[0]["own_share"] is None


def test_kinds(frame_kind):
    programme = detect(frame_kind.make(messages([FIVE])), id=None).programme()
    for name in TABLES:
        assert isinstance(getattr(programme, name), frame_kind.native)
    assert frame_kind.rows(programme.weeks)[0]["week"] == dt.datetime(2025, 3, 3, tzinfo=dt.UTC)


def test_repr():
    posts = [("ann", START, 0), ("bob", START + MINUTE, 10), ("cy", START + 2 * MINUTE, 0)]
    rows = messages([posts]) + others(["ann"], [START + WEEK])
    audience = Audience.from_edges(["ann", "bob", "cy"] * 2, ["x"] * 3 + ["a", "b", "c"])
    assert repr(detect(rows, id=None, audience=audience).programme()).splitlines() == [
        "4 posts, 75.0% of them echoes of 1 messages; 16.7% of an echo is own words",
        "25.0% of 6 impressions redundant",
        "",
        "Most of their own:",
        "echoes  own words  author",
        "------  ---------  ------",
        "     1      50.0%  bob",
    ]
    assert "? of ? impressions" in repr(detect(rows, id=None).programme())
    assert repr(detect([]).programme()).startswith("0 posts, ? of them")
