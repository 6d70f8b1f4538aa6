from __future__ import annotations

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest

from echodetect.errors import (
    ColumnNotFoundError,
    ColumnTypeError,
    EchodetectError,
    ParameterError,
    check_at_least,
    check_count,
    check_share,
    check_window,
    check_windows,
)

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("value", "microseconds"),
    [
        ("1h", HOUR),
        ("90min", 90 * 60_000_000),
        ("90m", 90 * 60_000_000),
        ("30s", 30_000_000),
        ("2d", 48 * HOUR),
        ("1w", 168 * HOUR),
        ("1h30min", 90 * 60_000_000),
        (" 1 h 30 min ", 90 * 60_000_000),
        ("250ms", 250_000),
        ("7us", 7),
        ("0.5h", HOUR // 2),
        ("0.1s", 100_000),
        ("0s", 0),
        ("1D", 24 * HOUR),
        ("1 hour", HOUR),
        ("1hour", HOUR),
        ("24 hours", 24 * HOUR),
        ("2 Hrs", 2 * HOUR),
        ("1 hr 30 mins", HOUR * 3 // 2),
        ("1hour30minutes", HOUR * 3 // 2),
        ("90 MIN", HOUR * 3 // 2),
        ("1 minute 1 sec 2 seconds", 63_000_000),
        ("1 day", 24 * HOUR),
        ("2 weeks 3 Days", 17 * 24 * HOUR),
        (dt.timedelta(hours=1, microseconds=3), HOUR + 3),
        (dt.timedelta(0), 0),
        (pd.Timedelta("1h"), HOUR),
        (pd.Timedelta(1_500_000, unit="ns"), 1500),
        (np.timedelta64(90, "m"), 90 * 60_000_000),
        (np.timedelta64(1, "W"), 168 * HOUR),
        (np.timedelta64(2_000, "ns"), 2),
        (np.timedelta64(5, "10s"), 50_000_000),
    ],
)
def test_window_in_microseconds(value, microseconds):
    assert check_window(value) == microseconds
    assert type(check_window(value)) is int


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("-1h", "minus"),
        (dt.timedelta(days=-1), "minus"),
        (np.timedelta64(-1, "ns"), "minus"),
        (pd.NaT, "NaT"),
        (np.timedelta64("NaT"), "NaT"),
        (np.timedelta64(1, "M"), "pass days"),
        (np.timedelta64(1, "Y"), "pass days"),
        ("1M", "pass days"),
        ("1mo", "pass days"),
        ("2y", "pass days"),
        (np.timedelta64(3), "unit"),
        (60, '"60min"'),
        (1.5, '"1.5min"'),
        (np.int64(60), '"60min"'),
        ("60", '"60min"'),
        ("", "units are"),
        ("an hour", "units are"),
        ("1h!", "units are"),
        ("1 ours", "units are"),
        ("1 hourss", "units are"),
        ("1 month", "pass days"),
        ("1 hour and a half", "units are"),
        ("9" * 5000 + "h", "units are"),
        (True, "pass a string or a timedelta"),
        (None, "pass a string or a timedelta"),
    ],
)
def test_window_refuses_with_a_remedy(value, remedy):
    with pytest.raises(ParameterError, match="window=") as caught:
        check_window(value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("value", [dt.timedelta.max, np.timedelta64(2**62, "W"), "9999999w"])
def test_endless_windows_fit_in_64_bits(value):
    longest = check_window(value)
    assert longest > (dt.datetime.max - dt.datetime.min) // dt.timedelta(microseconds=1)
    assert 2 * longest < 2**63


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5), np.int8(1)])
def test_share(value):
    assert check_share("similarity", value) == value
    assert type(check_share("similarity", value)) is float


@pytest.mark.parametrize("value", [1.7, -0.1, np.nan, np.inf, True, np.bool_(True), "0.8", None, 1j])
def test_share_refuses(value):
    with pytest.raises(ParameterError, match=r"similarity=.*: must be a number from 0 to 1; "):
        check_share("similarity", value)


