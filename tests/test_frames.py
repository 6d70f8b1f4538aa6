from __future__ import annotations

import copy
import datetime as dt
import subprocess
import sys
from zoneinfo import ZoneInfo

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from echodetect import fold, minhash
from echodetect.errors import ColumnNotFoundError, ColumnTypeError, ParameterError
from echodetect.frames import UNKNOWN_TIME, Caller, Column, read

UTC = dt.UTC
NOON = dt.datetime(2015, 7, 1, 12, tzinfo=UTC)
NOON_US = 1_435_752_000_000_000
HOUR = 3_600_000_000

ROWS = [
    {"id": 11, "author": "bea", "posted_at": NOON, "text": "Good news", "likes": 3},
    {"id": 12, "author": None, "posted_at": NOON + dt.timedelta(hours=1), "text": None, "likes": 0},
    {"id": 13, "author": "ann", "posted_at": None, "text": "", "likes": 5},
    {"id": 11, "author": "bea", "posted_at": NOON, "text": "naïve 😀 news", "likes": 7},
]
NEW = {
    "cluster": Column(np.array([0, 99, 1, 0]), np.array([True, False, True, True])),
    "similarity": Column(np.array([1.0, 0.5, np.nan, 0.9]), np.array([True, False, False, True])),
    "truncated": Column(np.array([True, True, False, False]), np.array([True, False, True, True])),
    "is_representative": np.array([True, False, False, False]),
    "repeats_before": np.arange(4),
    "verbatim": np.array([0.25, 0.5, 0.75, 1.0]),
    "template": np.array(["a", None, "ü", "a\0b"], dtype=object),
    "first_seen": np.array([NOON_US, UNKNOWN_TIME, 0, -1]).view("datetime64[us]"),
}
NEW_VALUES = {
    "cluster": [0, None, 1, 0],
    "similarity": [1.0, None, None, 0.9],
    "truncated": [True, None, False, False],
    "is_representative": [True, False, False, False],
    "repeats_before": [0, 1, 2, 3],
    "verbatim": [0.25, 0.5, 0.75, 1.0],
    "template": ["a", None, "ü", "a\0b"],
    "first_seen": [
        NOON,
        None,
        dt.datetime(1970, 1, 1, tzinfo=UTC),
        dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
}
DTYPES = [
    nw.Int64,
    nw.Float64,
    nw.Boolean,
    nw.Boolean,
    nw.Int64,
    nw.Float64,
    nw.String,
    nw.Datetime("us", "UTC"),
]


def dtypes(native):
    """The dtypes; DuckDB shows every zoned time in the zone of its session, here made UTC."""
    found = list(nw.from_native(native).collect_schema().values())
    if isinstance(native, duckdb.DuckDBPyRelation):
        zoned = [isinstance(dtype, nw.Datetime) and dtype.time_zone is not None for dtype in found]
        return [nw.Datetime("us", "UTC") if z else dtype for z, dtype in zip(zoned, found, strict=True)]
    return found


def check_new(kind, native, columns=NEW_VALUES):
    """Kind, dtypes and values of the new columns."""
    assert type(native) is kind.native
    rows = kind.rows(native)
    for name, values in columns.items():
        assert [row[name] for row in rows] == values
        assert [type(row[name]) for row in rows] == [type(value) for value in values]
    if kind.native not in (list, dict):
        assert dtypes(native)[-len(columns) :] == DTYPES


def test_every_kind(frame_kind):
    messages = frame_kind.make(ROWS)
    columns, caller = read(messages)
    assert list(columns.texts) == ["Good news", "", "", "naïve 😀 news"]
    assert columns.text_null.tolist() == [False, True, False, False]
    assert columns.author_names == ["ann", "bea"]
    assert columns.author.tolist() == [1, -1, 0, 1]
    assert columns.time.tolist() == [NOON_US, NOON_US + HOUR, UNKNOWN_TIME, NOON_US]
    assert (columns.author.dtype, columns.time.dtype, columns.text_null.dtype) == (
        np.int64,
        np.int64,
        np.bool_,
    )
    assert columns.has_time
    assert list(columns.ids) == [11, 12, 13, 11]
    assert columns.counts == {"null text": 1, "null author": 1, "null time": 1, "duplicate id": 1}
    assert len(columns) == 4

    check_new(frame_kind, caller.table(NEW))
    added = caller.with_columns(NEW)
    check_new(frame_kind, added)
    back = frame_kind.rows(added)
    assert [{name: row[name] for name in ROWS[0]} for row in back] == ROWS
    assert list(back[0]) == [*ROWS[0], *NEW]


def test_rows_taken_the_other_way_round_give_the_same_codes(frame_kind):
    columns, _ = read(frame_kind.make(ROWS[::-1]))
    assert columns.author_names == ["ann", "bea"]
    assert columns.author.tolist() == [1, 0, -1, 1]


def test_caller_is_never_mutated(frame_kind):
    if frame_kind.once:
        pytest.skip("it is used up by reading")
    messages = frame_kind.make(ROWS)
    kept = copy.deepcopy(messages) if frame_kind.name != "duckdb" else messages
    columns, caller = read(messages)
    if isinstance(columns.texts, list):
        columns.texts[0] = "changed"
    caller.with_columns({"likes": np.arange(4), "text": np.array(["x"] * 4, dtype=object)})
    caller.with_columns(NEW)
    if isinstance(messages, pd.DataFrame):
        pd.testing.assert_frame_equal(messages, kept)
    elif isinstance(messages, pl.LazyFrame):
        assert messages.collect().equals(kept.collect(), null_equal=True)
    elif isinstance(messages, pl.DataFrame | pa.Table):
        assert messages.equals(kept)
    else:
        assert frame_kind.rows(messages) == ROWS


def test_a_column_of_the_same_name_is_replaced_in_its_place(frame_kind):
    _, caller = read(frame_kind.make(ROWS))
    rows = frame_kind.rows(caller.with_columns({"likes": np.array([9, 8, 7, 6])}))
    assert list(rows[0]) == list(ROWS[0])
    assert [row["likes"] for row in rows] == [9, 8, 7, 6]


def test_nullable_dtypes_do_not_depend_on_nulls(frame_kind):
    _, caller = read(frame_kind.make(ROWS))
    full = {name: Column(c.values, np.ones(4, bool)) for name, c in NEW.items() if isinstance(c, Column)}
    some = {name: c for name, c in NEW.items() if isinstance(c, Column)}
    if frame_kind.native not in (list, dict):
        schemas = [nw.from_native(caller.table(columns)).collect_schema() for columns in (full, some)]
        assert schemas[0] == schemas[1]
    if frame_kind.native is pd.DataFrame:
        wanted = ["Int64", "float64", "boolean"]
        assert caller.table(full).dtypes.astype(str).tolist() == wanted
        assert caller.table(some).dtypes.astype(str).tolist() == wanted


def test_tables_of_no_rows_keep_their_dtypes(frame_kind):
    _, caller = read(frame_kind.make(ROWS))
    empty = {
        name: Column(c.values[:0], c.valid[:0]) if isinstance(c, Column) else c[:0] for name, c in NEW.items()
    }
    table = caller.table(empty)
    if frame_kind.native not in (list, dict):
        assert dtypes(table) == DTYPES
    if frame_kind.native is dict:
        assert table == {name: [] for name in NEW}
    else:
        assert frame_kind.rows(table) == []


def test_all_nulls_and_single_rows(frame_kind):
    columns, caller = read(frame_kind.make([{"text": None, "author": None, "posted_at": None, "id": None}]))
    assert list(columns.texts) == [""]
    assert columns.author.tolist() == [-1]
    assert columns.author_names == []
    assert columns.time.tolist() == [UNKNOWN_TIME]
    assert list(columns.ids) == [None]
    assert columns.counts == {"null text": 1, "null author": 1, "null time": 1, "null id": 1}
    one = {
        name: Column(c.values[:1], c.valid[:1]) if isinstance(c, Column) else c[:1] for name, c in NEW.items()
    }
    check_new(frame_kind, caller.with_columns(one), {name: values[:1] for name, values in NEW_VALUES.items()})


@pytest.mark.parametrize(
    "messages",
    [
        [],
        {"text": []},
        pd.DataFrame({"text": []}),
        pl.DataFrame({"text": []}),
        pl.DataFrame({"text": []}, schema={"text": pl.String}),
        pa.table({"text": pa.array([], pa.string())}),
        duckdb.from_arrow(pa.table({"text": pa.array([], pa.string())})),
    ],
    ids=["list", "dict", "pandas", "polars_null", "polars", "pyarrow", "duckdb"],
)
def test_empty(messages):
    columns, caller = read(messages, author=None, time=None)
    assert list(columns.texts) == []
    assert columns.author is None
    assert columns.counts == {}
    assert len(columns.time) == 0
    added = caller.with_columns({"cluster": Column(np.zeros(0, np.int64), np.zeros(0, bool))})
    assert isinstance(added, type(messages))


# --- times -------------------------------------------------------------------------------------------------


def test_zones_and_daylight_saving(frame_kind):
    amsterdam = ZoneInfo("Europe/Amsterdam")
    turn = [dt.datetime(2015, 10, 25, 2, 30, tzinfo=amsterdam, fold=fold) for fold in (0, 1)]
    columns, _ = read(frame_kind.make([{"text": "x", "posted_at": time} for time in turn]), author=None)
    assert (columns.time - columns.time[0]).tolist() == [0, HOUR]
    assert columns.time[0] == turn[0].astimezone(UTC).timestamp() * 1_000_000


def test_naive_times_are_utc(frame_kind):
    times = [NOON.replace(tzinfo=None), dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999)]
    columns, _ = read(frame_kind.make([{"text": "x", "posted_at": time} for time in times]), author=None)
    assert columns.time[0] == NOON_US
    assert columns.time.view("datetime64[us]").tolist() == times
    assert columns.counts == {}


