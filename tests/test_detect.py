"""The whole way, end to end: every kind of frame, the oracles, what is an echo, bad input."""

from __future__ import annotations

import datetime as dt
import math
import random

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

import echodetect
from echodetect import ColumnNotFoundError, ColumnTypeError, EchodetectError, ParameterError, detect
from tests import naive

UTC = dt.UTC
NINE = dt.datetime(2025, 3, 3, 9, tzinfo=UTC)
MESSAGE = "Join us on Friday at noon for the opening of our new repair workshop"
OTHERS = [
    "Quarterly figures are out: revenue rose by a tenth while costs stayed level",
    "My train is stuck between two stations and nobody can tell us for how long",
    "Reading about soil chemistry tonight, and I keep coming back to clay minerals",
]


def post(author, minutes, text, **more):
    at = None if minutes is None else NINE + dt.timedelta(minutes=minutes)
    return {"author": author, "posted_at": at, "text": text, **more}


def own_words(count, seed):
    """As many invented words, others for each seed."""
    generator = random.Random(seed)
    return " ".join(
        "".join(generator.choice("bdfgklmnprstvz") + generator.choice("aeiou") for _ in range(3))
        for _ in range(count)
    )


def partition(report):
    """Sets of rows that share a cluster."""
    groups = {}
    for row, label in enumerate(report.labels.tolist()):
        if label >= 0:
            groups.setdefault(label, set()).add(row)
    return sorted(map(sorted, groups.values()))


# --- every kind of frame -----------------------------------------------------------------------------------

ROWS = [
    {"id": id, "likes": 3 * id, **row}
    for id, row in enumerate(
        [
            post("ann", 0, MESSAGE),
            post("bob", 10, f"{MESSAGE} https://sho.rt/b #repair"),
            post("fay", 15, OTHERS[0]),
            post("cy", 20, f"So very proud of what this small team has built here since spring: {MESSAGE}"),
            post("dee", 30, "Join us on Friday at noon for the opening of our new… https://sho.rt/d"),
            post("gus", 35, None),
            post("eve", None, MESSAGE.upper()),
            post("ann", 100, OTHERS[1]),
            post("bob", 110, OTHERS[1]),
        ]
    )
]
CLUSTERS = [
    {
        "cluster": 0,
        "template": MESSAGE,
        "posts": 5,
        "authors": 5,
        "self_repeats": 0,
        "first_seen": NINE,
        "last_seen": NINE + dt.timedelta(minutes=30),
        "peak": 4,
        "peak_start": NINE,
        "exact_share": 3 / 5,
        "mean_verbatim": (4 + 14 / 27) / 5,
        "personalised_share": 1 / 5,
        "embedded_share": 1 / 5,
        "min_similarity": naive.near(MESSAGE, MESSAGE[:52]),
        "effective_repeats": 3 + 14 / 27,
        "saturation": 1 - 1 / (3 + 14 / 27),
        "saturation_low": 1 - 1 / (3 + 14 / 27),
        "saturation_high": 1 - 1 / (4 + 14 / 27),
    },
    {
        "cluster": 1,
        "template": OTHERS[1],
        "posts": 2,
        "authors": 2,
        "self_repeats": 0,
        "first_seen": NINE + dt.timedelta(minutes=100),
        "last_seen": NINE + dt.timedelta(minutes=110),
        "peak": 2,
        "peak_start": NINE + dt.timedelta(minutes=100),
        "exact_share": 1.0,
        "mean_verbatim": 1.0,
        "personalised_share": 0.0,
        "embedded_share": 0.0,
        "min_similarity": 1.0,
        "effective_repeats": 2.0,
        "saturation": 0.5,
        "saturation_low": 0.5,
        "saturation_high": 0.5,
    },
]
MESSAGES = {
    "cluster": [0, 0, None, 0, 0, None, 0, 1, 1],
    "similarity": [1.0, 1.0, None, 1.0, naive.near(MESSAGE, MESSAGE[:52]), None, 1.0, 1.0, 1.0],
    "verbatim": [1.0, 1.0, None, 14 / 27, 1.0, None, 1.0, 1.0, 1.0],
    "coverage": [1.0, 1.0, None, 1.0, 12 / 14, None, 1.0, 1.0, 1.0],
    "truncated": [False, False, None, False, True, None, False, False, False],
    "is_representative": [True, False, False, False, False, False, False, True, False],
    "repeats_before": [0, 1, None, 2, 3, None, None, 0, 1],
}
PAIRS = [
    {"left": 0, "right": 1, "similarity": 1.0, "embedded": False},
    {"left": 0, "right": 3, "similarity": 1.0, "embedded": True},
    {"left": 0, "right": 4, "similarity": naive.near(MESSAGE, MESSAGE[:52]), "embedded": False},
    {"left": 0, "right": 6, "similarity": 1.0, "embedded": False},
    {"left": 3, "right": 4, "similarity": 1.0, "embedded": True},
    {"left": 7, "right": 8, "similarity": 1.0, "embedded": False},
]
INSTANT = nw.Datetime("us", "UTC")
DTYPES = {
    **dict.fromkeys(("cluster", "posts", "authors", "self_repeats", "peak", "repeats_before"), nw.Int64),
    **dict.fromkeys(("left", "right"), nw.Int64),
    **dict.fromkeys(("first_seen", "last_seen", "peak_start"), INSTANT),
    **dict.fromkeys(("truncated", "is_representative", "embedded"), nw.Boolean),
    "template": nw.String,
}


