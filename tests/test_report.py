from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from rapidfuzz.distance import Indel

import echodetect
from echodetect import ParameterError, Post, detect, render
from tests.posts import MESSAGE, NINE, OTHER, ROWS, post


@pytest.fixture(scope="module")
def report():
    return detect(ROWS)


def test_repr(report):
    assert repr(report).splitlines() == [
        "2 clusters; 7 of 9 messages (77.8%) are in one",
        "",
        "cluster  saturation  timelines  peak  posts  verbatim  template",
        f"-------  ----------  ---------  ----  -----  --------  {'-' * 64}",
        f"      0  0.72..0.78          5     4      5      0.91  {MESSAGE[:63]}…",
        f"      1       0.500          2     2      2      1.00  {OTHER[:63]}…",
        "",
        "           1  null text",
        "           1  null author",
        "           1  null time",
        "           1  nothing to compare",
        "           1  shorter than 20 characters",
    ]
    assert report.summary() == repr(report)


def test_summary_of_fewer(report):
    lines = report.summary(1).splitlines()
    assert lines[4].lstrip().startswith("0 ")
    assert lines[5] == "... and 1 more in report.clusters"


def test_repr_of_unknown_saturation():
    lines = repr(detect([MESSAGE, MESSAGE, MESSAGE])).splitlines()
    assert lines[4] == f"      0  0.00..0.67          ?     ?      3      1.00  {MESSAGE[:63]}…"


def test_cluster(report):
    shown = report.cluster(0)
    assert shown.template == MESSAGE
    assert shown.figures == report.clusters[0]
    assert [row.row for row in shown.posts] == [1, 2, 4, 5, 0], "in order of time, the unknown last"
    third = shown.posts[2]
    assert third == Post(4, "cy", NINE + dt.timedelta(minutes=20), ROWS[4]["text"], 14 / 26, third.own)
    assert [third.text[start:stop] for start, stop in third.own] == [ROWS[4]["text"][:56]]
    assert [row.own for row in shown.posts if row is not third] == [[]] * 4
    assert (shown.posts[-1].author, shown.posts[-1].time) == ("eve", None)
    assert report.cluster(np.int64(1)).template == OTHER


def test_cluster_repr(report):
    lines = repr(report.cluster(0)).splitlines()
    assert lines[:4] == [
        "Cluster 0: saturation 0.72..0.78, 5 posts on 5 timelines, at most 4 in one window",
        f"Template: {MESSAGE}",
        "",
        "      time (UTC)  author  verbatim  post, own words in [ ]",
    ]
    assert lines[5] == f"2025-03-03 09:00     ann      1.00  {MESSAGE}"
    assert lines[7] == (
        "2025-03-03 09:20      cy      0.54  "
        f"[So very proud of this whole small team of ours, and look]: {MESSAGE}"
    )
    assert lines[9] == f"                     eve      1.00  {MESSAGE.upper()}"
    many = detect([post(str(at), at, MESSAGE) for at in range(38)]).cluster(0)
    assert repr(many).splitlines()[-1] == "... and 8 more posts"
    assert len(many.posts) == 38


@pytest.mark.parametrize("number", [-1, 2, 0.0, "0", None, True, np.float64(1), np.int64(-1)])
def test_cluster_that_is_none(report, number):
    with pytest.raises(
        ParameterError, match=r"number=.*: must be a cluster from 0 to 1; see report\.clusters"
    ):
        report.cluster(number)


def test_cluster_where_there_are_none():
    with pytest.raises(ParameterError, match="there are none"):
        detect([MESSAGE]).cluster(0)


def test_rethreshold_goes_up_only(report):
    assert report.rethreshold(0.85).clusters == report.clusters
    with pytest.raises(ParameterError, match=r"similarity=0\.8: must be from 0\.85 to 1; run detect"):
        report.rethreshold(0.8)
    for wrong in (float("nan"), 1.2, "0.9", None):
        with pytest.raises(ParameterError, match="similarity="):
            report.rethreshold(wrong)
    stricter = report.rethreshold(0.95)
    assert stricter.parameters["similarity"] == 0.95
    with pytest.raises(ParameterError, match=r"from 0\.95 to 1"):
        stricter.rethreshold(0.9)
    assert report.parameters == {
        "similarity": 0.85,
        "window": "1h",
        "min_authors": 2,
        "embedded": True,
        "min_length": 20,
        "min_embedded": 30,
    }


# --- by eye ------------------------------------------------------------------------------------------------

LEAST = ["row", "cluster", "similarity", "verbatim", "text", "template"]
LARGE = ["cluster", "posts", "authors", "min_similarity", "template"]


