"""Messages whose clusters, times and authors are known beforehand."""

from __future__ import annotations

import datetime as dt
import random

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MINUTE = 60 * 10**6
HOUR = 60 * MINUTE
START = 1_740_992_400 * 10**6  # Monday 3 March 2025, 9:00 UTC
WORDS = 10  # of every template


def phrase(rng, count):
    """Words that nobody has used before, nor anything like them."""
    return " ".join("".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(count))


def at(moment):
    return None if moment is None else EPOCH + dt.timedelta(microseconds=moment)


def messages(clusters, seed=0):
    """A row per post of clusters of (author, microseconds, own words), with its cluster k and own words.

    The first post of a cluster is the bare message, whatever its own words; rows come cluster by cluster.
    """
    rng = random.Random(seed)
    rows = []
    for number, posts in enumerate(clusters):
        template = phrase(rng, WORDS)
        for place, (author, moment, own) in enumerate(posts):
            own = own if place else 0
            text = f"{phrase(rng, own)} {template}" if own else template
            rows.append({"author": author, "posted_at": at(moment), "text": text, "k": number, "own": own})
    return rows


def others(authors, moments, seed=1):
    """Posts that copy nothing: one by each author at each moment."""
    rng = random.Random(seed)
    return [
        {"author": author, "posted_at": at(moment), "text": phrase(rng, WORDS), "k": None, "own": None}
        for author in authors
        for moment in moments
    ]


def clusters_at_random(seed, count, authors=6, most=9, span=4 * HOUR, unknown=0.1):
    """Clusters of two posts or more, full of ties in time, gaps of an hour, and repeated authors."""
    rng = random.Random(seed)
    step = 10 * MINUTE
    for _ in range(count):
        crowd = rng.choice([2, authors])
        yield [
            (
                None if rng.random() < unknown / 2 else f"author {rng.randrange(crowd)}",
                None if rng.random() < unknown else START + rng.randrange(span // step) * step,
                rng.choice([0, 0, 0, 1, 4, 8]),
            )
            for _ in range(rng.randint(2, most))
        ]


def posts_of(report, number):
    """Posts (author, microseconds, share) of a cluster, as the plain-loop oracles take them."""
    return [
        (
            row["author"],
            None if row["posted_at"] is None else (row["posted_at"] - EPOCH) // dt.timedelta(microseconds=1),
            row["verbatim"],
        )
        for row in report.messages
        if row["cluster"] == number
    ]


def numbers(report, rows):
    """{cluster of the rows: its number in the report}; every post has to be where it belongs."""
    found = {}
    for label, row in zip(report.labels.tolist(), rows, strict=True):
        if row["k"] is None:
            assert label == -1, row
        else:
            assert found.setdefault(row["k"], label) == label >= 0, row
    assert len(set(found.values())) == len(found)
    return found