def alike(found, expected):
    """Equal, floats nearly."""
    if isinstance(expected, dict):
        return list(found) == list(expected) and alike(list(found.values()), list(expected.values()))
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(alike, found, expected))
    return type(found) is type(expected) and found == (
        pytest.approx(expected) if isinstance(expected, float) else expected
    )


def check_dtypes(native, names):
    if isinstance(native, list | dict):
        return
    schema = nw.from_native(native).collect_schema()
    for name in names:
        expected = DTYPES.get(name, nw.Float64)
        if isinstance(native, duckdb.DuckDBPyRelation) and expected == INSTANT:
            assert isinstance(schema[name], nw.Datetime)
        else:
            assert schema[name] == expected, name


def test_every_kind_of_frame(frame_kind):
    messages = frame_kind.make(ROWS)
    report = detect(messages)

    assert type(report.clusters) is frame_kind.native
    clusters = frame_kind.rows(report.clusters)
    assert alike(clusters, CLUSTERS)
    check_dtypes(report.clusters, CLUSTERS[0])

    assert type(report.messages) is frame_kind.native
    added = frame_kind.rows(report.messages)
    assert [{name: row[name] for name in ROWS[0]} for row in added] == ROWS
    assert list(added[0]) == [*ROWS[0], *MESSAGES]
    for name, expected in MESSAGES.items():
        assert alike([row[name] for row in added], expected)
    check_dtypes(report.messages, MESSAGES)

    assert type(report.pairs) is frame_kind.native
    assert alike(frame_kind.rows(report.pairs), PAIRS)
    check_dtypes(report.pairs, PAIRS[0])

    assert report.labels.dtype == np.int64
    assert report.labels.tolist() == [-1 if value is None else value for value in MESSAGES["cluster"]]
    assert report.counts["null text"] == 1
    assert report.counts["null time"] == 1


def test_no_message_at_all(frame_kind):
    messages = frame_kind.make([post("ann", 0, MESSAGE, id=1), post("bob", 1, OTHERS[0], id=2)])
    report = detect(messages)
    assert type(report.clusters) is frame_kind.native
    assert frame_kind.rows(report.clusters) == []
    assert frame_kind.rows(report.pairs) == []
    assert [row["cluster"] for row in frame_kind.rows(report.messages)] == [None, None]
    if frame_kind.native not in (list, dict):
        assert list(nw.from_native(report.clusters).collect_schema()) == list(CLUSTERS[0])
        check_dtypes(report.clusters, CLUSTERS[0])
        check_dtypes(report.messages, MESSAGES)


def test_pandas_index_is_kept():
    frame = pd.DataFrame(ROWS).set_index(pd.Index([f"row {row}" for row in range(len(ROWS))], name="where"))
    report = detect(frame)
    assert report.messages.index.equals(frame.index)
    assert report.clusters.index.equals(pd.RangeIndex(2))
    pd.testing.assert_frame_equal(report.messages[list(frame.columns)], frame)
    assert report.messages["cluster"].dtype == "Int64"


def test_other_column_names():
    frame = pl.DataFrame(ROWS).rename({"author": "wie", "posted_at": "wann", "text": "was", "id": "nr"})
    report = detect(frame, author="wie", time="wann", text="was", id="nr")
    assert alike(report.clusters.rows(named=True), CLUSTERS)
    assert report.messages.columns == [*frame.columns, *MESSAGES]


def test_a_list_of_str():
    report = detect([row["text"] for row in ROWS])
    assert report.labels.tolist() == [-1 if value is None else value for value in MESSAGES["cluster"]]
    first = report.clusters[0]
    unknown = ["authors", "self_repeats", "first_seen", "last_seen", "peak", "peak_start"]
    assert [first[name] for name in unknown] == [None] * 6
    assert (first["effective_repeats"], first["saturation"], first["saturation_low"]) == (None, None, 0.0)
    assert first["saturation_high"] == pytest.approx(1 - 1 / (4 + 14 / 27))
    assert [row["text"] for row in report.messages] == [row["text"] for row in ROWS]
    assert {row["repeats_before"] for row in report.messages} == {None}


# --- the oracles of saturation ----------------------------------------------------------------------------

TEMPLATE = "opening of our workshop this Friday noon everybody welcome"  # nine words
LATE = 7 * 24 * 60