def test_dates(frame_kind):
    rows = [{"text": "x", "posted_at": dt.date(2015, 7, 1)}, {"text": "x", "posted_at": None}]
    columns, _ = read(frame_kind.make(rows), author=None)
    assert columns.time.tolist() == [NOON_US - 12 * HOUR, UNKNOWN_TIME]


ISO = {
    "2015-07-01T12:00:00Z": NOON_US,
    "2015-07-01T12:00:00": NOON_US,
    "2015-07-01 12:00:00": NOON_US,
    "2015-07-01T14:00:00+02:00": NOON_US,
    "2015-07-01T14:00:00+02": NOON_US,
    "2015-07-01T06:30:00-05:30": NOON_US,
    "2015-07-01T12:00:00.000001Z": NOON_US + 1,
    "2015-07-01T12:00:00.123456789Z": NOON_US + 123456,
    "2015-07-01 12:00:00.5": NOON_US + 500_000,
    "2015-07-01 12:00:00 UTC": NOON_US,
    " 2015-07-01T12:00Z ": NOON_US,
    "20150701T120000Z": NOON_US,
    "2015-07-01": NOON_US - 12 * HOUR,
}
NOT_TIMES = [
    "yesterday",
    "now",
    "NaT",
    "2015",
    "2015-06-31T12:00:00Z",
    "2015-07-01T25:00:00Z",
    "2015-07-01T12:60:00Z",
    "2015-13-01T12:00:00Z",
    "2015-00-01T12:00:00Z",
    "2015-07-00T12:00:00Z",
    "2015-02-29T12:00:00Z",
    "2015-07-01T12:00:00+99:00",
    "2015-07-01T12:00:00Ž",
    "1435752000",
    "2015-07-01T12:00:00Z" + "0" * 10_000,
]


