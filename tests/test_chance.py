from __future__ import annotations

import random

import numpy as np
import pytest

from echodetect import ParameterError, detect

from . import naive_chance as naive
from .worlds import EPOCH, HOUR, MINUTE, START, at, clusters_at_random, messages, numbers, others

DAY = 24 * HOUR
NAMES = ["ann", "bob", "cy", "dee", "eve"]


def test_the_share_of_all_ways_to_deal_out_the_times():
    clusters = [
        [("ann", START, 0), ("bob", START + 10 * MINUTE, 0), ("cy", START + 20 * MINUTE, 0)],
        [("ann", START + 2 * HOUR, 0), ("bob", START + 9 * HOUR, 0), ("cy", START + 9 * HOUR, 0)],
    ]
    rows = messages(clusters) + others(["ann", "bob", "cy"], [START + 5 * HOUR])
    rows += others(["bob"], [START + 30 * MINUTE], seed=5)
    report = detect(rows, id=None, window=["1h", "3h"])
    place = numbers(report, rows)
    plain = [(row["author"], (row["posted_at"] - EPOCH).total_seconds() * 1e6, row["k"]) for row in rows]
    found, count = report.chance(4_000, seed=3), 4_000
    for suffix, window in (("", HOUR), ("_3h", 3 * HOUR)):
        for number, label in place.items():
            p, mean = naive.probability(plain, window, number)
            row = found[label]
            assert row["cluster"] == label
            assert row[f"peak{suffix}"] == report.clusters[label][f"peak{suffix}"]
            # Four standard errors of so many draws.
            assert row[f"probability{suffix}"] == pytest.approx(
                p, abs=4 * (p * (1 - p) / count) ** 0.5 + 1 / count
            )
            assert row[f"expected_peak{suffix}"] == pytest.approx(mean, abs=4 * 2 / count**0.5)


def test_orchestration_is_unlikely_and_habit_is_not():
    rng = random.Random(1)
    moments = [START + k * 7 * HOUR for k in range(12)]
    together = [(name, START + 20 * DAY + k * MINUTE, 0) for k, name in enumerate(NAMES)]
    habit = [(name, rng.choice(moments), 0) for name in NAMES]  # all of them post at these hours anyway
    rows = messages([together, habit]) + others(NAMES, moments)
    report = detect(rows, id=None)
    place, chance = numbers(report, rows), report.chance(499)
    assert chance[place[0]]["probability"] == 1 / 500
    assert chance[place[0]]["expected_peak"] < 3
    assert chance[place[1]]["probability"] > 0.1


def test_uniform_where_nothing_is_orchestrated():
    """p of clusters dealt out at random is no smaller than it should be (Phipson & Smyth 2010)."""
    rng = random.Random(2)
    times = [START + rng.randrange(60) * HOUR for _ in range(400)]
    clusters = [[(f"a{rng.randrange(40)}", times.pop(), 0) for _ in range(4)] for _ in range(100)]
    rows = messages(clusters)
    report = detect(rows, id=None, min_authors=1, window="5h")
    p = np.array([row["probability"] for row in report.chance(99)])
    for level in (0.05, 0.1, 0.2):
        assert (p <= level).mean() <= level + 3 * (level * (1 - level) / p.size) ** 0.5


def test_same_seed_same_figures():
    rows = messages(list(clusters_at_random(1, 10, unknown=0))) + others(
        [f"author {i}" for i in range(6)], [START]
    )
    report = detect(rows, id=None)
    assert report.chance(30, seed=1) == report.chance(30, seed=1)
    assert report.chance(30, seed=1) != report.chance(30, seed=2)
    assert report.chance(1) == report.chance(1, seed=0)
    assert all(1 / 31 <= row["probability"] <= 1 for row in report.chance(30))


def test_authors_who_posted_nothing_else_keep_their_times():
    rows = messages([[(name, START + k * MINUTE, 0) for k, name in enumerate(NAMES)]])
    assert detect(rows, id=None).chance(19) == [
        {"cluster": 0, "peak": 5, "expected_peak": 5.0, "probability": 1.0}
    ]


def test_unknown_is_null():
    clusters = [[("ann", None, 0), ("bob", None, 0)], [("ann", START, 0), ("bob", None, 0)]]
    rows = messages(clusters) + others(["ann", "bob"], [START + DAY, None])
    report = detect(rows, id=None)
    place, chance = numbers(report, rows), report.chance(19)
    unknown = {"cluster": place[0], "peak": None, "expected_peak": None, "probability": None}
    assert chance[place[0]] == unknown
    assert (chance[place[1]]["peak"], chance[place[1]]["probability"]) == (1, 1.0)
    nameless = detect(rows, id=None, author=None)
    assert [row["probability"] for row in nameless.chance(19)] == [None, None]
    lone = detect(messages([[("ann", None, 0), ("ann", None, 0)]]), id=None, min_authors=1)
    assert lone.chance(9) == [{"cluster": 0, "peak": 1, "expected_peak": 1.0, "probability": 1.0}]
    assert detect([{"text": "short"}], author=None, time=None).chance(9) == []


def test_times_at_both_ends_of_the_calendar():
    first, last = at(START), at(START).replace(year=9999)
    rows = messages([[("ann", START, 0), ("bob", START, 0)], [("ann", START, 0), ("cy", START, 0)]] * 3)
    for k, row in enumerate(rows):
        row["posted_at"] = last if k % 2 else first
    assert len(detect(rows, id=None).chance(5)) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"permutations": 0}, "permutations=0"),
        ({"permutations": 9.5}, "permutations=9.5"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": None}, "seed=None"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ParameterError, match=message):
        detect([{"text": "short"}], author=None, time=None).chance(**arguments)