def review_rows():
    """Two messages, one of them with copies ever less alike, one of those twice."""
    changed = [
        MESSAGE.replace("Friday", "Fryday"),
        MESSAGE.replace("noon", "ten sharp"),
        MESSAGE + " in town",
    ]
    texts = [MESSAGE, changed[1], changed[0], MESSAGE, changed[1].upper(), OTHER, OTHER, changed[2], "Short"]
    return [post(f"a{at}", at, text) for at, text in enumerate(texts)]


def test_review_of_every_kind_of_frame(frame_kind):
    review = detect(frame_kind.make(review_rows())).review()
    assert isinstance(review.least_certain, frame_kind.native)
    assert isinstance(review.largest, frame_kind.native)
    least, largest = frame_kind.rows(review.least_certain), frame_kind.rows(review.largest)
    assert [list(row) for row in least] == [LEAST] * 3
    assert [row["row"] for row in least] == [1, 7, 2], "weakest first, a copy of row 1 left out"
    folded = echodetect.fold([MESSAGE, *(row["text"] for row in least)])
    near = [Indel.normalized_similarity(folded[0], text) for text in folded[1:]]
    assert [row["similarity"] for row in least] == pytest.approx(near)
    assert [row["cluster"] for row in least] == [0] * 3
    assert {row["template"] for row in least} == {MESSAGE}
    assert [list(row) for row in largest] == [LARGE] * 2
    assert [(row["cluster"], row["posts"], row["authors"]) for row in largest] == [(0, 6, 6), (1, 2, 2)]
    assert [row["min_similarity"] for row in largest] == [least[0]["similarity"], 1]


def test_review_agrees_with_the_tables():
    report = detect(echodetect.sample(), similarity=0.8)
    review = report.review(10_000)
    rows = [report.messages[row["row"]] for row in review.least_certain]
    for name in ("cluster", "similarity", "verbatim", "text"):
        assert [row[name] for row in review.least_certain] == [row[name] for row in rows]
    ties = [row["similarity"] for row in review.least_certain]
    assert ties == sorted(ties)
    texts = echodetect.fold([row["text"] for row in rows])
    assert len(set(texts)) == len(texts)
    heads = {
        text
        for text, row in zip(
            echodetect.fold([row["text"] for row in report.messages]), report.messages, strict=True
        )
        if row["is_representative"]
    }
    members = {
        text
        for text, row in zip(
            echodetect.fold([row["text"] for row in report.messages]), report.messages, strict=True
        )
        if row["cluster"] is not None
    }
    assert set(texts) == members - heads
    assert [row["posts"] for row in review.largest] == sorted(
        (row["posts"] for row in report.clusters), reverse=True
    )
    assert review.largest[0] == {name: report.clusters[review.largest[0]["cluster"]][name] for name in LARGE}


def test_review_knows_no_order_of_rows():
    rows = echodetect.simulate(600, seed=4)
    one, other = detect(rows).review(50), detect(rows[::-1]).review(50)
    assert repr(one.largest) == repr(other.largest)
    strip = [[{**row, "row": 0} for row in review.least_certain] for review in (one, other)]
    assert strip[0] == strip[1]
    assert [row["row"] for row in one.least_certain] == [599 - row["row"] for row in other.least_certain]


def test_review_repr(report):
    lines = repr(report.review(1)).splitlines()
    assert lines[:2] == [
        "Least certain: 1 of 2 texts that are not their cluster's own",
        "row  cluster  similarity  verbatim    text, = template (from where they part)",
    ]
    assert lines[3:] == [
        "  5        0       0.867      1.00    …the opening of our new… https://sho.rt/d",
        "                                    = …the opening of our new repair workshop",
        "",
        "Largest: 1 of 2 clusters",
        "cluster  posts  timelines  weakest  template",
        f"-------  -----  ---------  -------  {'-' * 64}",
        f"      0      5          5    0.867  {MESSAGE[:63]}…",
    ]
    shown = repr(detect(review_rows()).review()).splitlines()
    assert shown[3].endswith(" Join us on Friday at ten sharp for the opening of our new repair workshop")
    assert any(line.endswith(" repair workshop in town") and "…" in line for line in shown)
    assert all(ord(letter) >= 32 for line in shown for letter in line)