@pytest.mark.parametrize("first", ISO)
def test_iso_strings_of_every_form(first):
    forms = [first, *ISO]
    columns, _ = read([{"text": "x", "posted_at": form} for form in forms], author=None)
    assert columns.time.tolist() == [ISO[form] for form in forms]
    assert columns.counts == {}


@pytest.mark.parametrize("bad", NOT_TIMES)
@pytest.mark.parametrize("good", ["2015-07-01T12:00:00Z", "2015-07-01T14:00:00+02:00", "2015-07-01 12:00:00"])
def test_unparseable_strings_are_counted_wherever_they_stand(bad, good):
    for strings in ([bad], [bad, good], [good, bad, good]):
        columns, _ = read([{"text": "x", "posted_at": string} for string in strings], author=None)
        assert columns.time.tolist() == [UNKNOWN_TIME if string is bad else NOON_US for string in strings]
        assert columns.counts == {"unparseable time": 1}


def test_alike_strings_read_as_fromisoformat_reads_them():
    rng = np.random.default_rng(5)
    for zone in ("", "Z", "offset"):
        strings = []
        for second, offset in zip(rng.integers(0, 2**32, 300), rng.integers(-1439, 1440, 300), strict=True):
            moment = dt.datetime(1950, 1, 1) + dt.timedelta(seconds=int(second), microseconds=123456)
            sign, minutes = "+-"[int(offset < 0)], abs(int(offset))
            tail = f"{sign}{minutes // 60:02}:{minutes % 60:02}" if zone == "offset" else zone
            strings.append(moment.isoformat() + tail)
        columns, _ = read({"text": strings, "when": strings}, author=None, time="when")
        moments = [dt.datetime.fromisoformat(string) for string in strings]
        moments = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments]
        epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
        assert columns.time.tolist() == [(m - epoch) // dt.timedelta(microseconds=1) for m in moments]


def test_iso_strings_with_nulls_in_every_kind(frame_kind):
    strings = ["2015-07-01T12:00:00Z", None, "2015-07-01T14:00:00+02:00", "soon", ""]
    rows = [{"text": "x", "posted_at": string} for string in strings]
    columns, _ = read(frame_kind.make(rows), author=None)
    assert columns.time.tolist() == [NOON_US, UNKNOWN_TIME, NOON_US, UNKNOWN_TIME, UNKNOWN_TIME]
    assert columns.counts == {"null time": 2, "unparseable time": 1}


def test_mixed_objects():
    moments = [
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(ZoneInfo("Asia/Kolkata")),
        pd.Timestamp("2015-07-01T12:00:00.000000999", tz="America/New_York").tz_convert("UTC"),
        np.datetime64("2015-07-01T12"),
        np.datetime64("NaT"),
        pd.NaT,
        np.nan,
        None,
        pd.NA,
        dt.date(2015, 7, 1),
        "2015-07-01T12:00:00Z",
    ]
    wanted = (
        [NOON_US] * 3 + [NOON_US + 4 * HOUR, NOON_US] + [UNKNOWN_TIME] * 5 + [NOON_US - 12 * HOUR, NOON_US]
    )
    for messages in (
        [{"text": "x", "posted_at": moment} for moment in moments],
        pd.DataFrame({"text": "x", "posted_at": pd.Series(moments, dtype=object)}),
    ):
        columns, _ = read(messages, author=None)
        assert columns.time.tolist() == wanted
        assert columns.counts == {"null time": 5}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Amsterdam"])
def test_units_and_zones(unit, zone):
    moments = pd.Series([NOON, None]).astype(f"datetime64[{unit}, UTC]").dt.tz_convert(zone)
    table = pa.table({"text": ["x", "y"], "posted_at": pa.Array.from_pandas(moments)})
    assert table.schema.field("posted_at").type == pa.timestamp(unit, zone)
    frames = [
        pd.DataFrame({"text": "x", "posted_at": moments}),
        table,
        table.to_pandas(types_mapper=pd.ArrowDtype),
    ]
    frames += [pl.from_arrow(table)] if unit != "s" else []
    for frame in frames:
        columns, _ = read(frame, author=None)
        assert columns.time.tolist() == [NOON_US, UNKNOWN_TIME]
        assert columns.counts == {"null time": 1}


def test_times_beyond_the_calendar_are_counted():
    seconds = np.array([0, 10**13, -(10**13), 2**62, UNKNOWN_TIME])
    for unit in ("s", "D", "us"):
        times = (
            seconds.view(f"datetime64[{unit}]")
            if unit != "us"
            else (seconds[:4] * 2**20).view("datetime64[us]")
        )
        columns, _ = read({"text": ["x"] * len(times), "posted_at": times}, author=None)
        assert columns.time[0] == 0
        assert (columns.time[1:] == UNKNOWN_TIME).sum() == len(times) - 1 or unit == "us"
    columns, _ = read(
        pa.table({"text": ["x"] * 4, "posted_at": pa.array(seconds[:4], pa.timestamp("s"))}), author=None
    )
    assert columns.time.tolist() == [0, UNKNOWN_TIME, UNKNOWN_TIME, UNKNOWN_TIME]
    assert columns.counts == {"out-of-range time": 3}


# --- authors and ids ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "messages",
    [
        pd.DataFrame(
            {"text": "x", "author": pd.Categorical(["b", None, "a", "b"], categories=["b", "z", "a"])}
        ),
        pl.DataFrame({"author": pl.Series(["b", None, "a", "b"], dtype=pl.Categorical)}).with_columns(
            text=pl.lit("x")
        ),
        pl.DataFrame({"author": pl.Series(["b", None, "a", "b"], dtype=pl.Enum("bza"))}).with_columns(
            text=pl.lit("x")
        ),
        pa.table({"text": ["x"] * 4, "author": pa.array(["b", None, "a", "b"]).dictionary_encode()}),
        pa.table({"text": ["x"] * 4, "author": pa.array(["b", None, "a", "b"], pa.string_view())}),
        {"text": ["x"] * 4, "author": pd.Series(["b", None, "a", "b"])},
        {"text": np.array(["x"] * 4), "author": pa.array(["b", None, "a", "b"])},
    ],
    ids=["pandas", "polars", "polars_enum", "pyarrow", "pyarrow_view", "dict_of_series", "dict_of_arrays"],
)
def test_categorical_authors(messages):
    columns, _ = read(messages, time=None)
    assert columns.author_names == ["a", "b"]
    assert columns.author.tolist() == [1, -1, 0, 1]
    assert columns.counts == {"null author": 1}
    assert not columns.has_time


