import random

import datasketch
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echodetect.audience import Audience
from echodetect.exposure import FIGURES, WINDOWED, measure_audience
from echodetect.saturation import NAT, measure, saturation

from . import naive_audience as naive

MINUTE = 60 * 10**6
HOUR = 60 * MINUTE
START = np.datetime64("2025-03-03T09:00", "us").view(np.int64).item()
FIVE = [(f"author {i}", START + i * 10 * MINUTE, 1.0) for i in range(5)]


def edges(follows):
    """An audience of {author: followers}; an author without any has an edge to None."""
    pairs = [(author, viewer) for author, viewers in follows.items() for viewer in (viewers or [None])]
    return Audience.from_edges([a for a, _ in pairs], [v for _, v in pairs])


def seen(clusters, audience, window=HOUR):
    """The Exposure of a list of clusters, and the codes of the authors."""
    rows = [(c, *post) for c, posts in enumerate(clusters) for post in posts]
    names = sorted({author for _, author, _, _ in rows if author is not None})
    cluster = np.array([row[0] for row in rows], np.int64)
    author = np.array([-1 if row[1] is None else names.index(row[1]) for row in rows], np.int64)
    time = np.array([NAT if row[2] is None else row[2] for row in rows], np.int64)
    share = np.array([row[3] for row in rows], np.float64)
    high = measure(cluster, author, time, share, window, len(clusters))["saturation_high"]
    return measure_audience(audience, names, cluster, author, time, share, {"": window}, {"": high}), names


def figures(posts, audience, window=HOUR):
    result, _ = seen([posts], audience, window)
    return {name: plain(values[0]) for name, values in result.clusters.items()}


def plain(value):
    return None if value != value else value.item()


def shared_by_all(count):
    """Five authors with 100 followers each, `count` of them common to all."""
    common = [f"common {i}" for i in range(count)]
    return {a: common + [f"{a}'s {i}" for i in range(100 - count)] for a, _, _ in FIVE}


# Oracles


@pytest.mark.parametrize(
    ("common", "reach", "value"), [(0, 500, 0), (1, 496, 0.008), (20, 420, 0.16), (100, 100, 0.8)]
)
def test_oracles_of_edges(common, reach, value):
    result, _ = seen([FIVE], edges(shared_by_all(common)))
    found = {name: plain(values[0]) for name, values in result.clusters.items()}
    assert found["impressions"] == 500
    assert found["reach"] == found["reach_low"] == found["reach_high"] == reach
    assert found["mean_frequency"] == pytest.approx(500 / reach, abs=1e-9)
    assert found["repeat_share"] == pytest.approx(1 - reach / 500, abs=1e-9)
    assert found["redundant_impressions"] == pytest.approx(4 * common, abs=1e-9)
    for name in ("audience_saturation", "audience_saturation_low", "audience_saturation_high"):
        assert found[name] == pytest.approx(value, abs=1e-9)
    times = dict(zip(result.exposure["times"].tolist(), result.exposure["contacts"].tolist(), strict=True))
    assert times == {k: v for k, v in {1: 500 - 5 * common, 5: common}.items() if v}
    assert result.exposure["contacts_at_least"].tolist()[0] == reach
    assert result.timelines["redundant_share"].tolist() == [common / 100] * 5


def test_oracle_of_counts():
    found = figures(FIVE, Audience.from_counts([a for a, _, _ in FIVE], [100] * 5, 1_000))
    assert found["reach"] == pytest.approx(409.51, abs=1e-9)
    assert found["repeat_share"] == pytest.approx(1 - 409.51 / 500, abs=1e-9)
    assert round(found["repeat_share"], 3) == 0.181
    assert (found["reach_low"], found["reach_high"]) == (100, 500)
    assert found["audience_saturation"] is None
    assert found["audience_saturation_low"] == 0
    assert found["audience_saturation_high"] == pytest.approx(0.8, abs=1e-9)