def test_review_of_little():
    empty = detect([MESSAGE]).review()
    assert (empty.least_certain, empty.largest) == ([], [])
    assert repr(empty).splitlines()[0].startswith("Least certain: 0 of 0")
    assert detect([]).review().largest == []
    unknown = detect([MESSAGE, MESSAGE]).review(0)
    assert unknown.largest == []
    assert detect([MESSAGE, MESSAGE]).review().largest[0]["authors"] is None
    for wrong in (-1, 2.5, "3", None, True):
        with pytest.raises(ParameterError, match="count="):
            detect([MESSAGE]).review(wrong)


def test_a_replaced_column_is_counted(frame_kind):
    rows = [
        {**row, "verbatim": "mine", "cluster": at, "Similarity_": 1} for at, row in enumerate(review_rows())
    ]
    report = detect(frame_kind.make(rows))
    told = {"column 'cluster' replaced in messages": 9, "column 'verbatim' replaced in messages": 9}
    assert {what: count for what, count in report.counts.items() if what.startswith("column")} == told
    assert report.rethreshold(0.9).counts == report.counts
    assert "9  column 'verbatim' replaced in messages" in repr(report)
    assert not any("replaced" in what for what in detect(frame_kind.make(review_rows())).counts)


def test_a_replaced_text_is_counted():
    assert detect([MESSAGE, MESSAGE], text="cluster").counts["column 'cluster' replaced in messages"] == 2


def test_top_is_the_table_as_plain_values(report):
    assert report.top() == report.clusters
    assert report.top(1) == report.clusters[:1]
    assert report.top(0) == []
    for wrong in (-1, "3"):
        with pytest.raises(echodetect.ParameterError, match="count="):
            report.top(wrong)
        with pytest.raises(echodetect.ParameterError, match="top="):
            report.summary(wrong)


def test_views_are_made_once_and_agree(report):
    assert report.clusters is report.clusters
    assert [row["cluster"] for row in report.messages] == [
        None if label < 0 else label for label in report.labels.tolist()
    ]
    heads = [row for row in report.messages if row["is_representative"]]
    assert [row["cluster"] for row in heads] == [0, 1]


def test_sample_reads_well():
    report = detect(echodetect.sample())
    text = repr(report)
    assert len(text.splitlines()) > 12
    assert all(len(line) < 140 for line in text.splitlines())
    shown = repr(report.cluster(0))
    assert "[" in shown
    assert "Template: " in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("exactly ten", "exactly t…"),
        ("ten chars.", "ten chars."),
        ("two\n  lines\tand", "two lines…"),
        ("金曜日の正午に開所式", "金曜日の…"),
        ("cafe\u0301 cafe\u0301 x", "cafe\u0301 cafe\u0301…"),
        ("", ""),
    ],
)
def test_shorten_to_ten_columns(text, shown):
    assert render.shorten(text, 10) == shown


def test_nothing_that_moves_the_cursor_is_printed():
    dangerous = f"\x1b[31m{MESSAGE}\x1b[0m\u202e\r\n\x07\u2028 \ud800"
    report = detect([post("a\x1b[2J", 0, dangerous), post("b", 1, dangerous)])
    for text in (repr(report), repr(report.cluster(0))):
        assert not set("\x1b\u202e\r\x07\u2028\ud800") & set(text)


def test_table():
    assert render.table(["n", "name"], [["1", "x"], ["22", "金曜"], ["金", ""]]) == [
        " n  name",
        "--  ----",
        " 1  x",
        "22  金曜",
        "金",
    ]


def test_nothing_in_it_can_be_changed(report):
    with pytest.raises(ValueError, match="read-only"):
        report.labels[:] = -1
    assert report.labels.max() == 1


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.5, 0.5, 0.5, "0.500"),
        (0.5, 0.5, 0.504, "0.500"),
        (0.5, 0.5, 0.51, "0.50..0.51"),
        (0.0, 0.0, 0.9, "0.00..0.90"),
        (None, 0.0, 0.9, "0.00..0.90"),
        (0.25, 0.0, 0.67, "0.25 (0.00..0.67)"),
        (None, None, None, "?"),
        (0.25, None, None, "0.250"),
    ],
)
def test_bounds_are_shown_wherever_there_are_some(value, low, high, shown):
    for name in ("saturation", "audience_saturation"):
        row = {name: value, f"{name}_low": low, f"{name}_high": high}
        assert render.saturation(row, name) == shown


def test_the_audience_of_unknown_authors_is_shown_with_bounds():
    audience = echodetect.Audience.from_edges(["a", "a", "b", "b"], ["x", "y", "y", "z"])
    rows = [post(name, 0, MESSAGE) for name in ("a", "b", None)]
    assert "0.50..0.67  0.25 (0.00..0.67)" in repr(detect(rows, audience=audience))