def test_an_empty_author_is_none(frame_kind):
    rows = [{"text": "x", "author": author} for author in ("b", "", " ", "a", None)]
    columns, _ = read(frame_kind.make(rows), time=None)
    assert columns.author_names == ["a", "b"]
    assert columns.author.tolist() == [1, -1, -1, 0, -1]
    assert columns.counts == {"null author": 3}


def test_floats_that_stand_for_several_authors_are_refused():
    authors = [1.0, None, 1700000000000000123, 1700000000000000124]
    with pytest.raises(ColumnTypeError, match=r"row 2.*2\*\*53.*dtype='Int64'"):
        read({"text": ["x"] * 4, "author": pd.Series(authors, dtype="float64")}, time=None)
    columns, _ = read({"text": ["x"] * 4, "author": pd.Series(authors, dtype="Int64")}, time=None)
    assert columns.author_names == [1, *authors[2:]]
    columns, _ = read({"text": ["x"] * 2, "author": [2.0**53 - 1, float("nan")]}, time=None)
    assert columns.author_names == [2**53 - 1]


def test_categorical_texts():
    table = pa.table({"text": pa.array(["b", None, "a", "b"]).dictionary_encode()})
    for messages in (table, pl.from_arrow(table), table.to_pandas()):
        columns, _ = read(messages, author=None, time=None)
        assert list(columns.texts) == ["b", "", "a", "b"]
        assert columns.text_null.tolist() == [False, True, False, False]


