"""The door for arrays that users bring: identifiers to codes, times to microseconds; shares and texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echodetect.errors import ParameterError

_Ints = NDArray[np.int64]
_MOST = int(np.iinfo(np.int64).max)
_PEOPLE = ("author", "follower")


def coded(values: ArrayLike, name: str) -> tuple[NDArray[Any], _Ints]:
    """Return the distinct values, ascending for clusters, and each entry's code among them, -1 if missing."""
    values = _exact(values)
    array = _vector(values, name)
    codes = np.full(array.size, -1)
    if array.dtype.kind == "f" and (np.abs(array) >= 2.0**53).any():
        allowed = "exact: floats cannot tell such large identifiers apart"
        raise ParameterError(name, f"an array of {array.dtype}", allowed, "pass them as strings")
    if array.dtype.kind in "iufbMmUS":
        present = array == array  # NaN and NaT differ from themselves
        if name == "cluster" and array.dtype.kind in "if":
            present &= array != -1
        if name in _PEOPLE and array.dtype.kind in "US":
            present &= np.char.str_len(np.char.strip(array)) > 0
        inside = array[present]
        if array.dtype.kind in "iu" and inside.size:
            low, high = int(inside.min()), int(inside.max())
            if high - low < 4 * inside.size and high <= _MOST:  # dense: no need to sort
                offset = inside.astype(np.int64) - low
                there = np.bincount(offset) > 0
                codes[present] = (np.cumsum(there) - 1)[offset]
                return (np.flatnonzero(there) + low).astype(array.dtype), codes
        distinct, codes[present] = np.unique(inside, return_inverse=True)
        return distinct, codes
    if any(isinstance(value, float) and abs(value) >= 2.0**53 for value in array):
        allowed = "exact: floats cannot tell such large identifiers apart"
        raise ParameterError(name, "a list with such floats", allowed, "pass them as strings")
    present = np.array([not _missing(value, name) for value in array], np.bool_)
    rank = {value: i for i, value in enumerate(dict.fromkeys(array[present]))}
    if name == "cluster":
        try:
            rank = {value: i for i, value in enumerate(sorted(rank))}
        except TypeError:
            kinds = sorted({type(value).__name__ for value in rank})
            raise ParameterError(name, kinds, "of one kind, numbers or strings", "convert them") from None
    codes[present] = [rank[value] for value in array[present]]
    own = np.fromiter(rank, object, len(rank))
    return own if hasattr(values, "__array__") else _of_one_kind(own), codes


def _of_one_kind(values: NDArray[Any]) -> NDArray[Any]:
    """Return objects as an array of a type of numpy's own, where that changes none of them."""
    if len(set(map(type, values))) != 1:
        return values
    plain = np.array(values.tolist())
    whole = isinstance(values[0], int | np.integer) and not isinstance(values[0], bool)
    same = whole == (plain.dtype.kind in "iu") and plain.tolist() == values.tolist()  # no "a\0", no 2**64
    return plain if same else values


def _exact(values: ArrayLike) -> ArrayLike:
    """Return a column of whole numbers with nulls as a list, which numpy would turn into floats."""
    kind = str(getattr(values, "dtype", getattr(values, "type", ""))).lower()
    if "int" not in kind or isinstance(values, np.ndarray):
        return values
    exact: ArrayLike = values if np.asarray(values).dtype.kind in "iu" else _listed(values)
    return exact


def check_texts(texts: Any) -> Sequence[str]:
    """Return a sequence of str, of a Series or an array its values; ParameterError for anything else."""
    texts = _listed(texts)
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        raise ParameterError("texts", texts, "a sequence of str, such as a list", "pass a list of the texts")
    if not set(map(type, texts)) <= {str}:
        for row, text in enumerate(texts):
            if not isinstance(text, str):
                what = f"{text!r:.40} in row {row}"
                raise ParameterError("texts", what, "a sequence of str", 'pass "" for a text that is missing')
    return texts if isinstance(texts, list | tuple) else list(texts)


def _listed(values: Any) -> Any:
    """Return the values of a Series or an array as a list, anything else as it is."""
    for name in ("to_list", "tolist", "to_pylist"):  # of polars and pandas, numpy, pyarrow
        if hasattr(values, name):
            return getattr(values, name)()
    return values


def _missing(value: Any, name: str) -> bool:
    """Return whether a value is None, NaN, NaT or pandas.NA, or the -1 of posts outside every cluster.

    Nobody is called "": so many a CSV has it that there is no author.
    """
    if isinstance(value, str):
        return name in _PEOPLE and not value.strip()
    try:
        return value is None or bool(value != value) or (name == "cluster" and bool(value == -1))
    except TypeError:  # pandas.NA is neither equal nor unequal to anything
        return True


def microseconds(values: ArrayLike) -> _Ints:
    """Return times in microseconds UTC, NAT where missing."""
    array = _vector(values, "time")
    allowed, remedy = (
        "datetime64 or datetime, years 1 to 9999",
        "convert with pandas.to_datetime",
    )
    if array.dtype.kind == "O":
        moments = [None if _missing(value, "time") else value for value in array]
        for value in moments:
            if not (value is None or isinstance(value, dt.date | np.datetime64)):
                raise ParameterError("time", value, allowed, remedy)
        array = np.array([_naive(value) for value in moments], "datetime64[us]")
    if array.dtype.kind != "M":
        raise ParameterError("time", f"an array of {array.dtype}", allowed, remedy)
    years = array[~np.isnat(array)].astype("datetime64[Y]").astype(np.int64) + 1970
    if years.size and (years.min() < 1 or years.max() > 9999):
        raise ParameterError("time", f"the years {years.min()} to {years.max()}", allowed, remedy)
    return array.astype("datetime64[us]").view(np.int64)


def _naive(value: Any) -> Any:
    """Return a datetime in UTC without its time zone."""
    zone = getattr(value, "tzinfo", None)
    return value if zone is None else value.astimezone(dt.UTC).replace(tzinfo=None)


def checked_shares(values: ArrayLike, cluster: _Ints) -> NDArray[np.float64]:
    """Return verbatim shares, each checked to lie in 0..1 where its cluster's code is no -1."""
    array, allowed = _vector(values, "verbatim"), "numbers from 0 to 1"
    try:
        shares = array.astype(np.float64)
    except (TypeError, ValueError):
        raise ParameterError("verbatim", f"an array of {array.dtype}", allowed, "convert it") from None
    wrong = np.flatnonzero(~((shares >= 0) & (shares <= 1)))
    if shares.size == cluster.size:  # else that is told
        wrong = wrong[cluster[wrong] >= 0]
    if wrong.size:
        value = f"{shares[wrong[0]]} at entry {wrong[0]}"
        raise ParameterError("verbatim", value, allowed, "1 is a post without words of its own")
    return shares


def _vector(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return a one-dimensional array; lists that numpy would turn into one type stay objects."""
    array = np.asarray(values)
    if not hasattr(values, "__array__") and array.dtype.kind in "fUS":
        array = np.asarray(values, dtype=object)  # ["a", nan] is no list of strings, nor [2**63, 1] of floats
    if array.ndim != 1:
        raise ParameterError(name, f"an array of shape {array.shape}", "one-dimensional", "pass one column")
    return array
