import datetime as dt
import itertools
import random

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echodetect
from echodetect.errors import ParameterError
from echodetect.saturation import NAT, WINDOWED, measure, saturation

from . import naive_saturation as naive

MINUTE = 60 * 10**6
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = np.datetime64("2025-03-03T09:00", "us").view(np.int64).item()


def arrays(clusters):
    """Columns of a list of clusters, each a list of (author, microseconds, share)."""
    rows = [(c, *post) for c, posts in enumerate(clusters) for post in posts]
    cluster, author, time, share = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [])
    codes = np.array([NAT if t is None else t for t in time], np.int64)
    return cluster, author, codes.view("datetime64[us]"), np.array(share, np.float64)


def scored(posts, window=HOUR):
    """The figures of one cluster, as Python values, None where unknown."""
    result = saturation(*arrays([posts]), window=np.timedelta64(window, "us"))
    return {name: plain(values[0]) for name, values in result.items()}


def plain(value):
    value = value.astype(np.int64).item() if isinstance(value, np.datetime64) else value.item()
    return None if value == NAT or value != value else value


def every(step, authors=5, share=1.0):
    return [(f"author {i}", START + i * step, share) for i in range(authors)]


four = every(10 * MINUTE, 4)
ORACLES = {
    "5 authors, one every 10 min": (every(10 * MINUTE), 5, 5, 0.8),
    "one expert alone, w 0.5": ([("a", START, 0.5)], 1, 1, 0),
    "5 authors, one per day": (every(DAY), 1, 1, 0),
    "5 authors, every 30 min": (every(30 * MINUTE), 3, 3, 2 / 3),
    "5 authors, every 59 min": (every(59 * MINUTE), 2, 2, 0.5),
    "5 authors every 10 min, all w 0.5": (every(10 * MINUTE, share=0.5), 5, 3, 2 / 3),
    "the same, all w 0.2": (every(10 * MINUTE, share=0.2), 5, 1.8, 4 / 9),
    "5 posts every 10 min, one author": ([("a", t, w) for _, t, w in every(10 * MINUTE)], 1, 1, 0),
    "5 authors every 10 min and a sixth at 50 min": (every(10 * MINUTE, 6), 6, 6, 5 / 6),
    "a fifth with w 0.6 at 50 min": ([*four, ("e", START + 50 * MINUTE, 0.6)], 5, 4.6, 1 - 1 / 4.6),
    "the same, the fifth at 90 min": ([*four, ("e", START + 90 * MINUTE, 0.6)], 4, 4, 0.75),
}


@pytest.mark.parametrize("case", ORACLES)
def test_oracles(case):
    posts, peak, f, sigma = ORACLES[case]
    result = scored(posts)
    assert result["peak"] == peak
    assert result["effective_repeats"] == pytest.approx(f, abs=1e-9)
    for name in ("saturation", "saturation_low", "saturation_high"):
        assert result[name] == pytest.approx(sigma, abs=1e-9)
    assert result["peak_start"] == START


def test_oracle_without_times():
    result = scored([(f"author {i}", None, 1.0) for i in range(5)])
    assert result["peak"] is result["effective_repeats"] is result["saturation"] is None
    assert result["first_seen"] is result["peak_start"] is None
    assert result["saturation_low"] == 0  # f = 1
    assert result["saturation_high"] == pytest.approx(0.8, abs=1e-9)  # f = 5
    assert (result["posts"], result["authors"], result["self_repeats"]) == (5, 5, 0)


def test_all_oracles_in_one_call():
    result = saturation(*arrays([posts for posts, *_ in ORACLES.values()]))
    np.testing.assert_allclose(result["saturation"], [sigma for *_, sigma in ORACLES.values()], atol=1e-9)


# Against plain loops


def clusters_at_random(seed, count, moments=30, authors=6, most=14, unknown=0.1):
    """Small clusters full of ties in time and share, repeated authors and gaps of exactly the window."""
    rng = random.Random(seed)
    unknown = rng.choice([0, unknown, 0.5]) if unknown else 0
    for _ in range(count):
        repeated = rng.choice([1, 2, authors])
        yield [
            (
                None if rng.random() < unknown / 2 else f"a{rng.randrange(repeated)}",
                None if rng.random() < unknown else START + rng.randrange(moments),
                rng.choice([0.0, 0.25, 1 / 3, 0.7, 1.0, rng.random()]),
            )
            for _ in range(rng.randint(1, most))
        ]


