"""What `detect` says with an audience and with several windows, end to end."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pytest

import echodetect
from echodetect import Audience, ParameterError, detect
from echodetect.exposure import FIGURES
from echodetect.exposure import WINDOWED as SEEN
from echodetect.saturation import WINDOWED

from . import naive_audience, naive_saturation
from .worlds import HOUR, MINUTE, START, at, clusters_at_random, messages, numbers, others, posts_of

MESSAGE = "Join us on Friday at noon for the opening of our new repair workshop"
NAMES = ["ann", "bob", "cy", "dee", "eve"]
FIVE = [
    {"author": name, "posted_at": at(START + k * 10 * MINUTE), "text": MESSAGE}
    for k, name in enumerate(NAMES)
]


def shared(common):
    """A hundred followers for each of five, some common to all."""
    edges = [
        (name, f"contact {i}" if i < common else f"{name}'s contact {i}")
        for name in NAMES
        for i in range(100)
    ]
    return Audience.from_edges([a for a, _ in edges], [f for _, f in edges])


def first(report):
    return report.clusters[0]


@pytest.mark.parametrize(
    ("common", "reach", "value"), [(0, 500, 0), (1, 496, 0.008), (20, 420, 0.16), (100, 100, 0.8)]
)
def test_the_case_of_five_colleagues(common, reach, value):
    report = detect(FIVE, audience=shared(common))
    figures = first(report)
    assert figures["saturation"] == pytest.approx(0.8, abs=1e-9)
    assert (figures["impressions"], figures["reach"]) == (500, reach)
    assert figures["redundant_impressions"] == pytest.approx(4 * common, abs=1e-9)
    for name in SEEN[1:]:
        assert figures[name] == pytest.approx(value, abs=1e-9)
    seen = {row["times"]: row["contacts"] for row in report.exposure}
    assert seen == {k: v for k, v in {1: 500 - 5 * common, 5: common}.items() if v}
    assert report.exposure[-1]["contacts_at_least"] == (common or 500)
    assert [row["author"] for row in report.timelines] == NAMES
    assert [row["redundant_share"] for row in report.timelines] == [common / 100] * 5
    assert {row["followers"] for row in report.timelines} == {100}


def test_the_five_with_numbers_alone():
    figures = first(detect(FIVE, audience=Audience.from_counts(NAMES, [100] * 5, universe=1_000)))
    assert figures["reach"] == pytest.approx(409.51, abs=1e-9)
    assert figures["repeat_share"] == pytest.approx(1 - 409.51 / 500, abs=1e-9)
    assert figures["audience_saturation"] is figures["redundant_impressions"] is None
    assert figures["audience_saturation_low"] == 0
    assert figures["audience_saturation_high"] == pytest.approx(0.8, abs=1e-9)


def world(seed, count):
    """Clusters, and who follows their authors; one of these is missing from the audience."""
    rng = random.Random(seed)
    clusters = list(clusters_at_random(seed, count, unknown=rng.choice([0, 0.1, 0.3])))
    follows = {f"author {i}": {c for c in range(12) if rng.random() < 0.4} for i in range(5)}
    pairs = [(author, viewer) for author, viewers in follows.items() for viewer in (viewers or [None])]
    return clusters, follows, Audience.from_edges([a for a, _ in pairs], [v for _, v in pairs])


@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_clusters_against_plain_loops(seed):
    """With and without audience, in two windows: a hundred clusters for each seed."""
    clusters, follows, audience = world(seed, 100)
    rows = messages(clusters, seed)
    windows = {"": HOUR, "_20min": 20 * MINUTE}
    report = detect(rows, min_authors=1, window=["1h", "20min"], audience=audience, id=None)
    alone = detect(rows, min_authors=1, window=["1h", "20min"], id=None)
    place = numbers(report, rows)
    assert numbers(alone, rows) == place
    for label in place.values():
        posts = posts_of(report, label)
        found = report.clusters[label]
        assert alone.clusters[label] == {name: found[name] for name in alone.clusters[label]}
        for suffix, window in windows.items():
            plain = naive_saturation.score(posts, window)
            before = plain.pop("repeats_before")
            mine = [message for message in report.messages if message["cluster"] == label]
            seen = [message[f"repeats_before{suffix}"] for message in mine]
            assert seen == before
            plain |= {name: at(plain[name]) for name in ("first_seen", "last_seen", "peak_start")}
            plain |= naive_audience.see(posts, follows, window)["figures"]
            for name, value in plain.items():
                column = name + suffix if name in (*WINDOWED, *SEEN) else name
                if isinstance(value, float):
                    value = pytest.approx(value, abs=1e-9)
                assert found[column] == value, (column, posts)
    exposure = {}
    for row in report.exposure:
        exposure.setdefault(row["cluster"], {})[row["times"]] = row["contacts"]
    for label in place.values():
        assert exposure.get(label, {}) == naive_audience.see(posts_of(report, label), follows, 0)["exposure"]


def test_columns_and_their_order(frame_kind):
    report = detect(frame_kind.make(FIVE), window=["1h", "24 h"], audience=shared(20))
    rows = frame_kind.rows(report.clusters)
    names = list(rows[0])
    plain = list(frame_kind.rows(detect(frame_kind.make(FIVE)).clusters)[0])
    assert names == [
        *plain, *(f"{name}_24h" for name in WINDOWED), *FIGURES, *(f"{name}_24h" for name in SEEN),
    ]  # fmt: skip
    assert {name: value for name, value in rows[0].items() if name in plain} == dict(
        frame_kind.rows(detect(frame_kind.make(FIVE)).clusters)[0]
    )
    for table in (report.exposure, report.timelines, report.spans, report.clusters, report.chance(9)):
        assert isinstance(table, frame_kind.native)
    assert frame_kind.rows(report.exposure) == [
        {"cluster": 0, "times": 1, "contacts": 400, "contacts_at_least": 420},
        {"cluster": 0, "times": 5, "contacts": 20, "contacts_at_least": 20},
    ]
    assert frame_kind.rows(report.timelines)[0] == {
        "cluster": 0, "author": "ann", "posts": 1,
        "followers": 100, "redundant_reach": 20, "redundant_share": 0.2,
    }  # fmt: skip
    assert "repeats_before_24h" in frame_kind.rows(report.messages)[0]


def test_repr_with_an_audience():
    lines = repr(detect(FIVE, audience=shared(20))).splitlines()
    assert lines[2].split()[:4] == ["cluster", "saturation", "audience", "timelines"]
    assert lines[4].split()[:4] == ["0", "0.800", "0.160", "5"]
    counted = repr(detect(FIVE, audience=Audience.from_counts(NAMES, [100] * 5)))
    assert counted.splitlines()[4].split()[2] == "0.00..0.80"
    nobody = repr(detect(FIVE, audience=Audience.from_counts(NAMES, [0] * 5)))
    assert nobody.splitlines()[4].split()[2] == "?"


def test_without_an_audience():
    report = detect(FIVE)
    assert not set(FIGURES) & set(first(report))
    assert report.exposure == []
    assert report.timelines[0] == {
        "cluster": 0, "author": "ann", "posts": 1,
        "followers": None, "redundant_reach": None, "redundant_share": None,
    }  # fmt: skip
    assert len(report.timelines) == 5


def test_authors_who_are_missing_from_the_audience():
    audience = Audience.from_edges(NAMES[:4], ["x"] * 4)
    report = detect(FIVE, audience=audience)
    assert report.counts == {"author not in the audience": 1}
    assert "author not in the audience" in repr(report)
    figures = first(report)
    assert figures["authors_unknown"] == 1
    assert (figures["reach"], figures["reach_high"]) == (1, None)
    assert (figures["audience_saturation_low"], figures["audience_saturation_high"]) == (
        0,
        pytest.approx(0.8),
    )
    assert [row["followers"] for row in report.timelines] == [1, 1, 1, 1, None]


def test_followers_of_zero():
    figures = first(detect(FIVE, audience=Audience.from_counts(NAMES, [0] * 5)))
    assert (figures["impressions"], figures["reach"], figures["redundant_impressions"]) == (0, 0, 0)
    assert figures["repeat_share"] is figures["mean_frequency"] is figures["audience_saturation"] is None


def test_no_times_and_no_authors():
    figures = first(detect(FIVE, time=None, audience=shared(20)))
    assert (figures["reach"], figures["audience_saturation"]) == (420, None)
    assert figures["audience_saturation_high"] == pytest.approx(0.16, abs=1e-9)
    report = detect(FIVE, author=None, audience=shared(20))
    assert (first(report)["authors_unknown"], first(report)["impressions"]) == (5, None)
    assert report.exposure == report.timelines == []
    assert report.counts == {}


def test_one_author_and_one_post():
    lone = [{**row, "author": "ann"} for row in FIVE]
    figures = first(detect(lone, min_authors=1, audience=shared(20)))
    assert (figures["saturation"], figures["audience_saturation"], figures["redundant_impressions"]) == (
        0,
        0,
        0,
    )
    assert (figures["impressions"], figures["reach"], figures["repeat_share"]) == (500, 100, 0.8)
    empty = detect(FIVE[:1], audience=shared(20))
    assert empty.clusters == empty.exposure == empty.timelines == empty.spans == []


def test_authors_of_any_kind():
    rows = [{**row, "author": number} for number, row in enumerate(FIVE)]
    audience = Audience.from_edges(np.repeat(np.arange(5), 2), [0, 1] * 5)
    frame = detect(pl.DataFrame(rows), audience=audience).timelines
    assert frame["author"].to_list() == [0, 1, 2, 3, 4]
    assert frame["redundant_reach"].to_list() == [2] * 5
    mixed = [
        {**row, "author": name}
        for name, row in zip(["a", 2, dt.date(2025, 1, 1), (1, 2), 2.5], FIVE, strict=True)
    ]
    known = Audience.from_counts([(1, 2)], [7])
    report = detect(mixed, audience=known)
    assert {row["author"]: row["followers"] for row in report.timelines} == {
        "(1, 2)": 7, "2": None, "2.5": None, "2025-01-01": None, "a": None,
    }  # fmt: skip


def test_the_order_of_rows_changes_nothing():
    clusters, _, audience = world(3, 30)
    rows = messages(clusters, 3) + others([f"author {i}" for i in range(6)], [START - HOUR, START + 9 * HOUR])
    shuffled = rows.copy()
    random.Random(0).shuffle(shuffled)
    one, other = (detect(part, window=["1h", "3h"], audience=audience, id=None) for part in (rows, shuffled))
    for name in ("clusters", "exposure", "timelines"):
        assert getattr(one, name) == getattr(other, name)
    assert one.chance(50, seed=4) == other.chance(50, seed=4)
    for question in ({"gap": "30min"}, {"own_words": 3}, {"one_post": True}):
        assert one.what_if(**question) == other.what_if(**question)
    assert one.advise(1.5).clusters == other.advise(1.5).clusters
    for name in ("total", "authors", "weeks", "messages", "personal"):
        assert getattr(one.programme(), name) == getattr(other.programme(), name)


# Windows


def test_windows_are_named_by_their_spelling():
    report = detect(FIVE, window=["20min", "1 d", dt.timedelta(hours=36), np.timedelta64(0, "s")])
    suffixes = ["_1d", "_1d12h", "_0s"]
    assert [name for name in first(report) if name.startswith("peak_") and "start" not in name] == [
        f"peak{suffix}" for suffix in suffixes
    ]
    assert [first(report)[f"peak{suffix}"] for suffix in ("", *suffixes)] == [3, 5, 5, 1]
    assert report.parameters["window"] == ["20min", "1d", "1d12h", "0s"]
    assert detect(FIVE, **report.parameters).clusters == report.clusters
    assert report.rethreshold(0.9).clusters == report.clusters
    assert detect(FIVE, window=["1h"]).clusters == detect(FIVE).clusters


@pytest.mark.parametrize("window", [[], ["1h", "60min"], ["1h", 24], ["1h", None], ["1h", "-1h"]])
def test_windows_that_are_none(window):
    with pytest.raises(ParameterError, match="window="):
        detect(FIVE, window=window)
    with pytest.raises(ParameterError, match="window="):
        echodetect.saturation([0], ["a"], None, window=window)


def test_the_window_is_closed_to_the_microsecond():
    for gap, peak in ((HOUR - 1, 2), (HOUR, 2), (HOUR + 1, 1)):
        rows = [{**FIVE[0]}, {**FIVE[1], "posted_at": at(START + gap)}]
        assert first(detect(rows, window=["30min", "1h"]))["peak_1h"] == peak
        assert detect(pl.DataFrame(rows)).top(1)[0]["peak"] == peak


AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# The hour from two to three comes twice on 26 October 2025, and not at all on 30 March.
TWICE = [dt.datetime(2025, 10, 26, 2, 30, tzinfo=AMSTERDAM, fold=fold) for fold in (0, 1)]
NEVER = [dt.datetime(2025, 3, 30, hour, 30, tzinfo=AMSTERDAM) for hour in (1, 3)]


@pytest.mark.parametrize("times", [TWICE, NEVER], ids=["autumn", "spring"])
def test_daylight_saving(times):
    """Two posts an hour apart, whatever the clock on the wall says."""
    rows = [{**row, "posted_at": time} for row, time in zip(FIVE, times, strict=False)]
    zoned = pd.DataFrame(rows).assign(
        posted_at=pd.to_datetime(times, utc=True).tz_convert("Europe/Amsterdam")
    )
    series = pl.Series([time.astimezone(dt.UTC) for time in times]).dt.convert_time_zone("Europe/Amsterdam")
    frame = pl.DataFrame(rows[:2], schema_overrides={"posted_at": pl.Object}).with_columns(posted_at=series)
    iso = [{**row, "posted_at": row["posted_at"].isoformat()} for row in rows]
    for given in (rows, zoned, frame, frame.to_arrow(), iso):
        figures = detect(given, window=["3599999999us", "1h"]).top(1)[0]
        assert (figures["peak"], figures["peak_1h"]) == (1, 2)
        assert figures["first_seen"] == times[0].astimezone(dt.UTC)
    for given in (times, zoned["posted_at"], series):
        result = echodetect.saturation([0, 0], ["a", "b"], given, window=["3599999999us", "1h"])
        assert (result["peak"].tolist(), result["peak_1h"].tolist()) == ([1], [2])


def test_what_audience_is_none():
    for wrong in ({"ann": 3}, [1], "edges"):
        with pytest.raises(ParameterError, match=r"audience=.*Audience\.from_edges"):
            detect(FIVE, audience=wrong)