@pytest.mark.parametrize(
    ("minutes", "own", "authors", "peak", "repeats", "saturation"),
    [
        pytest.param([0, 10, 20, 30, 40], [0] * 5, "abcde", 5, 5, 0.8, id="5 authors, one every 10 min"),
        pytest.param([0], [9], "a", 1, 1, 0, id="one expert alone, w 0.5"),
        pytest.param(
            [1440 * day for day in range(5)], [0] * 5, "abcde", 1, 1, 0, id="5 authors, one per day"
        ),
        pytest.param(
            [30 * at for at in range(5)], [0] * 5, "abcde", 3, 3, 0.6667, id="5 authors, every 30 min"
        ),
        pytest.param([59 * at for at in range(5)], [0] * 5, "abcde", 2, 2, 0.5, id="5 authors, every 59 min"),
        pytest.param([0, 10, 20, 30, 40], [9] * 5, "abcde", 5, 3, 0.6667, id="every 10 min, all w 0.5"),
        pytest.param([0, 10, 20, 30, 40], [36] * 5, "abcde", 5, 1.8, 0.4444, id="the same, all w 0.2"),
        pytest.param([0, 10, 20, 30, 40], [0] * 5, "aaaaa", 1, 1, 0, id="5 posts every 10 min, one author"),
        pytest.param(
            [0, 10, 20, 30, 40, 50], [0] * 6, "abcdef", 6, 6, 0.8333, id="5 every 10 min, a sixth at 50 min"
        ),
        pytest.param(
            [0, 10, 20, 30, 50], [0] * 4 + [6], "abcde", 5, 4.6, 0.7826, id="4, a fifth with w 0.6 at 50 min"
        ),
        pytest.param(
            [0, 10, 20, 30, 90], [0] * 4 + [6], "abcde", 4, 4, 0.75, id="4, a fifth with w 0.6 at 90 min"
        ),
        pytest.param([None] * 5, [0] * 5, "abcde", None, None, None, id="5 authors, no times"),
    ],
)
def test_oracles(minutes, own, authors, peak, repeats, saturation):
    """Each post is the template and own words enough for its share; where all have some, or there is one
    post only, bare copies weeks later make the cluster without changing the figures."""
    posts = [
        post(author, at, f"{TEMPLATE} {own_words(count, row)}".strip())
        for row, (author, at, count) in enumerate(zip(authors, minutes, own, strict=True))
    ]
    if all(own):
        posts += [post("later", LATE, TEMPLATE), post("at last", 2 * LATE, TEMPLATE)]
    report = detect(posts, min_authors=1)
    assert report.labels.tolist() == [0] * len(posts)
    shares = [row["verbatim"] for row in report.messages]
    assert shares[: len(own)] == [9 / (9 + count) for count in own]
    (found,) = report.clusters
    assert found["peak"] == peak
    if repeats is None:
        assert (found["effective_repeats"], found["saturation"], found["saturation_low"]) == (None, None, 0)
        assert found["saturation_high"] == pytest.approx(0.8)
        return
    assert found["effective_repeats"] == pytest.approx(repeats)
    assert found["saturation"] == pytest.approx(saturation, abs=1e-4)
    assert found["saturation_low"] == found["saturation_high"] == found["saturation"]


def test_window():
    posts = [post(author, 30 * at, MESSAGE) for at, author in enumerate("abcde")]
    for window, peak in [
        ("1h", 3),
        ("59min", 2),
        (dt.timedelta(hours=2), 5),
        ("0s", 1),
        (np.timedelta64(1, "D"), 5),
    ]:
        assert detect(posts, window=window).clusters[0]["peak"] == peak


# --- what is an echo --------------------------------------------------------------------------------------


def test_nine_words_of_the_message_and_eight_own():
    own = "so very proud of this whole small team"
    posts = [post("a", 0, TEMPLATE), post("b", 1, TEMPLATE), post("c", 2, f"{own.capitalize()}! {TEMPLATE}")]
    posts += [post("d", 3, f"{TEMPLATE}. {own}"), post("e", 4, "opening of our workshop this Friday…")]
    report = detect(posts)
    rows = report.messages
    assert report.labels.tolist() == [0] * 5
    assert [row["verbatim"] for row in rows] == [1, 1, 9 / 17, 9 / 17, 1]
    assert [row["coverage"] for row in rows] == pytest.approx([1, 1, 1, 1, 0.667], abs=1e-3)
    assert [row["truncated"] for row in rows] == [False] * 4 + [True]
    assert report.clusters[0]["embedded_share"] == 3 / 5
    assert detect(posts, embedded=False).labels.tolist() == [0, 0, -1, -1, -1]


@pytest.mark.parametrize(
    "variant",
    [
        "{0} https://sho.rt/x7Gh2",
        "sho.rt/abc12 {0} #repair #workshop 🎉",
        "RT @ann: {0}",
        "{0} via @ann",
        "@bob {0}",
        "“{0}”",
        "{0}!!! 👏👏👏",
    ],
)
def test_dress_does_not_keep_posts_apart(variant):
    report = detect([post("a", 0, MESSAGE), post("b", 1, variant.format(MESSAGE))])
    assert report.labels.tolist() == [0, 0]
    assert [row["verbatim"] for row in report.messages] == [1, 1]
    assert report.clusters[0]["exact_share"] == 1
    assert report.messages[1]["text"] == variant.format(MESSAGE), "what is shown is the original"