def test_counts_without_a_universe_leave_bounds():
    found = figures(FIVE, Audience.from_counts([a for a, _, _ in FIVE], [100] * 5))
    assert found["impressions"] == 500
    assert found["reach"] is found["repeat_share"] is found["mean_frequency"] is None
    assert (found["reach_low"], found["reach_high"]) == (100, 500)
    assert found["audience_saturation_low"] == 0
    assert found["audience_saturation_high"] == pytest.approx(0.8, abs=1e-9)


def test_adds_its_columns_to_saturation():
    author, time, _ = zip(*FIVE, strict=True)
    times = np.array(time).view("datetime64[us]")
    plainly = saturation([7] * 5, author, times)
    result = saturation([7] * 5, author, times, audience=edges(shared_by_all(20)))
    assert list(result) == [*plainly, *FIGURES]
    assert result["audience_saturation"][0] == pytest.approx(0.16, abs=1e-9)
    assert result["authors_unknown"].dtype == np.int64
    outside = saturation(
        [7, 7, -1], ["author 0", "author 1", "author 2"], None, audience=edges(shared_by_all(1))
    )
    assert outside["impressions"].tolist() == [200]
    nameless = saturation([7, 7], None, times[:2], audience=edges(shared_by_all(1)))
    assert nameless["authors_unknown"].tolist() == [2]
    assert np.isnan(nameless["impressions"]).all()
    assert saturation([], [], None, audience=edges(shared_by_all(1)))["reach"].shape == (0,)


# Against plain loops


def world(seed, people=7, contacts=12):
    rng = random.Random(seed)
    keep = rng.choice([0.1, 0.3, 0.6, 1.0])
    follows = {
        f"a{i}": {c for c in range(contacts) if rng.random() < keep}
        for i in range(people)
        if rng.random() < 0.9
    }
    missing = rng.choice([0, 0.1, 0.5])
    uniform = rng.random() < 0.3

    def post():
        return (
            None if rng.random() < missing / 3 else f"a{rng.randrange(people)}",
            None if rng.random() < missing else START + rng.randrange(30),
            1.0 if uniform else rng.choice([0.0, 0.25, 1 / 3, 0.7, 1.0, rng.random()]),
        )

    clusters = [[post() for _ in range(rng.randint(1, rng.choice([3, 8, 25])))] for _ in range(25)]
    return follows, clusters


@pytest.mark.parametrize("seed", range(40))
def test_against_plain_loops(seed):
    window = [0, 1, 3, 10, 29][seed % 5]
    follows, clusters = world(seed)
    result, names = seen(clusters, edges(follows), window)
    lines = result.timelines
    for c, posts in enumerate(clusters):
        expected = naive.see(posts, follows, window)
        for name, value in expected["figures"].items():
            assert plain(result.clusters[name][c]) == pytest.approx(value, abs=1e-9), (name, posts)
        rows = result.exposure["cluster"] == c
        times, contacts = result.exposure["times"][rows], result.exposure["contacts"][rows]
        assert dict(zip(times.tolist(), contacts.tolist(), strict=True)) == expected["exposure"]
        for k, least in zip(times.tolist(), result.exposure["contacts_at_least"][rows].tolist(), strict=True):
            assert least == sum(n for times, n in expected["exposure"].items() if times >= k)
        rows = np.flatnonzero(lines["cluster"] == c)
        shared = {names[lines["author"][row]]: lines["redundant_reach"][row] for row in rows}
        assert shared == expected["shared"]
        for row in rows:
            author = names[lines["author"][row]]
            assert lines["posts"][row] == sum(post[0] == author for post in posts)
            assert lines["followers"][row] == len(follows[author])


