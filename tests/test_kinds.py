"""One body over every kind of frame: kind, dtypes, order, index and values of all six tables."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from echodetect import Audience, detect, sample

PAGE = Path(__file__).parent.parent / "docs" / "frames.md"
MESSAGE = "Join us on Friday at noon for the opening of our new repair workshop"
REPORT = "Our annual report is out: nine charts about heat, homes and money"
OWN = "I shall be there myself, with my old bicycle"


def at(minutes):
    return dt.datetime(2025, 3, 3, 9, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)


ROWS = [
    {"id": "a", "author": "ann", "posted_at": at(0), "text": MESSAGE},
    {"id": "b", "author": "bob", "posted_at": at(10), "text": f"{OWN}. {MESSAGE}"},
    {"id": "c", "author": None, "posted_at": None, "text": MESSAGE.upper()},
    {"id": "d", "author": "ann", "posted_at": at(90), "text": None},
    {"id": "e", "author": "cy", "posted_at": at(100), "text": REPORT},
    {"id": "f", "author": "ann", "posted_at": at(110), "text": REPORT},
]
AUDIENCE = Audience.from_edges(["ann", "ann", "bob", "cy"], ["x", "y", "y", "z"])
W = 14 / 23  # of bob's words are the message's

CLUSTERS = [
    {
        "cluster": 0,
        "template": REPORT,
        "posts": 2,
        "authors": 2,
        "self_repeats": 0,
        "first_seen": at(100),
        "last_seen": at(110),
        "peak": 2,
        "peak_start": at(100),
        "mean_verbatim": 1.0,
        "effective_repeats": 2.0,
        "saturation_high": 0.5,
        "authors_unknown": 0,
        "impressions": 3.0,
        "reach": 3.0,
        "reach_high": 3.0,
        "audience_saturation": 0.0,
    },
    {
        "cluster": 1,
        "template": MESSAGE,
        "posts": 3,
        "authors": 2,
        "self_repeats": 0,
        "first_seen": at(0),
        "last_seen": at(10),
        "peak": 2,
        "peak_start": at(0),
        "mean_verbatim": (2 + W) / 3,
        "effective_repeats": 1 + W,
        "saturation_high": 1 - 1 / (2 + W),  # if the third post is a third timeline's, within the hour
        "authors_unknown": 1,
        "impressions": 3.0,
        "reach": 2.0,
        "reach_high": None,  # nobody knows who follows the third
        "audience_saturation": 1 - 2 / (2 + W),
    },
]
NEW = ["cluster", "similarity", "verbatim", "coverage", "truncated", "is_representative", "repeats_before"]
MESSAGES = [
    (1, 1.0, 1.0, 1.0, False, True, 0),
    (1, 1.0, W, 1.0, False, False, 1),
    (1, 1.0, 1.0, 1.0, False, False, None),
    (None, None, None, None, None, False, None),
    (0, 1.0, 1.0, 1.0, False, True, 0),
    (0, 1.0, 1.0, 1.0, False, False, 1),
]
TABLES = {
    "pairs": [
        {"left": 0, "right": 1, "similarity": 1.0, "embedded": True},
        {"left": 0, "right": 2, "similarity": 1.0, "embedded": False},
        {"left": 4, "right": 5, "similarity": 1.0, "embedded": False},
    ],
    "spans": [{"row": 1, "start": 0, "end": len(OWN)}],
    "exposure": [
        {"cluster": 0, "times": 1, "contacts": 3, "contacts_at_least": 3},
        {"cluster": 1, "times": 1, "contacts": 1, "contacts_at_least": 2},
        {"cluster": 1, "times": 2, "contacts": 1, "contacts_at_least": 1},
    ],
    "timelines": [
        {"cluster": c, "author": a, "posts": 1, "followers": f, "redundant_reach": r, "redundant_share": s}
        for c, a, f, r, s in [
            (0, "ann", 2.0, 0.0, 0.0),
            (0, "cy", 1.0, 0.0, 0.0),
            (1, "ann", 2.0, 1.0, 0.5),
            (1, "bob", 1.0, 1.0, 1.0),
        ]
    ],
}


def documented():
    """{table: {column: {library: dtype}}} as docs/frames.md has it."""
    lines = [line for line in PAGE.read_text("utf-8").split("## Dtypes")[1].splitlines() if line[:1] == "|"]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert head == ["columns", "pandas", "polars", "pyarrow", "DuckDB", "lists, dicts"]
    found = {}
    for row in rows:
        for table, names in re.findall(r"`(\w+)`: ([\w, ]+)", row[0]):
            for name in names.split(", "):
                name, _, when = name.partition(" ")
                if when != "where all are whole numbers":
                    found.setdefault(table, {})[name] = dict(zip(head[1:], row[1:], strict=True))
    return found


DOCUMENTED = documented()


def dtypes(table):
    """The library, and each column's dtype as text."""
    if isinstance(table, pl.DataFrame):
        return "polars", {name: str(dtype) for name, dtype in table.schema.items()}
    if isinstance(table, pa.Table):
        return "pyarrow", {field.name: str(field.type) for field in table.schema}
    if isinstance(table, duckdb.DuckDBPyRelation):
        return "DuckDB", dict(zip(table.columns, map(str, table.types), strict=True))
    usual = str(pd.Series(["text"]).dtype)  # object before pandas 3
    return "pandas", {
        name: "str" if str(dtype) == usual else str(dtype) for name, dtype in table.dtypes.items()
    }