def test_number_authors(frame_kind):
    rows = [{"text": "x", "author": author} for author in (10, 9, None, 10)]
    columns, _ = read(frame_kind.make(rows), time=None)
    assert columns.author.tolist() == [0, 1, -1, 0]
    assert columns.author_names == [10, 9]  # by str


def test_authors_of_mixed_types():
    rows = [{"text": "x", "author": author} for author in ("1", 1, ("a", 1), np.nan, None, 1)]
    columns, _ = read(rows, time=None)
    assert columns.author_names == [("a", 1), 1, "1"]
    assert columns.author.tolist() == [2, 1, 0, -1, -1, 1]
    with pytest.raises(ColumnTypeError, match=r"author='author': got \['a'\] \(list\) in row 0"):
        read([{"text": "x", "author": ["a"]}], time=None)


def test_ids_are_kept(frame_kind):
    rows = [{"text": "x", "id": value} for value in ("b", None, "a", "b", "b")]
    columns, _ = read(frame_kind.make(rows), author=None, time=None)
    assert list(columns.ids) == ["b", None, "a", "b", "b"]
    assert columns.counts == {"null id": 1, "duplicate id": 2}
    columns, _ = read([{"text": "x", "id": [1]}], author=None, time=None)
    assert list(columns.ids) == [[1]]