def test_a_typo_and_a_changed_word_are_near():
    posts = [MESSAGE, MESSAGE.replace("opening", "openning"), MESSAGE.replace("repair", "bicycle")]
    report = detect([post(name, at, text) for at, (name, text) in enumerate(zip("abc", posts, strict=True))])
    assert report.labels.tolist() == [0, 0, 0]
    assert report.clusters[0]["min_similarity"] >= 0.85


def test_slot_filled_notices_are_no_echo():
    slots = [
        ("Utrecht", "14 degrees, light rain before lunch, wind from the south-west"),
        ("Groningen", "thunder and hail all through the night, then fog"),
        ("Zwolle", "dry and sunny, 27 degrees, hardly a cloud to be seen anywhere"),
    ]
    posts = [post(place, at, f"Weather for {place} today: {sky}") for at, (place, sky) in enumerate(slots)]
    assert detect(posts).labels.tolist() == [-1] * 3


def test_the_same_link_under_independent_words_is_no_echo():
    posts = [post(str(at), at, f"{text} https://sho.rt/same #repair") for at, text in enumerate(OTHERS)]
    report = detect(posts)
    assert report.labels.tolist() == [-1] * 3
    assert len(report.pairs) == 0


def test_greetings_are_no_echo():
    greeting = "Good morning to all of you"  # 26 characters: compared, but embedded in nothing
    posts = [post(str(at), at, f"{greeting}! {text}") for at, text in enumerate(OTHERS)]
    posts += [post("d", 9, "Good morning all"), post("e", 10, "good morning, all!"), post("f", 11, greeting)]
    report = detect(posts)
    assert report.labels.tolist() == [-1] * 6
    assert report.counts["shorter than 20 characters"] == 2
    assert detect(posts, min_length=10).labels.tolist() == [-1] * 3 + [0, 0, -1]
    assert detect(posts, min_embedded=20).labels.tolist() == [0] * 3 + [-1, -1, 0]


def test_texts_that_fold_to_nothing():
    posts = [
        post(str(at), at, text)
        for at, text in enumerate(["#food", "#food", "🎉🎉", "@ann", "https://a.org", "…", ""])
    ]
    report = detect(posts, min_length=1)
    assert report.labels.tolist() == [-1] * 7
    assert report.counts == {"nothing to compare": 7}


def test_chains_are_cut():
    """Each post is near the next; the first and the last share nothing."""
    words = own_words(40, "chain").split()
    posts = [post(str(at), at, " ".join(words[at : at + 12])) for at in range(28)]
    report = detect(posts, embedded=False)
    folded = echodetect.fold([row["text"] for row in posts])
    rows = report.messages
    for rows_of_one in partition(report):
        (head,) = [row for row in rows_of_one if rows[row]["is_representative"]]
        for row in rows_of_one:
            assert naive.near(folded[row], folded[head]) >= 0.85
            assert rows[row]["similarity"] == pytest.approx(naive.near(folded[row], folded[head]))
    assert len(partition(report)) > 3


def test_min_authors():
    posts = [post("a", 0, MESSAGE), post("a", 5, MESSAGE), post("b", 0, OTHERS[0]), post("c", 5, OTHERS[0])]
    assert detect(posts).labels.tolist() == [-1, -1, 0, 0]
    assert detect(posts, min_authors=3).labels.tolist() == [-1] * 4
    report = detect(posts, min_authors=1)
    assert report.labels.tolist() == [1, 1, 0, 0]
    assert [row["authors"] for row in report.clusters] == [2, 1]
    assert [row["self_repeats"] for row in report.clusters] == [0, 1]
    unknown = [post(None, 0, MESSAGE), post(None, 5, MESSAGE)]
    report = detect(unknown)
    assert report.labels.tolist() == [0, 0], "each may be a timeline of its own"
    assert report.counts == {"null author": 2}
    assert report.clusters[0]["authors"] is None
    assert detect(posts, author=None, min_authors=2).labels.tolist() == [0, 0, 1, 1]


def test_scripts():
    posts = {
        "ru": (
            "Приходите в пятницу в полдень на открытие нашей новой мастерской",
            "Горжусь нашей командой! ",
        ),
        "el": ("Ελάτε την Παρασκευή το μεσημέρι στα εγκαίνια του νέου εργαστηρίου μας", "Πολύ περήφανη! "),
        "ar": ("انضموا إلينا يوم الجمعة ظهرا لافتتاح ورشة الإصلاح الجديدة في المدينة", "فخور جدا بالفريق "),
        "ja": (
            "金曜日の正午に新しい修理工房の開所式を行いますので皆さまぜひお越しください",
            "とても楽しみです。",
        ),
        "hi": ("शुक्रवार दोपहर को हमारी नई मरम्मत कार्यशाला के उद्घाटन में हमारे साथ जुड़ें", "बहुत गर्व है! "),
    }
    rows = [
        post(f"{language} {at}", at, text)
        for language, (message, own) in posts.items()
        for at, text in enumerate([message, f"{message} https://sho.rt/{language}", own + message])
    ]
    report = detect(rows)
    assert partition(report) == [list(range(at, at + 3)) for at in range(0, len(rows), 3)]
    for at in range(0, len(rows), 3):
        shares = [row["verbatim"] for row in report.messages[at : at + 3]]
        assert shares[:2] == [1, 1]
        assert 0.5 < shares[2] < 1