def check_dtypes(kind, name, table):
    """The dtypes of a table are those of the page, and the page names every column of the library's own."""
    if kind.native in (list, dict):
        for row in kind.rows(table):
            for column, value in row.items():
                if column in DOCUMENTED[name]:
                    allowed = DOCUMENTED[name][column]["lists, dicts"].split(" or ")
                    assert type(value).__name__.replace("NoneType", "None") in allowed, (name, column)
        return
    library, found = dtypes(table)
    own = {column: dtype for column, dtype in found.items() if column not in ROWS[0] or name != "messages"}
    assert own == {column: DOCUMENTED[name][column][library] for column in own}


def check_values(found, wanted):
    """Equal values of equal types, floats but for their last digits."""
    assert [type(value) for value in found] == [type(value) for value in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one == (pytest.approx(other) if isinstance(other, float) else other)


def test_all_tables(frame_kind):
    messages = frame_kind.make(ROWS)
    index = getattr(messages, "index", None) if isinstance(messages, pd.DataFrame) else None
    report = detect(messages, audience=AUDIENCE)

    assert report.labels.tolist() == [1, 1, 1, -1, 0, 0]
    for name in ("clusters", "messages", *TABLES):
        table = getattr(report, name)
        assert type(table) is frame_kind.native, name
        check_dtypes(frame_kind, name, table)
        if frame_kind.native is pd.DataFrame and name != "messages":
            assert table.index.tolist() == list(range(len(table)))

    clusters = frame_kind.rows(report.clusters)
    assert set(clusters[0]) == set(DOCUMENTED["clusters"])
    for row, wanted in zip(clusters, CLUSTERS, strict=True):
        check_values([row[name] for name in wanted], wanted.values())

    rows = frame_kind.rows(report.messages)
    assert list(rows[0]) == [*ROWS[0], *NEW], "the caller's columns, then the new ones"
    assert [{name: row[name] for name in ROWS[0]} for row in rows] == ROWS
    for row, wanted in zip(rows, MESSAGES, strict=True):
        check_values([row[name] for name in NEW], wanted)
    if index is not None:
        pd.testing.assert_index_equal(report.messages.index, index)

    for name, wanted in TABLES.items():
        for row, other in zip(frame_kind.rows(getattr(report, name)), wanted, strict=True):
            assert list(row) == list(other)
            check_values(row.values(), other.values())


def test_nothing_found_has_the_same_dtypes(frame_kind):
    report = detect(frame_kind.make(ROWS[3:5]), audience=AUDIENCE)
    for name in ("clusters", "messages", *TABLES):
        table = getattr(report, name)
        assert type(table) is frame_kind.native
        check_dtypes(frame_kind, name, table)


def test_whole_number_authors_beside_a_null(frame_kind):
    """pandas makes floats of them; they are the caller's numbers again, and the audience knows them."""
    number = {"ann": 10, "bob": 9, "cy": 8, None: None}
    rows = [{**row, "author": number[row["author"]]} for row in ROWS]
    audience = Audience.from_edges([10, 10, 9, 8], ["x", "y", "y", "z"])
    report = detect(frame_kind.make(rows), audience=audience)
    found = [(row["cluster"], row["author"], row["followers"]) for row in frame_kind.rows(report.timelines)]
    assert found == [(0, 10, 2.0), (0, 8, 1.0), (1, 10, 2.0), (1, 9, 1.0)]
    assert {type(author) for _, author, _ in found} == {int}
    assert [post.author for post in report.cluster(1).posts] == [10, 9, None]
    assert report.counts.get("author not in the audience") is None


def test_fractions_stay_what_they_are():
    rows = [{**row, "author": {"ann": 1.5, "bob": 2.0}.get(row["author"])} for row in ROWS]
    assert [post.author for post in detect(rows).cluster(0).posts] == [1.5, 2.0, None]


def test_texts_alone():
    report = detect([MESSAGE, MESSAGE.upper(), REPORT])
    assert report.messages[1]["text"] == MESSAGE.upper()
    assert [row["cluster"] for row in report.messages] == [0, 0, None]


def test_the_order_of_rows_changes_no_table(frame_kind):
    there, back = (detect(frame_kind.make(rows), audience=AUDIENCE) for rows in (ROWS, ROWS[::-1]))
    for name in ("clusters", "exposure", "timelines"):
        assert frame_kind.rows(getattr(there, name)) == frame_kind.rows(getattr(back, name))
    assert frame_kind.rows(there.messages) == frame_kind.rows(back.messages)[::-1]


def test_reports_of_the_sample_agree_whatever_the_kind(frame_kind):
    wanted = detect(sample())
    report = detect(frame_kind.make(sample()))
    assert report.labels.tolist() == wanted.labels.tolist()
    assert frame_kind.rows(report.clusters) == wanted.clusters
