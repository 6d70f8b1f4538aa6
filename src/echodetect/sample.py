"""The embedded sample: two weeks of posts of an invented company's people, with the truth about them.

The posts are written, not generated, and are kept in data/sample.csv; `simulate` makes such data at any size.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from echodetect.errors import ParameterError

__all__ = ["Backend", "check_backend", "sample", "table"]

Backend: TypeAlias = Literal["pandas", "polars", "pyarrow"]
_BACKENDS = ("pandas", "polars", "pyarrow")


def sample(backend: Backend | None = None) -> Any:
    """Posts of sixty employees of an invented company in March 2026, Dutch and English, with their truth.

    Parameters
    ----------
    backend : {None, "pandas", "polars", "pyarrow"}
        The kind of table; None for a list of dict.

    Returns
    -------
    list of dict, or a frame of that kind, some 600 rows in order of time:

    id : int
        1, 2, ... in order of time.
    author : str
        One of sixty invented names.
    posted_at : datetime, UTC, microseconds
        2 to 15 March 2026.
    text : str
        The post.
    message : int or null
        The truth: which ready-made message it echoes, numbered from 1; null where it echoes none.
    verbatim : float in (0, 1] or null
        The truth: the words that are the ready-made message's, in order, over all words of the post. Links,
        mentions, hashtags at either end and emoji are no words; a mistyped word is the person's own; a
        truncated copy has 1. Null where `message` is null.
    kind : str
        What was done. Of echoes: "verbatim", "own link", "hashtags", "emoji", "comment before", "comment
        after", "comment both", "truncated", "typo", and "personal" where an expert's text holds the message
        whole. Of other posts: "personal" (an expert's own words on the same news), "same link" (the link of
        a message under independent words), "notice" (a slot-filled announcement) and "unrelated".

    Raises
    ------
    ParameterError
        For another `backend`.
    ModuleNotFoundError
        When the library of `backend` is not installed.

    Examples
    --------
    >>> posts = sample()
    >>> sorted(posts[0])
    ['author', 'id', 'kind', 'message', 'posted_at', 'text', 'verbatim']
    """
    check_backend(backend)
    source = resources.files("echodetect").joinpath("data", "sample.csv")
    rows = list(csv.DictReader(source.read_text(encoding="utf-8").splitlines()))
    times = [dt.datetime.fromisoformat(row["posted_at"]).replace(tzinfo=None) for row in rows]
    columns: dict[str, list[str] | NDArray[Any]] = {
        "id": np.array([int(row["id"]) for row in rows], dtype=np.int64),
        "author": [row["author"] for row in rows],
        "posted_at": np.array(times, dtype="datetime64[us]"),
        "text": [row["text"] for row in rows],
        "message": np.array([int(row["message"] or -1) for row in rows], dtype=np.int64),
        "verbatim": np.array([float(row["verbatim"] or "nan") for row in rows]),
        "kind": [row["kind"] for row in rows],
    }
    return table(columns, backend)


def check_backend(backend: object) -> None:
    """Raise ParameterError unless `backend` is None, "pandas", "polars" or "pyarrow"."""
    if backend is not None and backend not in _BACKENDS:
        allowed = "None, " + ", ".join(f'"{name}"' for name in _BACKENDS)
        raise ParameterError("backend", backend, allowed, "None gives a list of dict")


def table(columns: Mapping[str, list[str] | NDArray[Any]], backend: Backend | None) -> Any:
    """Columns as a table: a native frame of `backend`'s kind, or a list of dict.

    Parameters
    ----------
    columns : mapping of str to list of str, int64, float64 or datetime64[us] (UTC), (n,)
        A null is -1 in "message" and NaN in "verbatim".
    backend : {None, "pandas", "polars", "pyarrow"}
        The kind of table; pandas gets its nullable Int64 for "message".
    """
    if backend is None:
        return _records(columns)
    data: dict[str, Any] = dict(columns)
    nulls: list[nw.Expr] = [nw.col("posted_at").dt.replace_time_zone("UTC")]
    if backend == "pandas":
        library: Any = nw.Implementation.from_backend(backend).to_native_namespace()
        message = library.Series(data["message"]).astype("Int64")
        data["message"] = message.mask(message == -1)
    else:
        nulls += [
            nw.when(nw.col("message") != -1).then(nw.col("message")),
            nw.when(~nw.col("verbatim").is_nan()).then(nw.col("verbatim")),
        ]
    return nw.from_dict(data, backend=backend).with_columns(*nulls).to_native()


def _records(columns: Mapping[str, list[str] | NDArray[Any]]) -> list[dict[str, Any]]:
    """Return a dict per row, None for null, times aware."""
    lists: dict[str, list[Any]] = {
        name: values.tolist() if isinstance(values, np.ndarray) else list(values)
        for name, values in columns.items()
    }
    lists["posted_at"] = [time.replace(tzinfo=dt.UTC) for time in lists["posted_at"]]
    lists["message"] = [None if message == -1 else message for message in lists["message"]]
    lists["verbatim"] = [None if share != share else share for share in lists["verbatim"]]  # NaN
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