# --- what must not matter ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made():
    return echodetect.simulate(3000, seed=5)


@pytest.fixture(scope="module")
def whole(made):
    return detect(made)


def same(one, other):
    assert one.labels.tolist() == other.labels.tolist()
    assert one.clusters == other.clusters
    assert one.pairs == other.pairs
    assert one.messages == other.messages
    assert one.counts == other.counts


def test_generated_posts_are_found_again(made, whole):
    found = {frozenset(rows) for rows in partition(whole)}
    assert len(found) > 20
    truth = [row["message"] for row in made]
    pairs = [(i, j) for rows in found for i in rows for j in rows if i < j]
    right = sum(truth[i] is not None and truth[i] == truth[j] for i, j in pairs)
    every = sum(math.comb(truth.count(message), 2) for message in set(truth) - {None})
    assert 2 * right / (len(pairs) + every) > 0.95


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_does_not_matter(made, whole, seed):
    order = list(range(len(made)))
    random.Random(seed).shuffle(order)
    shuffled = detect([made[row] for row in order])
    assert shuffled.clusters == whole.clusters
    assert shuffled.labels.tolist() == whole.labels[order].tolist()
    assert list(shuffled.messages) == [whole.messages[row] for row in order]
    moved = {tuple(sorted((order[pair["left"]], order[pair["right"]]))) for pair in shuffled.pairs}
    assert moved == {(pair["left"], pair["right"]) for pair in whole.pairs}


def test_workers_and_chunks_do_not_matter(made, whole, monkeypatch):
    same(detect(made, workers=1), whole)
    same(detect(made, workers=2), whole)
    monkeypatch.setattr("echodetect.candidates._CHUNK", 100)
    monkeypatch.setattr("echodetect.text._CHUNK", 60)
    monkeypatch.setattr("echodetect.verify._CHUNK", 50)
    same(detect(made, workers=3), whole)


def test_pairs_are_verified(made, whole):
    texts = echodetect.fold([row["text"] for row in made])
    assert len(whole.pairs) > 500
    assert {pair["embedded"] for pair in whole.pairs} == {False, True}
    for embedded, count in ((False, 40), (True, 6)):  # plain loops are slow; test_verify tries far more
        pairs = [pair for pair in whole.pairs if pair["embedded"] == embedded and pair["similarity"] < 1]
        for pair in random.Random(1).sample(pairs, count):
            one, other = texts[pair["left"]], texts[pair["right"]]
            score = (naive.embedded if embedded else naive.near)(one, other)
            assert pair["similarity"] == pytest.approx(score)
            assert score >= 0.85
            assert not embedded or naive.near(one, other) < 0.85
    order = [(pair["left"], pair["right"]) for pair in whole.pairs]
    assert order == sorted(set(order))
    assert all(left < right for left, right in order)


def test_every_member_is_tied_to_its_representative(made, whole):
    """By the similarity that it reports; the weakest of a cluster is its min_similarity."""
    texts = echodetect.fold([row["text"] for row in made])
    rows = whole.messages
    scores = {frozenset((texts[p["left"]], texts[p["right"]])): p["similarity"] for p in whole.pairs}
    for number, figures in enumerate(whole.clusters):
        inside = np.flatnonzero(whole.labels == number).tolist()
        (head,) = [row for row in inside if rows[row]["is_representative"]]
        ties = [1.0 if row == head else scores[frozenset((texts[row], texts[head]))] for row in inside]
        assert [rows[row]["similarity"] for row in inside] == ties
        assert figures["min_similarity"] == min(ties)


@pytest.mark.parametrize("similarity", [0.85, 0.9, 0.95, 1.0])
def test_rethreshold_is_detect_at_a_stricter_similarity(made, whole, similarity):
    direct = detect(made, similarity=similarity)
    again = whole.rethreshold(similarity)
    assert again.clusters == direct.clusters
    assert again.labels.tolist() == direct.labels.tolist()
    assert again.pairs == direct.pairs
    assert again.messages == direct.messages
    assert again.parameters == direct.parameters
    twice = whole.rethreshold(0.86).rethreshold(max(similarity, 0.86))
    if similarity > 0.85:
        assert twice.clusters == direct.clusters
        assert twice.pairs == direct.pairs
    assert whole.parameters["similarity"] == 0.85


def test_rethreshold_without_embedding(made):
    report = detect(made, embedded=False)
    assert report.rethreshold(0.93).clusters == detect(made, embedded=False, similarity=0.93).clusters
    assert not any(pair["embedded"] for pair in report.pairs)