# --- missing columns, wrong types --------------------------------------------------------------------------


def test_missing_columns(frame_kind):
    rows = [{"text": "x", "user": "ann"}]
    with pytest.raises(
        ColumnNotFoundError, match=r"text='txt': no such column; there are: 'text', 'user'; .*'text'"
    ):
        read(frame_kind.make(rows), text="txt", author=None, time=None)
    with pytest.raises(ColumnNotFoundError, match="or pass author=None when there is none"):
        read(frame_kind.make(rows))
    with pytest.raises(ColumnNotFoundError, match="or pass time=None when there is none"):
        read(frame_kind.make(rows), author="user")
    with pytest.raises(ColumnNotFoundError, match="id='key'"):
        read(frame_kind.make(rows), author="user", time=None, id="key")
    columns, _ = read(frame_kind.make(rows), author="user", time=None)
    assert columns.ids is None
    assert not columns.has_time
    assert columns.time.tolist() == [UNKNOWN_TIME]


@pytest.mark.parametrize(
    "values", [[5, 6], [1.5, None], [True, False], [b"x", b"y"], [NOON, NOON], [["x"], ["y"]]]
)
def test_texts_of_another_type(frame_kind, values):
    rows = [{"text": value} for value in values]
    with pytest.raises(
        ColumnTypeError, match=r"text='text': got .*, must be strings, null where there is none; conv"
    ):
        read(frame_kind.make(rows), author=None, time=None)


@pytest.mark.parametrize("values", [[5, 6], [1.5, None], [True, False], [dt.time(1), dt.time(2)]])
def test_times_of_another_type(frame_kind, values):
    rows = [{"text": "x", "posted_at": value} for value in values]
    with pytest.raises(
        ColumnTypeError, match=r"time='posted_at': got .*, must be datetimes.*pandas.to_datetime"
    ):
        read(frame_kind.make(rows), author=None)


@pytest.mark.parametrize(
    "messages",
    [
        ["a", "b", 5],
        ("a", None, b"x"),
        pd.DataFrame({"text": pd.Series(["a", "b", 5], dtype=object)}),
        {"text": ["a", "b", 5]},
    ],
)
def test_a_single_bad_text_is_named_by_row(messages):
    with pytest.raises(ColumnTypeError, match=r"\((int|bytes)\) in row 2 \(the first is 0\)"):
        read(messages, author=None, time=None)


@pytest.mark.parametrize(
    "messages",
    [
        5,
        None,
        "posts.csv",
        b"x",
        {"text": "one"},
        {"text": ["a"], "id": [1, 2]},
        {"text": iter("ab")},
        object(),
    ],
)
def test_what_is_no_messages(messages):
    with pytest.raises(ParameterError, match="messages="):
        read(messages)


def test_other_mistakes():
    with pytest.raises(ParameterError, match="text=None: must be the name of a column"):
        read(["a"], text=None)
    with pytest.raises(ParameterError, match="unique columns"):
        read(pd.DataFrame([["a", "b"]], columns=["text", "text"]))
    with pytest.raises(ColumnTypeError, match="in row 1"):
        read([{"text": "a"}, None], author=None, time=None)


# --- kinds of their own ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [list, tuple, iter, lambda texts: np.array(texts, dtype=object)])
def test_strings(make):
    texts = ["plain", None, "a\0b", "lone \ud800 surrogate", "\udc00", ""]
    columns, caller = read(make(texts))
    assert list(columns.texts) == ["plain", "", "a\0b", "lone \ud800 surrogate", "\udc00", ""]
    assert columns.counts == {"null text": 1, "lone surrogate": 2}
    assert (columns.author, columns.ids, columns.has_time) == (None, None, False)
    added = caller.with_columns({"cluster": Column(np.arange(6), np.arange(6) > 4)})
    assert added == [{"text": text, "cluster": None} for text in texts[:5]] + [{"text": "", "cluster": 5}]
    assert caller.table({"template": np.array(["\ud800"], dtype=object)}) == [{"template": "\ud800"}]
    with pytest.raises(ColumnNotFoundError, match="there are: 'text'"):
        read(texts, author="user")


