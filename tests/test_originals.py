from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echodetect import originals
from echodetect.equal import first_with, numbered, ranked
from echodetect.originals import Listed, held

VALUES = ["b", None, "a", "b", "", None, "naïve \0 😀", "a"]
FIRST = [0, 1, 2, 0, 4, 1, 6, 2]
HELD = {
    "polars": pl.Series(VALUES),
    "pyarrow": pa.chunked_array([VALUES]),
    "pyarrow_chunks": pa.chunked_array([VALUES[:3], [], VALUES[3:]]),
    "pyarrow_large": pa.chunked_array([VALUES], pa.large_string()),
    "pandas_arrow": pd.Series(VALUES, dtype=pd.ArrowDtype(pa.string())),
    "pandas_string": pd.Series(VALUES, dtype="string[pyarrow]", index=[1] * len(VALUES)),
}
NOT_HELD = {
    "objects": pd.Series(VALUES, dtype=object),
    "python": pd.Series(VALUES, dtype="string[python]"),
    "views": pa.chunked_array([pa.array(VALUES, pa.string_view())]),
    "categories": pl.Series(VALUES, dtype=pl.Categorical),
    "numbers": pl.Series([1, 2]),
}


SPACES = "".join(filter(str.isspace, map(chr, range(0x110000))))


def series(native):
    return nw.from_native(native, series_only=True)


def check(strings, values, first):
    assert list(strings) == values
    assert [strings[row] for row in range(len(strings))] == values
    assert strings.at(np.array([3, 1, 3])) == [values[3], values[1], values[3]]
    assert strings.at(np.arange(0)) == []
    assert strings.first_equal().tolist() == strings.first_equal(few=True).tolist() == first
    assert strings.first_equal().dtype == np.int64
    if None not in values:
        assert strings.lengths().tolist() == [len(value) for value in values]
        for rows in ([], [2], [0, 3, 7], range(8)):
            assert strings.joined(np.array(rows, dtype=np.int64)) == "\n".join(values[row] for row in rows)


@pytest.mark.parametrize("name", HELD)
def test_all_spaces_that_python_knows_are_stripped(name):
    values = [f"{SPACES[at:]}a{SPACES[:at]}b \0{SPACES}" for at in range(len(VALUES))]
    native = HELD[name]
    if isinstance(native, pa.ChunkedArray):
        native = pa.chunked_array([pa.array(values, native.type)])
    else:
        native = type(native)(values, dtype=native.dtype)
    rows = np.array([6, 0, 0, 2])
    shown = [values[row].strip() for row in rows.tolist()]
    shown[1] = " x "
    for strings in (held(series(native)), Listed(values)):
        assert list(strings.stripped(rows, np.array([1]), [" x "])) == shown
        assert list(strings.stripped(rows[:0], rows[:0], [])) == []


@pytest.mark.parametrize("name", HELD)
def test_a_column_left_where_it_is_reads_as_a_list(name):
    strings = held(series(HELD[name]))
    check(strings, VALUES, FIRST)
    filled = ["" if value is None else value for value in VALUES]
    check(strings.filled(), filled, [filled.index(value) for value in filled])
    check(Listed(VALUES), VALUES, FIRST)
    check(Listed(filled), filled, [filled.index(value) for value in filled])


@pytest.mark.parametrize("name", NOT_HELD)
def test_other_columns_are_read_as_lists(name):
    assert held(series(NOT_HELD[name])) is None
    assert held(VALUES) is None


@pytest.mark.parametrize("native", [pl.Series([], dtype=pl.String), pa.chunked_array([], pa.string())])
def test_no_rows(native):
    strings = held(series(native))
    assert list(strings) == []
    assert strings.first_equal().tolist() == Listed().first_equal().tolist() == []
    assert strings.first_equal(few=True).tolist() == []


@pytest.mark.parametrize("strings", [Listed(VALUES), held(series(HELD["polars"]))])
def test_unlike_strings_with_equal_keys_stay_apart(monkeypatch, strings):
    def all_alike(keys, rows):
        return np.zeros(keys.size, dtype=np.int64), np.arange(1, keys.size)

    monkeypatch.setattr(originals, "first_with", all_alike)
    assert strings.first_equal().tolist() == FIRST


@given(st.lists(st.integers(0, 3) | st.integers(2**64 - 3, 2**64 - 1), max_size=20))
def test_equal_keys(drawn):
    keys = np.array(drawn, dtype=np.uint64)
    rows = ranked(keys)
    assert rows.tolist() == sorted(range(len(drawn)), key=drawn.__getitem__)
    first, again = first_with(keys, rows)
    assert first.tolist() == [drawn.index(key) for key in drawn]
    assert sorted(again.tolist()) == [row for row, key in enumerate(drawn) if drawn.index(key) < row]
    heads, place = numbered(first)
    assert [drawn[row] for row in heads] == list(dict.fromkeys(drawn))
    assert heads[place].tolist() == first.tolist()


def test_categories_of_other_columns_do_not_matter():
    alive = pl.Series([f"somebody {number}" for number in range(50_000)]).cast(pl.Categorical)
    strings = held(nw.from_native(pl.Series(["nobody", "else", None, "nobody", None]), series_only=True))
    assert strings.first_equal(few=True).tolist() == [0, 1, 2, 0, 2]
    assert len(alive) == 50_000