def test_progress_is_told(made):
    told = []
    detect(made[:300], progress=lambda *what: told.append(what))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["folding", "searching", "verifying", "clustering", "done"]
    assert all(0 <= done <= total for _, done, total in told)


def test_saturation_of_the_same_clusters_is_the_public_one(made, whole):
    rows = whole.messages
    inside = [row for row in range(len(rows)) if whole.labels[row] >= 0]
    figures = echodetect.saturation(
        whole.labels[inside],
        [rows[row]["author"] for row in inside],
        [rows[row]["posted_at"] for row in inside],
        [rows[row]["verbatim"] for row in inside],
    )
    for name in ("posts", "authors", "self_repeats", "peak", "effective_repeats", "saturation"):
        assert figures[name].tolist() == pytest.approx([row[name] for row in whole.clusters])
    assert [row["saturation"] for row in whole.clusters] == sorted(
        (row["saturation"] for row in whole.clusters), reverse=True
    )


# --- bad input --------------------------------------------------------------------------------------------


def test_glued_hashtags_behind_an_ellipsis_take_no_time():
    """They once took a regular expression's exponential time: some 50 s for the second."""
    texts = [
        "Wow... " + "#" * 25 + " now",
        "Wait... " + "#win" * 25 + " today",
        "x.y/" * 1000 + "... " * 1000,
    ]
    assert detect(texts).labels.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    "ending", ["…", "...", "… (via @ann)", "… #energy 🎉", "… 👉 https://x.example/z", "…”"]
)
def test_whatever_stands_behind_an_ellipsis_a_cut_copy_is_one(ending):
    texts = [MESSAGE, MESSAGE, "Join us on Friday at noon for the opening of our new rep" + ending]
    report = detect([post(f"a{at}", at, text) for at, text in enumerate(texts)])
    assert report.labels.tolist() == [0, 0, 0]
    assert report.messages[2]["truncated"] and report.messages[2]["verbatim"] == 1


def test_a_cut_word_is_completed_by_the_word_that_comes_next():
    message = "Our report is out now: read how five thousand homes saved energy in three cold winters"
    texts = [message] * 4 + ["Our report is out now: read how five thousand ho…"]
    report = detect([post(f"a{at}", at, text) for at, text in enumerate(texts)])
    assert (report.messages[4]["verbatim"], report.messages[4]["truncated"]) == (1, True)
    assert report.cluster(0).posts[4].own == []


def test_truncated_copies_in_the_majority_take_nothing_from_the_message():
    texts = [MESSAGE] * 2 + ["RT @ann: Join us on Friday at noon for the opening of our new rep…"] * 3
    report = detect([post(f"a{at}", at, text) for at, text in enumerate(texts)])
    assert [row["verbatim"] for row in report.messages] == [1] * 5
    assert [row["truncated"] for row in report.messages] == [False] * 2 + [True] * 3
    assert report.clusters[0]["template"] == MESSAGE


@pytest.mark.parametrize(("one", "other"), [(15, 5), (10, 10), (3, 30)])
def test_a_digest_does_not_swallow_what_it_quotes(one, other):
    texts = [MESSAGE] * one + [OTHERS[0]] * other + [f"This week: {MESSAGE}. And: {OTHERS[0]}"]
    report = detect([post(f"a{at}", at, text) for at, text in enumerate(texts)])
    assert sorted(row["template"] for row in report.clusters) == sorted([MESSAGE, OTHERS[0]])
    assert sorted(row["posts"] for row in report.clusters) in (
        sorted([one + 1, other]),
        sorted([one, other + 1]),
    )


def test_a_missing_column_lists_those_there_are():
    frame = pl.DataFrame(ROWS).rename({"text": "body", "posted_at": "created_at"})
    with pytest.raises(ColumnNotFoundError, match=r"text='text': no such column.*'body'"):
        detect(frame)
    with pytest.raises(ColumnNotFoundError, match=r"time=.*'created_at'.*time=None"):
        detect(frame, text="body")
    with pytest.raises(ColumnNotFoundError, match="author='user'"):
        detect(ROWS, author="user")
    assert detect(frame, text="body", time=None).labels.max() == 1


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("text", [1, 2]),
        ("text", [b"bytes", b"more"]),
        ("text", [[MESSAGE], [MESSAGE]]),
        ("posted_at", [1.5, 2.5]),
        ("posted_at", [{"at": 1}, {"at": 2}]),
        ("author", [["a"], ["b"]]),
        ("author", [{"name": "a"}, {"name": "b"}]),
    ],
)
def test_values_of_a_wrong_type(column, values):
    rows = [{**row, column: value} for row, value in zip(ROWS[:2], values, strict=True)]
    with pytest.raises(ColumnTypeError, match=column.replace("posted_at", "time")):
        detect(rows)
    with pytest.raises(ColumnTypeError):
        detect(pd.DataFrame(rows))