def test_long_clusters_against_a_score_for_each_viewer():
    rng = np.random.default_rng(8)
    n, people, contacts, k = 3_000, 40, 300, 6
    follows = rng.random((people, contacts)) < 0.15
    audience = Audience.from_edges(*np.nonzero(follows))
    cluster, author = np.sort(rng.integers(0, k, n)), rng.integers(0, people, n)
    time = np.where(rng.random(n) < 0.05, NAT, rng.integers(0, 400, n))
    share = np.where(rng.random(n) < 0.4, 1, rng.random(n))
    for window in (0, 3, 20, 150):
        high = measure(cluster, author, time, share, window)["saturation_high"]
        names = list(range(people))
        posts = cluster, author, time, share
        result = measure_audience(audience, names, *posts, {"": window}, {"": high}).clusters
        for c in range(k):
            rows = np.flatnonzero(cluster == c)
            viewer, post = np.nonzero(follows.T[:, author[rows]])
            viewer, post = np.unique(viewer, return_inverse=True)[1], rows[post]
            each = measure(viewer, author[post], time[post], share[post], window)
            for name, bound in (("audience_saturation_low", "low"), ("audience_saturation_high", "high")):
                total = (1 / (1 - each[f"saturation_{bound}"])).sum()
                assert result[name][c] == pytest.approx(1 - result["reach"][c] / total, abs=1e-9)
            assert result["reach"][c] == each["posts"].size
            assert result["impressions"][c] == post.size


@pytest.mark.parametrize("seed", range(10))
def test_contacts_of_others_change_no_bit(seed):
    """Many others, few others, and edges in any order: contacts are then found in other ways."""
    follows, clusters = world(seed)
    alone, _ = seen(clusters, edges(follows), 5)
    crowd = edges({"somebody else": range(-5_000, 0), **follows})
    turned = edges({a: sorted(follows[a], key=str, reverse=True) for a in sorted(follows, reverse=True)})
    for audience in (crowd, turned):
        again, _ = seen(clusters, audience, 5)
        for one, other in zip(
            (alone.clusters, alone.exposure), (again.clusters, again.exposure), strict=True
        ):
            for name, values in one.items():
                assert values.tobytes() == other[name].tobytes(), name


def test_counts_bound_what_edges_know():
    for seed in range(20):
        follows, clusters = world(seed)
        exact, _ = seen(clusters, edges(follows), 5)
        authors, counts = list(follows), [len(viewers) for viewers in follows.values()]
        for universe in (None, 12):
            found = seen(clusters, Audience.from_counts(authors, counts, universe), 5)[0].clusters
            np.testing.assert_array_equal(found["impressions"], exact.clusters["impressions"])
            np.testing.assert_array_equal(found["authors_unknown"], exact.clusters["authors_unknown"])
            within = ~(found["reach_high"] < exact.clusters["reach"])
            assert (within & ~(found["reach_low"] > exact.clusters["reach"])).all()
            for name in ("audience_saturation", "audience_saturation_low", "audience_saturation_high"):
                assert not (found["audience_saturation_low"] > exact.clusters[name] + 1e-9).any()
                assert not (found["audience_saturation_high"] < exact.clusters[name] - 1e-9).any()
            known = ~np.isnan(found["audience_saturation"])
            np.testing.assert_allclose(
                found["audience_saturation"][known], exact.clusters["audience_saturation"][known], atol=1e-9
            )


# Properties

followings = st.dictionaries(
    st.sampled_from("abcdef"), st.frozensets(st.integers(0, 8), min_size=1), min_size=6
)
timed = st.integers(0, 40).map(lambda t: START + t)
shares = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1))
posts_known = st.lists(st.tuples(st.sampled_from("abcdef"), timed, shares), min_size=1, max_size=12)
posts_any = st.lists(
    st.tuples(st.sampled_from([None, *"abcdefg"]), st.one_of(st.none(), timed), shares),
    min_size=1,
    max_size=12,
)
windows = st.integers(0, 45)


@given(posts_known, followings, windows)
def test_never_above_saturation(posts, follows, window):
    result = saturation(
        [0] * len(posts),
        [a for a, _, _ in posts],
        np.array([t for _, t, _ in posts]).view("datetime64[us]"),
        [w for _, _, w in posts],
        np.timedelta64(window, "us"),
        edges(follows),
    )
    assert 0 <= result["audience_saturation"][0] <= result["saturation"][0] + 1e-12