@pytest.mark.parametrize("dtype", [object, "string[python]"])
def test_surrogates_in_pandas(dtype):
    texts = pd.Series(["a\0b", "lone \ud800", None], dtype=dtype)
    columns, caller = read(pd.DataFrame({"text": texts, "author": texts}), time=None)
    assert list(columns.texts) == ["a\0b", "lone \ud800", ""]
    assert columns.author_names == ["a\0b", "lone \ud800"]
    assert columns.counts == {"null text": 1, "lone surrogate": 1, "null author": 1}
    added = caller.with_columns({"template": texts.astype(object).to_numpy(na_value=None)})
    assert added["text"][1] == "lone \ud800"
    assert added["template"][:2].tolist() == ["a\0b", "lone \ufffd"]


def test_pandas_index_is_kept():
    index = pd.MultiIndex.from_tuples([("b", 2), ("a", 1), ("b", 2), ("c", 0)], names=["x", None])
    for labels in (index, pd.Index([7, 3, 7, 1], name="n"), pd.RangeIndex(4, 0, -1)):
        frame = pd.DataFrame(ROWS, index=labels)
        _, caller = read(frame)
        added = caller.with_columns(NEW)
        pd.testing.assert_index_equal(added.index, labels)
        pd.testing.assert_frame_equal(added[frame.columns], frame)
        assert added["cluster"].tolist() == [0, pd.NA, 1, 0]
        assert caller.table(NEW).index.tolist() == [0, 1, 2, 3]


def test_pandas_dtypes():
    _, caller = read(pd.DataFrame(ROWS))
    usual = str(pd.Series(["a"]).dtype)
    wanted = ["Int64", "float64", "boolean", "bool", "int64", "float64", usual, "datetime64[us, UTC]"]
    assert caller.table(NEW).dtypes.astype(str).tolist() == wanted
    assert caller.with_columns(NEW).dtypes.astype(str).tolist()[-8:] == wanted
    small = {
        "u": Column(np.arange(2, dtype=np.uint32), np.array([True, False])),
        "f": np.zeros(2, np.float32),
    }
    assert caller.table(small).dtypes.astype(str).tolist() == ["UInt32", "float32"]


def test_pandas_with_odd_columns():
    frame = pd.DataFrame({"text": ["a", "b"], 5: ["ann", "bea"]})
    for number in range(150):  # pandas warns of fragments when a column is set one by one
        frame = pd.concat([frame, pd.Series([0, 1], name=f"c{number}")], axis=1)
    columns, caller = read(frame, author=5, time=None)
    assert columns.author_names == ["ann", "bea"]
    assert len(caller.with_columns({"cluster": np.arange(2)}).columns) == 153


def test_series():
    series = pd.Series(["a", None], index=[3, 3], name="body")
    columns, caller = read(series)
    assert list(columns.texts) == ["a", ""]
    assert caller.with_columns({"cluster": np.arange(2)}).index.tolist() == [3, 3]
    columns, caller = read(pl.Series(["a", None]), text="body")
    assert list(columns.texts) == ["a", ""]
    assert caller.with_columns({"cluster": np.arange(2)}).columns == ["body", "cluster"]
    assert list(read(pa.chunked_array([["a"], ["b"]]))[0].texts) == ["a", "b"]


def test_record_batches_and_iterators_of_frames():
    table = pa.table({"text": ["a", "b", "c", "d"], "n": [1, 2, 3, 4]})
    batches = table.to_batches(max_chunksize=3)
    halves = [pl.from_arrow(table)[:2], pl.from_arrow(table)[2:]]
    for messages, kind in (
        (batches[0], pa.Table),
        (batches, pa.Table),
        (iter(batches), pa.Table),
        (halves, pl.DataFrame),
        (iter(halves), pl.DataFrame),
        ([half.lazy() for half in halves], pl.DataFrame),
    ):
        columns, caller = read(messages, author=None, time=None)
        assert list(columns.texts) == list("abcd")[: len(columns)]
        assert len(columns) >= 3
        assert type(caller.with_columns({"cluster": np.arange(len(columns))})) is kind