def test_null_and_empty_texts_authors_and_times_are_counted():
    rows = [
        post("a", 0, MESSAGE),
        post(None, 10, MESSAGE),
        post("c", None, MESSAGE),
        post("d", 30, None),
        post("e", 40, ""),
        post(float("nan"), 50, "   \n\t"),
    ]
    report = detect(rows)
    assert report.counts == {"null text": 1, "null author": 2, "null time": 1, "nothing to compare": 3}
    assert report.labels.tolist() == [0, 0, 0, -1, -1, -1]
    (found,) = report.clusters
    assert (found["posts"], found["authors"], found["peak"]) == (3, 2, 1)
    assert (found["saturation_low"], found["saturation_high"]) == (0, pytest.approx(2 / 3))
    assert [row["repeats_before"] for row in report.messages] == [0, None, None, None, None, None]
    assert len(report.messages) == 6


def test_unparseable_and_mixed_times():
    times = ["2025-03-03T09:00:00Z", "2025-03-03T11:10:00+02:00", "yesterday", "", None, "2025-03-03 09:20"]
    times += [
        dt.datetime(2025, 3, 3, 9, 30),
        dt.datetime(2025, 3, 3, 4, 40, tzinfo=dt.timezone(-dt.timedelta(hours=5))),
    ]
    rows = [{"author": str(at), "posted_at": time, "text": MESSAGE} for at, time in enumerate(times)]
    report = detect(rows)
    assert report.counts == {"unparseable time": 1, "null time": 2}
    (found,) = report.clusters
    assert (found["peak"], found["first_seen"], found["last_seen"]) == (
        5,
        NINE,
        NINE + dt.timedelta(minutes=40),
    )
    assert [row["repeats_before"] for row in report.messages] == [0, 1, None, None, None, 2, 3, 4]
    assert found["saturation"] == found["saturation_low"] == 0.8
    assert found["saturation_high"] == 1 - 1 / 8


def test_duplicate_and_odd_ids_are_kept():
    rows = [post("a", 0, MESSAGE, id=7), post("b", 1, MESSAGE, id=7), post("c", 2, MESSAGE, id=None)]
    report = detect(rows)
    assert report.counts == {"duplicate id": 1, "null id": 1}
    assert report.labels.tolist() == [0, 0, 0]
    assert [row["id"] for row in report.messages] == [7, 7, None]
    assert detect([{**row, "id": [1]} for row in rows]).labels.tolist() == [0, 0, 0]
    assert detect(rows, id=None).counts == {}


def test_nul_characters_and_lone_surrogates():
    odd = [MESSAGE + "\ud800", "\0" + MESSAGE, MESSAGE.replace(" at ", "\0at\udfff"), "\ud800", "\0\0"]
    rows = [post(str(at), at, text) for at, text in enumerate(odd)]
    report = detect(rows)
    assert report.labels.tolist() == [0, 0, 0, -1, -1]
    assert report.counts == {"lone surrogate": 3, "nothing to compare": 2}
    assert [row["text"] for row in report.messages] == odd
    repr(report).encode()
    repr(report.cluster(0)).encode()
    frame = pd.DataFrame({"text": pd.Series(odd, dtype=object), "author": list("abcde")})
    assert detect(frame, time=None).messages["text"].tolist() == odd


def test_ten_megabytes_in_one_text():
    """What is beyond the first 10,000 folded characters is not compared, and that is counted."""
    big = " ".join(f"word{number}" for number in range(1_000_000))
    assert len(big) > 10_000_000
    report = detect(
        [f"hello {big}", f"dear {big[:20_000]}", f"good {big[:15_000]}", MESSAGE, "a" * 10_000_000]
    )
    assert report.labels.tolist() == [0, 0, 0, -1, -1]
    assert report.counts["compared on 10000 characters"] == 4
    assert report.clusters[0]["template"].startswith("… word0 word1 ")
    shown = report.cluster(0)
    assert [post.text[start:stop] for post in shown.posts for start, stop in post.own] == [
        "hello",
        "dear",
        "good",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "https://a.org/x " * 60_000,
        "@ann " * 200_000,
        "#x" * 300_000,
        "…." * 500_000,
        "é\u0301" * 300_000,
        "\n" * 1_000_000,
    ],
)
def test_a_megabyte_of_markup(text):
    report = detect([text, text, MESSAGE])
    assert report.labels.size == 3
    assert len(report.messages) == 3


def test_an_empty_frame(frame_kind):
    if frame_kind.name.startswith(("list", "dict")):
        pytest.skip("has no columns without rows")
    rows = [post("ann", 0, MESSAGE, id=1)]
    native = frame_kind.make(rows)
    if isinstance(native, duckdb.DuckDBPyRelation):
        native = native.limit(0)
    elif isinstance(native, pl.DataFrame | pl.LazyFrame):
        native = native.head(0)
    elif isinstance(native, pd.DataFrame):
        native = native.iloc[:0]
    elif hasattr(native, "read_all"):
        native = native.read_all()[:0]
    else:
        native = iter([part[:0] for part in native]) if frame_kind.once else native[:0]
    report = detect(native)
    assert (
        frame_kind.rows(report.clusters)
        == frame_kind.rows(report.messages)
        == frame_kind.rows(report.pairs)
        == []
    )
    assert report.labels.shape == (0,)
    assert report.counts == {}
    assert "0 clusters" in repr(report)