@given(posts_any, followings, st.lists(windows, min_size=2, max_size=3, unique=True))
def test_several_windows_are_as_one_after_the_other(posts, follows, lengths):
    authors, moments, values = zip(*posts, strict=True)
    times = np.array([NAT if t is None else t for t in moments], np.int64).view("datetime64[us]")
    columns = [0] * len(posts), list(authors), times, values
    spelt = [np.timedelta64(length, "us") for length in lengths]
    several = saturation(*columns, spelt, edges(follows))
    for length, window in zip(lengths, spelt, strict=True):
        single = saturation(*columns, window, edges(follows))
        suffix = "" if length == lengths[0] else f"_{length}us" if length else "_0s"
        for name in FIGURES:
            again = several[name + (suffix if name in WINDOWED else "")]
            assert single[name].tobytes() == again.tobytes(), name


@given(posts_known, windows)
def test_disjoint_audiences_give_nought(posts, window):
    found = figures(posts, edges({a: {f"{a}{i}" for i in range(3)} for a in "abcdef"}), window)
    assert found["audience_saturation"] == found["redundant_impressions"] == 0


@given(st.permutations("abcdef"), st.lists(timed, min_size=6, max_size=6), followings)
def test_is_the_repeat_share_of_verbatim_posts_in_one_window(authors, times, follows):
    found = figures([(a, t, 1.0) for a, t in zip(authors, times, strict=True)], edges(follows), 40)
    assert found["audience_saturation"] == pytest.approx(found["repeat_share"], abs=1e-9)


@given(posts_known, followings, windows)
def test_one_contact_who_follows_all_sees_the_saturation(posts, follows, window):
    rows = [*zip(*posts, strict=True)]
    result = saturation(
        [0] * len(posts), rows[0], np.array(rows[1]).view("datetime64[us]"), rows[2],
        np.timedelta64(window, "us"), edges({a: {"x"} for a in follows}),
    )  # fmt: skip
    assert result["audience_saturation"][0] == pytest.approx(result["saturation"][0], abs=1e-9)


@given(posts_any, followings, windows)
def test_bounds(posts, follows, window):
    found = figures(posts, edges(follows), window)
    low, value, high = (found[f"audience_saturation{end}"] for end in ("_low", "", "_high"))
    assert low <= high + 1e-12
    assert value is None or low - 1e-12 <= value <= high + 1e-12
    assert found["reach"] is None or found["reach_low"] <= found["reach"]


@settings(max_examples=50)
@given(st.lists(posts_any, min_size=1, max_size=5), followings, windows, st.randoms(use_true_random=False))
def test_row_order_changes_no_bit(clusters, follows, window, rng):
    rows = [(c, *post) for c, posts in enumerate(clusters) for post in posts]
    pairs = [(a, v) for a, viewers in follows.items() for v in viewers]
    results = []
    for _ in range(2):
        cluster, author, time, share = zip(*rows, strict=True)
        moments = np.array([NAT if t is None else t for t in time], np.int64).view("datetime64[us]")
        audience = Audience.from_edges(*zip(*pairs, strict=True))
        results.append(
            saturation(cluster, list(author), moments, share, np.timedelta64(window, "us"), audience)
        )
        rng.shuffle(rows)
    for name, values in results[0].items():
        assert values.tobytes() == results[1][name].tobytes(), name


# What is unknown


def test_an_author_missing_from_the_audience_is_counted_and_widens_the_bounds():
    follows = shared_by_all(20)
    del follows["author 4"]
    found = figures(FIVE, edges(follows))
    assert found["authors_unknown"] == 1
    assert (found["impressions"], found["reach"], found["reach_low"]) == (400, 340, 340)
    assert found["reach_high"] is None
    assert found["audience_saturation_low"] == 0
    assert found["audience_saturation_high"] == pytest.approx(0.8, abs=1e-9)
    counted = figures(FIVE, Audience.from_counts(list(follows), [100] * 4, 1_000))
    assert (counted["authors_unknown"], counted["reach_low"], counted["reach_high"]) == (1, 100, 1_000)
    none = figures(FIVE, edges({"someone else": ["x"]}))
    assert none["authors_unknown"] == 5
    assert none["impressions"] is none["reach"] is none["audience_saturation"] is None
    assert (none["audience_saturation_low"], none["reach_low"]) == (0, 0)