@pytest.mark.parametrize("seed", range(12))
def test_against_plain_loops(seed):
    window = [0, 1, 5, 10, 29, 100][seed % 6]
    clusters = list(clusters_at_random(seed, 150, unknown=0.2 if seed >= 4 else 0))
    compare_with_plain_loops(clusters, window)


def test_against_plain_loops_with_many_posts_of_one_author():
    clusters = list(clusters_at_random(99, 40, moments=300, authors=3, most=120))
    compare_with_plain_loops(clusters, 60)


def compare_with_plain_loops(clusters, window):
    cluster, author, time, share = arrays(clusters)
    result = saturation(cluster, author, time, share, np.timedelta64(window, "us"))
    names = sorted({a for a in author if a is not None})
    codes = np.array([-1 if a is None else names.index(a) for a in author], np.int64)
    before = measure(np.array(cluster), codes, time.view(np.int64), share, window)["repeats_before"]
    at = 0
    for c, posts in enumerate(clusters):
        expected = naive.score(posts, window)
        counts = expected.pop("repeats_before")
        found = [None if count < 0 else count for count in before[at : at + len(posts)].tolist()]
        assert found == counts, posts
        at += len(posts)
        for name, value in expected.items():
            assert plain(result[name][c]) == pytest.approx(value, abs=1e-9), (name, posts)


def test_many_blocks_and_wide_calendars():
    # Each cluster spans the calendar, so that their times do not fit one axis.
    span = np.array(
        ["0001-01-01", "0001-01-01T01", "2025-01-01", "9999-12-31T23:59:59.999999"], "datetime64[us]"
    )
    clusters = 400
    result = saturation(
        np.repeat(np.arange(clusters), 4), np.tile(list("abcd"), clusters), np.tile(span, clusters)
    )
    np.testing.assert_array_equal(result["effective_repeats"], 2)
    np.testing.assert_array_equal(result["last_seen"], span[3])
    ever = saturation(
        np.repeat(np.arange(clusters), 4),
        np.tile(list("abcd"), clusters),
        np.tile(span, clusters),
        window="3653000d",
    )
    np.testing.assert_array_equal(ever["effective_repeats"], 4)


