"""Dates as spreadsheets write them: read where the column says which is the day, never guessed."""

from __future__ import annotations

import datetime as dt
import warnings

import pytest

from echodetect import ParameterError, UnreadTimesWarning, detect
from echodetect.dates import read_dates

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MESSAGE = "Our new depot in Zwolle runs on green power from its very first day"
AMBIGUOUS = "ambiguous time (day or month first?)"


def moment(day, month, *clock):
    return dt.datetime(2026, month, day, *clock, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("strings", "moments"),
    [
        (["02/03/2026 09:00", "13/03/2026 21:30:15"], [NINE, moment(13, 3, 21, 30, 15)]),
        (["03/02/2026 09:00", "03/13/2026"], [NINE, moment(13, 3)]),
        (["3/2/2026 9:00 AM", "3/13/2026, 12:05 p.m."], [NINE, moment(13, 3, 12, 5)]),
        (["3/13/2026 12:05 am"], [moment(13, 3, 0, 5)]),
        (["13-3-2026 9:00 UTC", "02-03-2026T09:00"], [moment(13, 3, 9), NINE]),
        (["02.03.2026 09:00", "12.11.2026"], [NINE, moment(12, 11)]),
        (["2026/03/02 09:00", "2026.3.2 09:00:00.0"], [NINE, NINE]),
        (["03/03/2026", "04/04/2026"], [moment(3, 3), moment(4, 4)]),
        (["02/03/2026 10:00 +01:00", "13/03/2026 03:00 -0600"], [NINE, moment(13, 3, 9)]),
        (["Mon Mar 02 09:00:00 +0000 2026", "Mon, 02 Mar 2026 09:00:00 GMT"], [NINE, NINE]),
        (["2 Mar 2026 09:00", "2-Mar-2026 9:00 AM", "2. march, 2026 09:00"], [NINE, NINE, NINE]),
        (["Mar 2, 2026 at 9:00 AM", "Monday, March 2 2026 09:00 UTC"], [NINE, NINE]),
        (["Sept. 3, 2026"], [moment(3, 9)]),
        (["2026-03-02 9:00", "2026-3-2 9:00 AM"], [NINE, NINE]),
        (["2026-03-02T09:00:00z", "2026-03-02 09:00:00 GMT"], [NINE, NINE]),
        (["02.03.2026 09:00", "03/13/2026 00:00:00.25"], [NINE, moment(13, 3, 0, 0, 0, 250_000)]),
    ],
)
def test_the_column_says_which_is_the_day(strings, moments):
    assert read_dates(strings) == (moments, 0)
    assert read_dates(strings[::-1]) == (moments[::-1], 0)


def test_what_can_be_read_both_ways_is_not_read():
    assert read_dates(["02/03/2026", "04/05/2026", "05/05/2026"]) == ([None, None, moment(5, 5)], 2)


def test_of_columns_that_contradict_themselves_what_can_be_read_one_way_is_read():
    strings = ["13/03/2026", "03/13/2026", "02.03.2026 09:00", "02/03/2026", "04/04/2026"]
    assert read_dates(strings) == ([moment(13, 3), moment(13, 3), NINE, None, moment(4, 4)], 1)


@pytest.mark.parametrize("bad", ["00/00/0000", "31/02/2026", "13/13/2026", "13/03/2026 24:00", "0/3/2026"])
def test_what_is_no_day_does_not_cost_the_others(bad):
    strings = ["02/03/2026 09:00", "13/03/2026", bad, "02/03/2026 09:00"]
    assert read_dates(strings) == ([NINE, moment(13, 3), None, NINE], 0)
    assert read_dates([bad, "02/03/2026"]) == ([None, None], 1)


@pytest.mark.parametrize(
    "bad",
    ["31.02.2026", "13/13/2026", "13/03/26", "13/03-2026", "13/03/2026 24:00", "13/03/2026 13:00 pm",
     "13/03/2026 0:10 am", "13/03/2026 9", "13/03/0000", "2026-03/02", "2026-13-01 9:00", "１３/03/2026",
     "soon", "", "31 Feb 2026", "2 Mars 2026", "Mar 2", "Mar 2 2026 09:00 2026", "2 Mar 2026 09:00 +99:00",
     "Mar 2026"],
)  # fmt: skip
def test_what_is_no_date_is_not_read(bad):
    assert read_dates([bad]) == ([None], 0)


def test_names_of_months_do_not_settle_the_order_of_numbers():
    assert read_dates(["02/03/2026", "31 Mar 2026"]) == ([None, moment(31, 3)], 1)


def test_detect_reads_them_beside_others():
    message = "Our new depot in Zwolle runs on green power from its very first day"
    times = ["02/03/2026 09:00", "2026-03-02T09:10:00Z", "02/03/2026 09:20", "soon", "31/03/2026 09:00", None]
    rows = [{"author": str(n), "posted_at": time, "text": message} for n, time in enumerate(times)]
    report = detect(rows)
    assert report.clusters[0]["peak"] == 3
    assert report.counts == {"unparseable time": 1, "null time": 1}


def test_detect_says_what_is_ambiguous():
    message = "Our new depot in Zwolle runs on green power from its very first day"
    rows = [{"author": str(n), "posted_at": "02/03/2026 09:00", "text": message} for n in range(3)]
    with pytest.warns(UnreadTimesWarning, match=r"most of 3 times.*3 ambiguous.*day_first=True") as caught:
        report = detect(rows)
    assert caught[0].filename == __file__, "it points at the caller"
    assert report.counts == {AMBIGUOUS: 3}
    assert report.clusters[0]["saturation"] is None


@pytest.mark.parametrize(
    ("day_first", "moments"),
    [(True, [moment(2, 3), moment(13, 3), None]), (False, [moment(3, 2), None, moment(13, 3)])],
)
def test_the_caller_may_say_which_is_the_day(day_first, moments):
    assert read_dates(["02/03/2026", "13/03/2026", "03/13/2026"], day_first) == (moments, 0)
    rows = [{"author": n, "posted_at": "02/03/2026 09:00", "text": MESSAGE} for n in "ab"]
    report = detect(rows, day_first=day_first)
    assert report.clusters[0]["first_seen"] == (NINE if day_first else moment(3, 2, 9))
    assert report.counts == {}
    with pytest.raises(ParameterError, match="day_first=1: must be True or False"):
        detect(rows, day_first=1)


def test_what_is_counted_does_not_depend_on_the_order_of_rows():
    times = ["2026-01-01T09:00:00", "0000-01-01T09:00:00", "2026-01-01 09:00", "2026-13-01T09:00:00"]
    for some in (times, times[::-1], times[1:] + times[:1]):
        rows = {"posted_at": some, "text": [MESSAGE] * len(some)}
        assert detect(rows, author=None).counts == {"unparseable time": 2}


@pytest.mark.parametrize(
    ("times", "warns"),
    [
        (["soon", "later", "2026-03-02"], True),
        (["soon", "soon", "2026-03-02", "2026-03-03"], False),  # half of them
        (["soon", None, None, ""], True),  # of those that there are
        ([None, None, None], False),
        (["2026-03-02", None, None, None], False),
        (["31/03/2026", "02/03/2026"], False),
        ([dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=3)))] * 2, True),
        ([], False),
    ],
)
def test_it_warns_where_most_times_are_unknown(times, warns):
    rows = {"posted_at": times, "text": [MESSAGE] * len(times)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        detect(rows, author=None)
    assert [warning.category for warning in caught] == [UnreadTimesWarning] * warns