def test_share_foresees_percentages():
    with pytest.raises(ParameterError, match=r"for 85 per cent pass 0\.85"):
        check_share("similarity", 85)


def test_count():
    assert check_count("min_authors", np.int32(3), 1) == 3
    assert type(check_count("min_authors", np.int32(3), 1)) is int
    assert check_count("min_length", 0, 0) == 0


@pytest.mark.parametrize("value", [0, -1, 2.0, True, np.bool_(True), "2", None, float("nan")])
def test_count_refuses(value):
    with pytest.raises(ParameterError, match=r"min_authors=.*: must be a whole number of at least 1"):
        check_count("min_authors", value, 1)


@pytest.mark.parametrize(
    ("value", "windows"),
    [
        ("1h", {"": HOUR}),
        (["1h"], {"": HOUR}),
        (("20 min", "1 h 30 min", "5µs"), {"": HOUR // 3, "_1h30min": HOUR * 3 // 2, "_5us": 5}),
        (
            ["1 hour", "24 Hours", "90 m", "1 week 1 Minute"],
            {"": HOUR, "_24h": 24 * HOUR, "_90m": HOUR * 3 // 2, "_1w1min": 168 * HOUR + HOUR // 60},
        ),
        (
            [
                np.timedelta64(1, "h"),
                dt.timedelta(days=1),
                pd.Timedelta("90min"),
                np.timedelta64(5_001, "ms"),
            ],
            {"": HOUR, "_1d": 24 * HOUR, "_1h30min": HOUR * 3 // 2, "_5s1ms": 5_001_000},
        ),
    ],
)
def test_windows(value, windows):
    assert check_windows(value) == windows


@pytest.mark.parametrize("value", [[], (), ["1h", "60min"], ["1h", None], ["1h", ["2h"]], {"1h"}])
def test_windows_refuses(value):
    with pytest.raises(ParameterError, match="window="):
        check_windows(value)


@pytest.mark.parametrize("value", [0.99, -2, float("nan"), float("inf"), True, "2", None])
def test_at_least_refuses(value):
    with pytest.raises(ParameterError, match=r"goal=.*: must be a finite number of at least 1"):
        check_at_least("goal", value, 1)


def test_at_least():
    assert check_at_least("goal", np.float32(1.5), 1) == 1.5
    assert type(check_at_least("goal", 1, 1)) is float


def test_messages():
    assert str(ParameterError("a", 3, "less than 2", "pass 1")) == "a=3: must be less than 2; pass 1"
    assert str(ParameterError("a", 3, "less than 2")) == "a=3: must be less than 2"
    assert len(str(ParameterError("a", "x" * 10_000, "short"))) < 200
    missing = ColumnNotFoundError("text", "Txt", ["id", "text"])
    assert str(missing) == (
        "text='Txt': no such column; there are: 'id', 'text'; did you mean 'text'? "
        "Name one of them with text=..."
    )
    assert "there are: none" in str(ColumnNotFoundError("text", "text", []))
    for mark, shown in ((";", "';'"), ("\t", "'\\t'")):
        whole = str(
            ColumnNotFoundError("text", "text", [f"author{mark}text"], "name one of them with text=...")
        )
        assert whole.endswith(f"read the file with {shown} as its separator")
    assert "and 950 more" in str(ColumnNotFoundError("text", "text", range(1000)))
    assert str(ColumnTypeError("text", "n", "a column of Int64", "strings", "convert it")) == (
        "text='n': got a column of Int64, must be strings; convert it"
    )


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ParameterError("a", 3, "less than 2", "pass 1"), ValueError),
        (ColumnNotFoundError("text", "Txt", ["text"], "look"), KeyError),
        (ColumnTypeError("text", "n", "a column of Int64", "strings", "convert it"), TypeError),
    ],
)
def test_errors_are_builtin_ones_and_survive_pickling(error, builtin):
    assert isinstance(error, EchodetectError)
    assert isinstance(error, builtin)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