@pytest.mark.parametrize(
    "messages", [[], {"text": [], "author": [], "posted_at": []}, np.array([], dtype=object)]
)
def test_nothing_at_all(messages):
    report = detect(messages)
    assert report.labels.shape == (0,)
    assert report.rethreshold(0.9).labels.shape == (0,)
    assert repr(report) == "0 clusters; 0 of 0 messages (0.0%) are in one"


def test_a_single_row(frame_kind):
    report = detect(frame_kind.make([post("ann", 0, MESSAGE, id=1)]), min_authors=1)
    assert report.labels.tolist() == [-1]
    assert frame_kind.rows(report.messages)[0]["cluster"] is None


def test_all_unique():
    report = detect([own_words(15, seed) for seed in range(500)])
    assert (report.labels == -1).all()
    assert len(report.pairs) == 0


def test_all_rows_equal():
    """100,000 of them: one cluster, and pairs that grow with the rows only."""
    count = 100_000
    minutes = np.datetime64("2025-03-03T09:00", "ms") + np.arange(count).astype("timedelta64[s]")
    frame = pl.DataFrame({"text": [MESSAGE] * count, "author": np.arange(count) % 5000, "posted_at": minutes})
    report = detect(frame)
    assert (report.labels == 0).all()
    found = report.clusters.row(0, named=True)
    assert (found["posts"], found["authors"], found["peak"]) == (count, 5000, 3601)
    assert len(report.pairs) == count - 1
    assert len(report.cluster(0).posts) == count


def test_all_rows_equal_in_time_and_author_too():
    report = detect([post("ann", 0, MESSAGE, id=number % 7) for number in range(20_000)], min_authors=1)
    (found,) = report.clusters
    assert (found["posts"], found["authors"], found["self_repeats"], found["peak"]) == (20_000, 1, 19_999, 1)


def test_many_texts_nearly_equal():
    """A bucket of thousands: bounded, counted, and found all the same."""
    report = detect([f"{MESSAGE} {number}" for number in range(3000)])
    assert report.counts["large buckets bounded"] > 0
    assert report.counts["pairs passed over in them"] > 0
    assert (report.labels >= 0).mean() > 0.99
    assert len(report.pairs) < 100 * 3000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"similarity": 1.1}, "similarity=1.1: must be a number from 0 to 1"),
        ({"similarity": -0.1}, "similarity=-0.1"),
        ({"similarity": float("nan")}, "similarity=nan"),
        ({"similarity": "0.8"}, "similarity='0.8'"),
        ({"similarity": None}, "similarity=None"),
        ({"similarity": True}, "similarity=True"),
        ({"similarity": 85}, "for 85 per cent pass 0.85"),
        ({"window": "-1h"}, "drop the minus sign"),
        ({"window": dt.timedelta(seconds=-1)}, "window="),
        ({"window": 60}, "say of what"),
        ({"window": "1 fortnight"}, "window="),
        ({"window": None}, "window="),
        ({"workers": 0}, "workers=0: must be a whole number of at least 1"),
        ({"workers": -2}, "workers=-2"),
        ({"workers": 1.5}, "workers=1.5"),
        ({"min_authors": 0}, "min_authors=0"),
        ({"min_length": 0}, "min_length=0"),
        ({"min_length": -5}, "min_length=-5"),
        ({"min_embedded": 0}, "min_embedded=0"),
        ({"progress": "yes"}, "progress='yes'"),
        ({"text": None}, "text=None"),
        ({"text": ["text"]}, "text=['text']: must be the name of a column"),
        ({"author": ["author"]}, "author=['author']: must be the name of a column, or None"),
        ({"id": {}}, "id={}"),
        ({"embedded": "no"}, "embedded='no': must be True or False"),
        ({"search": "fast"}, "search='fast': must be a Search or None"),
    ],
)
def test_bad_parameters(arguments, message):
    with pytest.raises(ParameterError) as caught:
        detect(ROWS, **arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "messages",
    [
        None,
        7,
        MESSAGE,
        b"bytes",
        [1, 2],
        [[MESSAGE], [MESSAGE]],
        [MESSAGE, {"text": 1}],
        {"text": MESSAGE},
        object(),
    ],
)
def test_what_is_no_messages(messages):
    with pytest.raises(EchodetectError):
        detect(messages)


@pytest.mark.parametrize("similarity", [0, 1, 0.5, np.float32(0.75), np.float64(0.9)])
def test_every_kind_of_similarity(similarity):
    report = detect(ROWS, similarity=similarity)
    assert type(report.parameters["similarity"]) is float
    assert {0, 1, 6} <= set(partition(report)[0])
    assert all(pair["similarity"] >= similarity for pair in report.pairs)
