"""One fixture for every kind of frame that a caller may bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import settings

# No test depends on the speed of the machine, and the same commit gives the same result everywhere. To look
# for new examples: python -m pytest --hypothesis-profile=explore
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("same")

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class FrameKind:
    """A kind of frame: `make` builds one of rows, `rows` reads one back as plain Python, None for null."""

    name: str
    make: Callable[[Rows], Any]
    rows: Callable[[Any], Rows]
    native: type
    """What tables come back as."""
    once: bool = False
    """Whether reading it uses it up."""


def _columns(rows: Rows) -> dict[str, list[Any]]:
    return {name: [row.get(name) for row in rows] for row in rows[:1] for name in row}


def _arrow(rows: Rows) -> pa.Table:
    columns = {name: pa.array(values) for name, values in _columns(rows).items()}
    return pa.table(columns) if columns else pa.table({"text": pa.array([], pa.string())})


def _pandas_objects(rows: Rows) -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in _columns(rows).items()})
    for name in frame.columns:  # only strings stay objects, as in pandas before 3
        if not frame[name].map(lambda value: value is None or isinstance(value, str)).all():
            frame[name] = pd.Series(_columns(rows)[name])
    return frame


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, dt.datetime):
        value = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        return value.astimezone(dt.UTC) if value.tzinfo else value
    return value


def _plain_rows(rows: Rows) -> Rows:
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _pandas_rows(frame: pd.DataFrame) -> Rows:
    columns = {name: frame[name].astype(object).tolist() for name in frame.columns}
    return _plain_rows([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def _dict_rows(columns: dict[str, list[Any]]) -> Rows:
    return _plain_rows([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def _arrow_rows(table: pa.Table) -> Rows:
    return _plain_rows(table.to_pylist())


def _polars_rows(frame: pl.DataFrame) -> Rows:
    return _plain_rows(frame.to_dicts())


def _pandas_categorical(rows: Rows) -> pd.DataFrame:
    frame = _pandas_objects(rows)
    strings = [name for name in frame.columns if any(isinstance(row.get(name), str) for row in rows)]
    return frame.astype(dict.fromkeys(strings, "category"))


def _pandas_indexed(make_index: Callable[[int], Any]) -> Callable[[Rows], pd.DataFrame]:
    def make(rows: Rows) -> pd.DataFrame:
        frame = pd.DataFrame(_columns(rows))
        frame.index = make_index(len(frame))
        return frame

    return make


def _polars_categorical(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(_columns(rows)).with_columns(pl.col(pl.String).cast(pl.Categorical))


def _halves(frame: Any) -> list[Any]:
    """A frame in two parts, the second of which may have no rows; as slices they have the same dtypes."""
    return [frame[:2], frame[2:]]


def _from_two_days(count: int) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples([("day", row // 2) for row in range(count)], names=["unit", None])


KINDS = [
    FrameKind("list_of_dicts", lambda rows: [dict(row) for row in rows], _plain_rows, list),
    FrameKind("dict_of_lists", _columns, _dict_rows, dict),
    FrameKind("pandas_numpy", _pandas_objects, _pandas_rows, pd.DataFrame),
    FrameKind("pandas_default", lambda rows: pd.DataFrame(_columns(rows)), _pandas_rows, pd.DataFrame),
    FrameKind(
        "pandas_arrow",
        lambda rows: _arrow(rows).to_pandas(types_mapper=pd.ArrowDtype),
        _pandas_rows,
        pd.DataFrame,
    ),
    FrameKind("polars", lambda rows: pl.DataFrame(_columns(rows)), _polars_rows, pl.DataFrame),
    FrameKind("polars_lazy", lambda rows: pl.LazyFrame(_columns(rows)), _polars_rows, pl.DataFrame),
    FrameKind("pyarrow", _arrow, _arrow_rows, pa.Table),
    FrameKind(
        "pyarrow_reader", lambda rows: _arrow(rows).to_reader(max_chunksize=2), _arrow_rows, pa.Table, True
    ),
    FrameKind(
        "duckdb",
        lambda rows: duckdb.from_arrow(_arrow(rows)),
        lambda relation: _arrow_rows(relation.to_arrow_table()),
        duckdb.DuckDBPyRelation,
    ),
    FrameKind("pandas_categorical", _pandas_categorical, _pandas_rows, pd.DataFrame),
    FrameKind(
        "pandas_same_index", _pandas_indexed(lambda count: pd.Index([7] * count)), _pandas_rows, pd.DataFrame
    ),
    FrameKind("pandas_multi_index", _pandas_indexed(_from_two_days), _pandas_rows, pd.DataFrame),
    FrameKind(
        "pandas_time_index",
        _pandas_indexed(lambda count: pd.date_range("2020-01-01", periods=count, freq="-1D", name="text")),
        _pandas_rows,
        pd.DataFrame,
    ),
    FrameKind("polars_categorical", _polars_categorical, _polars_rows, pl.DataFrame),
    FrameKind(
        "pyarrow_batch",
        lambda rows: _arrow(rows).combine_chunks().to_batches()[0],
        _arrow_rows,
        pa.Table,
    ),
    FrameKind(
        "pyarrow_batches",
        lambda rows: iter(_arrow(rows).to_batches(max_chunksize=2)),
        _arrow_rows,
        pa.Table,
        True,
    ),
    FrameKind(
        "polars_frames",
        lambda rows: iter(_halves(pl.DataFrame(_columns(rows)))),
        _polars_rows,
        pl.DataFrame,
        True,
    ),
    FrameKind(
        "pandas_frames",
        lambda rows: iter(_halves(pd.DataFrame(_columns(rows)))),
        _pandas_rows,
        pd.DataFrame,
        True,
    ),
]
with suppress(ImportError):  # not among what the tests need: it wants a pandas of its own
    import modin.pandas as modin

    KINDS.append(
        FrameKind(
            "modin",
            lambda rows: modin.DataFrame(_columns(rows)),
            lambda frame: _pandas_rows(frame.modin.to_pandas()),
            modin.DataFrame,
        )
    )


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def frame_kind(request: pytest.FixtureRequest) -> FrameKind:
    """Run the test over every kind of frame."""
    kind: FrameKind = request.param
    return kind