def test_followers_of_zero():
    found = figures(FIVE, edges({a: [] for a, _, _ in FIVE}))
    assert (found["authors_unknown"], found["impressions"], found["reach"]) == (0, 0, 0)
    assert found["redundant_impressions"] == 0
    assert found["repeat_share"] is found["mean_frequency"] is found["audience_saturation"] is None
    counted = figures(FIVE, Audience.from_counts([a for a, _, _ in FIVE], [0] * 5))
    assert counted == found
    one = figures(FIVE[:2], edges({"author 0": [], "author 1": ["x"]}))
    assert (one["reach"], one["audience_saturation"]) == (1, 0)


@pytest.mark.parametrize("universe", [None, 1_000])
def test_one_author(universe):
    posts = [("author 0", START, 1.0), ("author 0", START + 1, 1.0)]
    for audience in (edges(shared_by_all(0)), Audience.from_counts(["author 0"], [100], universe)):
        found = figures(posts, audience)
        assert (found["impressions"], found["reach"], found["reach_high"]) == (200, 100, 100)
        assert (found["redundant_impressions"], found["audience_saturation"]) == (0, 0)
        assert found["audience_saturation_high"] == found["reach_error"] == 0
        assert found["repeat_share"] == 0.5


def test_no_times():
    found = figures([(a, None, w) for a, _, w in FIVE], edges(shared_by_all(20)))
    assert found["reach"] == 420
    assert found["redundant_impressions"] is found["audience_saturation"] is None
    assert found["audience_saturation_low"] == 0
    assert found["audience_saturation_high"] == pytest.approx(0.16, abs=1e-9)
    disjoint = figures([(a, None, w) for a, _, w in FIVE], edges(shared_by_all(0)))
    assert disjoint["audience_saturation"] == disjoint["audience_saturation_high"] == 0


def test_unknown_counts_are_missing_authors():
    audience = Audience.from_counts(["a", "b", "c"], [5, None, float("nan")])
    assert (audience.authors.tolist(), audience.followers.tolist()) == (["a"], [5])


# Sketches


def sketched(follows, p=12, kind=datasketch.HyperLogLog):
    sketches = {author: kind(p=p) for author in follows}
    for author, viewers in follows.items():
        for viewer in viewers:
            sketches[author].update(str(viewer).encode())
    return sketches


@pytest.mark.parametrize("kind", [datasketch.HyperLogLog, datasketch.HyperLogLogPlusPlus])
def test_sketches(kind):
    follows = {a: range(i * 300, i * 300 + 1_000) for i, (a, _, _) in enumerate(FIVE)}
    sketches = sketched(follows, kind=kind)
    found = figures(FIVE, Audience.from_sketches(sketches))
    union = kind.union(*sketches.values()).count()
    assert found["reach"] == pytest.approx(union, rel=1e-6)
    assert found["reach_error"] == pytest.approx(1.04 / 64 * union, rel=1e-6)
    assert found["reach_low"] <= 2_200 <= found["reach_high"]
    assert found["impressions"] == pytest.approx(5_000, rel=0.05)
    assert found["repeat_share"] == pytest.approx(1 - 2_200 / 5_000, abs=0.05)
    assert found["audience_saturation"] is None
    assert found["audience_saturation_high"] <= 0.8
    lone = figures(FIVE[:1], Audience.from_sketches(sketches))
    assert (lone["repeat_share"], lone["audience_saturation"], lone["redundant_impressions"]) == (0, 0, 0)


def test_sketches_near_where_two_formulas_meet_and_none_empty():
    for n in range(20, 60):
        sketch = sketched({"a": range(n)}, p=4)
        assert 5 < Audience.from_sketches(sketch).followers[0] < 200
    assert Audience.from_sketches({}).authors.shape == (0,)
    assert Audience.from_sketches(sketched({"a": ()})).followers.tolist() == [0]