def test_frames_that_do_not_fit_together():
    one = pd.DataFrame({"text": ["a"], "author": ["x"]})
    columns, _ = read([one, one[["author", "text"]]], time=None)
    assert list(columns.texts) == ["a", "a"]
    two = pl.from_pandas(one)
    for odd in (
        [one, one.assign(more=1)],
        [one, two],
        [two, two.drop("author")],
        [two, two.with_columns(author=1)],
        [two.to_arrow(), two.drop("author").to_arrow()],
    ):
        with pytest.raises(ParameterError, match="2 frames that do not fit"):
            read(odd, time=None)


def test_missing_keys_are_null():
    columns, caller = read([{"text": "a"}, {"author": "ann", "likes": 1}, {"text": "b", "posted_at": NOON}])
    assert list(columns.texts) == ["a", "", "b"]
    assert columns.author.tolist() == [-1, 0, -1]
    assert columns.time.tolist() == [UNKNOWN_TIME, UNKNOWN_TIME, NOON_US]
    assert caller.with_columns({"n": np.arange(3)})[1] == {"author": "ann", "likes": 1, "n": 1}


def test_duckdb_keeps_order_connection_and_catalog():
    with duckdb.connect() as connection:
        rows = "SELECT 'text ' || range AS text, 99999 - range AS id FROM range(100000)"
        relation = connection.sql(rows)
        columns, caller = read(relation, author=None, time=None)
        added = caller.with_columns({"n": np.arange(100_000)})
        table = added.to_arrow_table()
        assert table["n"].to_pylist() == list(range(100_000))
        assert table["id"].to_pylist() == list(columns.ids)
        assert connection.sql("SHOW ALL TABLES").fetchall() == []
        if int(duckdb.__version__.split(".")[0]) >= 2:
            assert len(added.join(relation.set_alias("mine"), "id").to_arrow_table()) == 100_000
            assert len(added.join(caller.table({"n": np.arange(3)}), "n").to_arrow_table()) == 3


def test_caller_is_frozen():
    _, caller = read(["a"])
    assert isinstance(caller, Caller)
    with pytest.raises(AttributeError):
        caller.kind = "frame"


# --- what is imported --------------------------------------------------------------------------------------

LIBRARIES = ("pandas", "polars", "pyarrow", "duckdb")


@pytest.mark.parametrize(
    ("code", "imported"),
    [
        ("", []),
        ("import polars as pl; messages = pl.DataFrame(columns)", ["polars"]),
        ("import pandas as pd; messages = pd.DataFrame(columns)", ["pandas"]),
        ("import pyarrow as pa; messages = pa.table(columns)", ["pyarrow"]),
        ("messages = columns", []),
        ("messages = ['a', 'b']", []),
    ],
    ids=["import", "polars", "pandas", "pyarrow", "dict", "list"],
)
def test_no_library_is_imported_for_another(code, imported):
    run = (
        "_, caller = read(messages, author=None)\ncaller.with_columns(new); caller.table(new)" if code else ""
    )
    script = f"""
import datetime, sys
import numpy as np
from echodetect.frames import Column, read
now = datetime.datetime.now(datetime.timezone.utc)
columns = {{"text": ["a", "b"], "posted_at": [now, None], "id": ["x", "y"]}}
new = {{"n": Column(np.arange(2), np.array([True, False])), "s": np.array(["a", None], dtype=object),
       "t": np.zeros(2, "datetime64[us]"), "b": np.zeros(2, bool)}}
{code}
{run}
print([name for name in {LIBRARIES} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True)
    assert done.stderr == ""
    found = set(eval(done.stdout))
    drawn_in = {"pandas": {"pyarrow"}, "pyarrow": {"pandas"}}  # these two import each other
    assert set(imported) <= found <= set(imported).union(*(drawn_in.get(name, set()) for name in imported))


@pytest.mark.parametrize("make", [pl.Series, pd.Series, np.array, pa.array, tuple])
def test_fold_and_minhash_take_a_column(make):
    texts = ["Join us, on FRIDAY!", "", "join us on friday"]
    assert fold(make(texts)) == fold(texts)
    assert (minhash(make(texts)) == minhash(texts)).all()
    with pytest.raises(ParameterError, match=r"texts=.*in row 1.*pass \"\""):
        fold(make(["a", None]))