def test_a_large_cluster_among_small_ones():
    rng = np.random.default_rng(5)
    cluster = np.sort(np.r_[np.arange(30_000) // 3, np.full(70_000, 77)])
    time = rng.integers(0, 20 * HOUR, cluster.size)
    author = np.arange(cluster.size)
    whole = measure(cluster, author, time, np.ones(cluster.size), HOUR)
    for c in (0, 76, 77, 78, 9_999):
        own = np.sort(time[cluster == c])
        most = (np.searchsorted(own, own + HOUR, "right") - np.arange(own.size)).max()
        assert whole["effective_repeats"][c] == whole["peak"][c] == most


def test_thousands_of_posts_of_one_author_with_falling_shares():
    n = 5000
    share = np.linspace(1, 0.1, n)
    author = np.r_[np.zeros(n, np.int64), 1]
    time = np.r_[np.arange(n), n // 2]
    result = measure(np.zeros(n + 1, np.int64), author, time, np.r_[share, 0.5], 10)
    assert result["effective_repeats"][0] == pytest.approx(1 + min(share[n // 2 - 10], 0.5), abs=1e-9)
    assert result["self_repeats"][0] == n - 1


# Properties

moments = st.one_of(st.none(), st.integers(0, 40).map(lambda t: START + t))
timed = st.integers(0, 40).map(lambda t: START + t)
shares = st.one_of(st.sampled_from([0.0, 0.2, 0.5, 0.6, 1.0]), st.floats(0, 1))
people = st.one_of(st.none(), st.sampled_from("abcde"))
posts_known = st.lists(st.tuples(st.sampled_from("abcde"), timed, shares), min_size=1, max_size=12)
posts_any = st.lists(st.tuples(people, moments, shares), min_size=1, max_size=12)
windows = st.integers(0, 45)


@given(posts_known, st.tuples(st.sampled_from("abcdef"), timed, shares), windows)
def test_adding_a_post_never_lowers_f(posts, post, window):
    assert scored([*posts, post], window)["effective_repeats"] >= scored(posts, window)["effective_repeats"]


@given(posts_any, st.tuples(people, moments, shares), windows)
def test_adding_a_post_never_lowers_the_bounds(posts, post, window):
    before, after = scored(posts, window), scored([*posts, post], window)
    assert after["saturation_low"] >= before["saturation_low"]
    assert after["saturation_high"] >= before["saturation_high"]


@given(posts_known, windows, st.integers(1, 9))
def test_stretching_all_gaps_never_raises_f(posts, window, factor):
    stretched = [(a, START + (t - START) * factor, w) for a, t, w in posts]
    assert scored(stretched, window)["effective_repeats"] <= scored(posts, window)["effective_repeats"]


@given(posts_any, windows, st.data())
def test_lowering_any_share_never_raises_f(posts, window, data):
    i = data.draw(st.integers(0, len(posts) - 1))
    author, time, share = posts[i]
    lowered = [*posts[:i], (author, time, share * data.draw(st.floats(0, 1))), *posts[i + 1 :]]
    before, after = scored(posts, window), scored(lowered, window)
    if before["effective_repeats"] is not None:
        assert after["effective_repeats"] <= before["effective_repeats"]
    assert after["saturation_high"] <= before["saturation_high"]


@given(posts_known, windows)
def test_an_author_counts_once_per_window(posts, window):
    doubled = posts + [(a, t, w / 2) for a, t, w in posts]
    before, after = scored(posts, window), scored(doubled, window)
    for name in ("authors", "peak", "peak_start", "effective_repeats", "saturation", "saturation_high"):
        assert after[name] == before[name]
    assert after["self_repeats"] == before["self_repeats"] + len(posts)


@given(st.lists(st.tuples(st.just("a"), moments, shares), min_size=1, max_size=8), windows)
def test_a_lone_author_has_one_repeat(posts, window):
    result = scored(posts, window)
    assert (result["peak"], result["effective_repeats"], result["saturation"]) == (1, 1, 0)
    assert result["saturation_low"] == result["saturation_high"] == 0
    times = [t for _, t, _ in posts if t is not None]
    assert result["peak_start"] == min(times, default=None)


@given(posts_any, windows)
def test_bounds(posts, window):
    result = scored(posts, window)
    timelines = len({a for a, *_ in posts} - {None}) + sum(a is None for a, *_ in posts)
    assert 0 <= result["saturation_low"] <= result["saturation_high"] <= 1 - 1 / timelines
    if result["saturation"] is not None:
        assert result["saturation_low"] <= result["saturation"] <= result["saturation_high"]
        assert result["saturation"] <= 1 - 1 / (result["authors"] or 1)
        assert 1 <= result["effective_repeats"] <= result["peak"] or result["peak"] == 1


@settings(max_examples=50)
@given(st.lists(posts_any, min_size=1, max_size=6), windows, st.randoms(use_true_random=False))
def test_row_order_changes_no_bit(clusters, window, rng):
    columns = arrays(clusters)
    order = list(range(len(columns[0])))
    rng.shuffle(order)
    shuffled = [np.array(column)[order] for column in columns]
    first = saturation(*columns, window=np.timedelta64(window, "us"))
    second = saturation(*shuffled, window=np.timedelta64(window, "us"))
    for name, values in first.items():
        assert values.tobytes() == second[name].tobytes(), name
        assert values.dtype == second[name].dtype


def test_row_order_changes_no_bit_of_many_posts():
    rng = np.random.default_rng(3)
    n = 120_000
    columns = [
        rng.integers(0, 3000, n),
        rng.integers(-1, 400, n),
        np.where(rng.random(n) < 0.02, NAT, rng.integers(0, 30, n) * HOUR + rng.integers(0, 9, n)),
        rng.random(n),
    ]
    order = rng.permutation(n)
    first = measure(*columns, HOUR)
    second = measure(*(column[order] for column in columns), HOUR)
    first["repeats_before"] = first["repeats_before"][order]
    for name, values in first.items():
        assert values.tobytes() == second[name].tobytes(), name


# The edges of a window


@pytest.mark.parametrize(("gap", "f"), [(HOUR - 1, 2), (HOUR, 2), (HOUR + 1, 1), (0, 2)])
def test_the_window_is_closed_to_the_microsecond(gap, f):
    result = scored([("a", START, 1.0), ("b", START + gap, 1.0)])
    assert (result["peak"], result["effective_repeats"]) == (f, f)


def test_repeats_before_leaves_out_the_same_moment_and_counts_the_edge():
    time = np.array([0, 0, HOUR, HOUR + 1, HOUR + 1], np.int64)
    author = np.array([0, 1, 2, 3, 2])
    result = measure(np.zeros(5, np.int64), author, time, np.ones(5), HOUR)
    assert result["repeats_before"].tolist() == [0, 0, 2, 1, 0]


def test_a_window_of_no_length_sees_one_moment():
    result = scored([("a", START, 1.0), ("b", START, 1.0), ("c", START + 1, 1.0)], 0)
    assert result["effective_repeats"] == 2


def test_peak_start_is_the_earliest_of_equal_peaks():
    result = scored([("a", START + 5 * HOUR, 1.0), ("b", START + 9 * HOUR, 1.0)])
    assert (result["peak"], result["peak_start"]) == (1, START + 5 * HOUR)


def test_a_share_of_nought_still_counts_as_an_author_of_the_peak():
    result = scored([("a", START, 0.0), ("b", START, 0.0)])
    assert (result["peak"], result["effective_repeats"], result["saturation"]) == (2, 1, 0)


@given(posts_any, st.lists(windows, min_size=2, max_size=4, unique=True))
def test_several_windows_are_as_one_after_the_other(posts, lengths):
    columns = arrays([posts])
    several = saturation(*columns, window=[np.timedelta64(length, "us") for length in lengths])
    first = saturation(*columns, window=np.timedelta64(lengths[0], "us"))
    names = list(first)
    for length in lengths[1:]:
        single = saturation(*columns, window=np.timedelta64(length, "us"))
        suffix = "_" + (f"{length}us" if length else "0s")
        first |= {f"{name}{suffix}": single[name] for name in names[-6:]}
    assert list(several) == list(first)
    assert set(names[-6:]) == set(WINDOWED)
    for name, values in first.items():
        assert values.tobytes() == several[name].tobytes(), name
        assert values.dtype == several[name].dtype


# What is unknown


def test_a_post_without_a_time_may_stand_at_the_best_moment():
    result = scored([*every(10 * MINUTE, 4), ("late", None, 1.0)])
    assert (result["authors"], result["peak"], result["effective_repeats"]) == (5, 4, 4)
    assert result["saturation_low"] == result["saturation"] == 0.75
    assert result["saturation_high"] == pytest.approx(0.8, abs=1e-9)


def test_a_post_without_a_time_adds_nothing_to_an_author_who_was_there():
    result = scored([*every(10 * MINUTE, 4), ("author 0", None, 1.0)])
    assert result["saturation_low"] == result["saturation_high"] == 0.75
    assert result["self_repeats"] == 1


def test_a_post_without_an_author_may_be_a_timeline_of_its_own():
    result = scored([*every(10 * MINUTE, 4), (None, START, 1.0), (None, START + DAY, 1.0)])
    assert (result["posts"], result["authors"], result["self_repeats"]) == (6, 4, 0)
    assert (result["peak"], result["saturation"]) == (4, 0.75)
    assert result["saturation_high"] == pytest.approx(0.8, abs=1e-9)
    assert result["last_seen"] == START + DAY


def test_no_known_author_leaves_the_figures_unknown():
    time = np.array([START] * 3, "datetime64[us]")
    result = saturation([0, 0, 0], None, time)
    for name in ("authors", "self_repeats", "peak", "effective_repeats", "saturation"):
        assert np.isnan(result[name]).all(), name
    assert result["saturation_low"][0] == 0
    assert result["saturation_high"][0] == pytest.approx(2 / 3, abs=1e-9)
    assert np.isnat(result["peak_start"]).all()
    assert result["first_seen"][0] == time[0]


def test_repeats_before_is_unknown_without_a_time_or_an_author():
    result = measure(np.zeros(4, np.int64), np.array([0, -1, 1, 2]), np.array([5, 6, NAT, 7]), np.ones(4), 10)
    assert result["repeats_before"].tolist() == [0, -1, -1, 1]


def test_a_code_without_posts():
    result = measure(np.array([2]), np.array([0]), np.array([START]), np.ones(1), HOUR, 4)
    assert result["posts"].tolist() == [0, 0, 1, 0]
    assert np.isnan(result["saturation_high"]).tolist() == [True, True, False, True]
    assert result["first_seen"].tolist() == [NAT, NAT, START, NAT]


# What may be passed


def as_list(values):
    return values


SHAPES = [as_list, np.array, lambda v: np.array(v, object), pd.Series, pl.Series]


@pytest.mark.parametrize(("of_clusters", "of_authors"), list(itertools.product(SHAPES, SHAPES)))
def test_kinds_of_columns(of_clusters, of_authors):
    time = np.array([START, START + 1, START + 2, START + 3], "datetime64[us]")
    result = saturation(of_clusters([9, 4, -1, 9]), of_authors(["x", "x", "y", "y"]), time)
    assert result["cluster"].tolist() == [4, 9]
    assert result["posts"].tolist() == [1, 2]
    assert result["effective_repeats"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("values", "dtype", "clusters"),
    [
        (np.array([3, -1, 2], np.int8), np.int8, [2, 3]),
        (np.array([127, -128, -1], np.int8), np.int8, [-128, 127]),
        (np.array([2**63 + 1, 2**63, 5], np.uint64), np.uint64, [5, 2**63, 2**63 + 1]),
        (np.array([2**62, -(2**62), 5]), np.int64, [-(2**62), 5, 2**62]),
        ([3, None, 2], np.int64, [2, 3]),
        ([3.0, float("nan"), 2.5], np.float64, [2.5, 3.0]),
        (["b", None, "a"], "<U1", ["a", "b"]),
        (["b", float("nan"), "a"], "<U1", ["a", "b"]),
        (np.array(["b", "", "a"]), "<U1", ["", "a", "b"]),
        (pd.Series([3, None, 2], dtype="Int64"), None, [2, 3]),
        (pd.Series(["b", None, "a"]), None, ["a", "b"]),
        (pl.Series([3, None, 2]), np.int64, [2, 3]),
        (pl.Series([10**17 + 1, None, 10**17]), np.int64, [10**17, 10**17 + 1]),
        (pd.Series([10**17 + 1, None, 10**17], dtype="Int64"), np.int64, [10**17, 10**17 + 1]),
        (pd.array([10**17 + 1, None, 10**17], dtype="Int64"), np.int64, [10**17, 10**17 + 1]),
        (pa.array([10**17 + 1, None, 10**17]), np.int64, [10**17, 10**17 + 1]),
        (pd.Series(["b", None, "a"], dtype="category"), object, ["a", "b"]),
        ([None, None, None], object, []),
    ],
)
def test_clusters_keep_their_kind(values, dtype, clusters):
    result = saturation(values, ["x", "y", "z"], None)
    assert result["cluster"].tolist() == clusters
    assert dtype is None or result["cluster"].dtype == dtype
    assert result["posts"].tolist() == [1] * len(clusters)


@pytest.mark.parametrize("outside", [float("nan"), None, -1, 7])
def test_shares_outside_every_cluster_are_not_looked_at(outside):
    result = saturation([0, 0, -1], ["a", "b", "c"], None, [1, 0.5, outside])
    assert result["posts"].tolist() == [2]
    with pytest.raises(ParameterError, match=r"verbatim=.*at entry 2"):
        saturation([0, 0, 1], ["a", "b", "c"], None, [1, 0.5, outside])


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_it_scores_what_detect_returns(kind):
    report = echodetect.detect(echodetect.sample(kind))
    table = report.messages
    given = [table[name] for name in ("cluster", "author", "posted_at", "verbatim")]
    result = saturation(*given)
    clusters = nw.from_native(report.clusters, eager_only=True)
    np.testing.assert_allclose(result["saturation"], clusters["saturation"].to_numpy(), rtol=1e-12)
    assert result["posts"].tolist() == clusters["posts"].to_list()


@pytest.mark.parametrize(
    "authors",
    [
        ["x", None, "x"],
        ["x", float("nan"), "x"],
        np.array([1.0, np.nan, 1.0]),
        [2**63 + 1, None, 2**63 + 1],
        [dt.date(2025, 1, 1), None, dt.date(2025, 1, 1)],
        ["7", None, "7"],
        pd.Series([7, None, 7], dtype="Int64"),
        pd.Series(["x", None, "x"]),
        pl.Series(["x", None, "x"]),
    ],
)
def test_missing_authors(authors):
    result = saturation([0, 0, 0], authors, np.array([START] * 3, "datetime64[us]"))
    assert (result["authors"].tolist(), result["self_repeats"].tolist()) == ([1], [1])
    assert result["saturation_high"][0] == 0.5


def test_neighbouring_large_identifiers_stay_apart():
    result = saturation([0, 0, 0], [2**63 + 1, 2**63 + 2, 5], np.array([START] * 3, "datetime64[us]"))
    assert result["authors"].tolist() == [3]


@pytest.mark.parametrize(
    "times",
    [
        np.array(["2025-01-01T10", "NaT", "2025-01-01T11"], "datetime64[h]"),
        np.array(["2025-01-01T10", "NaT", "2025-01-01T11"], "datetime64[ns]"),
        [dt.datetime(2025, 1, 1, 10), None, dt.datetime(2025, 1, 1, 11)],
        [
            dt.datetime(2025, 1, 1, 10, tzinfo=dt.UTC),
            None,
            dt.datetime(2025, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        ],
        pd.Series(pd.to_datetime(["2025-01-01T10:00", None, "2025-01-01T11:00"])),
        pd.Series(pd.to_datetime(["2025-01-01T05:00", None, "2025-01-01T06:00"])).dt.tz_localize(
            "US/Eastern"
        ),
        pl.Series([dt.datetime(2025, 1, 1, 10), None, dt.datetime(2025, 1, 1, 11)]),
    ],
)
def test_kinds_of_times(times):
    result = saturation([0, 0, 0], ["x", "y", "z"], times)
    assert result["first_seen"].tolist() == [dt.datetime(2025, 1, 1, 10)]
    assert result["last_seen"].tolist() == [dt.datetime(2025, 1, 1, 11)]
    assert result["effective_repeats"].tolist() == [2]
    assert result["saturation_high"][0] == pytest.approx(2 / 3)


@pytest.mark.parametrize("window", ["1h", "60min", dt.timedelta(hours=1), np.timedelta64(1, "h")])
def test_kinds_of_windows(window):
    result = saturation(*arrays([every(HOUR)])[:3], window=window)
    assert result["effective_repeats"].tolist() == [2]


def test_empty_input():
    result = saturation([], [], np.array([], "datetime64[s]"), [])
    assert list(result) == [
        "cluster", "posts", "authors", "self_repeats", "first_seen", "last_seen", "peak", "peak_start",
        "effective_repeats", "saturation", "saturation_low", "saturation_high",
    ]  # fmt: skip
    assert all(values.shape == (0,) for values in result.values())
    assert result["peak_start"].dtype == "datetime64[us]"
    assert saturation([-1, -1], ["x", "y"], None)["posts"].shape == (0,)


def test_dtypes():
    result = saturation(*arrays([every(HOUR)]))
    kinds = {name: values.dtype.str[1:] for name, values in result.items() if name != "cluster"}
    assert {kinds[name] for name in ("posts", "authors", "self_repeats")} == {"i8"}
    assert {kinds[name] for name in ("first_seen", "last_seen", "peak_start")} == {"M8[us]"}
    assert set(list(kinds.values())[-4:]) == {kinds["peak"]} == {"f8"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 0], ["x"], None), "author=.*1 entries.*as long as cluster, 2 entries"),
        (([0], ["x"], np.array(["2025"] * 2, "M8[s]")), "time="),
        (([0], ["x"], None, [1, 1]), "verbatim="),
        (([0], ["x"], None, [1.5]), "verbatim=.*1.5 at entry 0.*0 to 1"),
        (([0, 0], ["x", "y"], None, [1, float("nan")]), "verbatim=.*entry 1"),
        (([0], ["x"], None, ["all"]), "verbatim="),
        (([[0]], ["x"], None), "cluster=.*one-dimensional"),
        ((5, ["x"], None), "cluster=.*one-dimensional"),
        (([0, "a"], ["x", "y"], None), "cluster=.*int.*str.*one kind"),
        (([0], np.array([1e18]), None), "author=.*strings"),
        (([0], ["x"], [1_740_000_000]), "time=.*datetime64"),
        (([0], ["x"], ["2025-01-01"]), "time=.*2025-01-01.*datetime64"),
        (([0], ["x"], np.array(["-0005-01-01"], "M8[D]")), "time=.*-5"),
        (([0], ["x"], np.array([10**18], "M8[s]")), "time=.*9999"),
        (([0], ["x"], None, None, 60), "window"),
        (([0], ["x"], None, None, "-1h"), "window"),
        (([0], ["x"], None, None, []), "window"),
        (([0], ["x"], None, None, ["1h", "60min"]), "window=.*several different"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ParameterError, match=message):
        saturation(*arguments)
