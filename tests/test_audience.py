import datasketch
import numpy as np
import pandas as pd
import polars as pl
import pytest

import echodetect
from echodetect import ParameterError
from echodetect.audience import Audience
from echodetect.saturation import saturation

from .test_exposure import sketched


@pytest.mark.parametrize(
    ("author", "follower"),
    [
        (["a", "a", "b", "a"], ["x", "y", "y", "x"]),
        ([1, 1, 2, 1], [10**18, 5, 5, 10**18]),
        (np.array([1, 1, 2, 1], np.int16), np.array([3, 5, 5, 3], np.uint64)),
        (pd.Series(["a", "a", "b", "a"]), pl.Series(["x", "y", "y", "x"])),
        ([("a", 1), ("a", 1), "b", ("a", 1)], [1, "1", "1", 1]),
        (["a", "a", "b", "a", None, "a"], ["x", "y", "y", "x", "z", None]),
    ],
)
def test_kinds_of_edges(author, follower):
    audience = Audience.from_edges(author, follower)
    assert audience.followers.tolist() == [2, 1]
    assert repr(audience) == "<Audience of 2 authors: 3 edges>"


def test_numbers_of_any_width_are_the_same_author():
    audience = Audience.from_edges(np.array([7, 8], np.int16), [1, 1])
    result = saturation([0, 0], np.array([8, 7], np.uint64), None, audience=audience)
    assert (result["authors_unknown"].tolist(), result["reach"].tolist()) == ([0], [1])


def test_repr():
    assert repr(Audience.from_counts(["a"], [3])) == "<Audience of 1 authors: followers counted>"
    assert repr(Audience.from_counts(["a"], [3], 1_000)).endswith("counted, of a universe of 1,000>")
    assert repr(Audience.from_sketches({})) == "<Audience of 0 authors: sketches>"
    assert repr(Audience.from_edges([], [])) == "<Audience of 0 authors: 0 edges>"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Audience.from_edges(["a"], ["x", "y"]), "follower=.*2 entries.*as long as author, 1"),
        (lambda: Audience.from_edges([["a"]], ["x"]), "author=.*one-dimensional"),
        (lambda: Audience.from_edges(["a"], np.array([1e18])), "follower=.*strings"),
        (lambda: Audience.from_counts(["a"], [1, 2]), "followers=.*shape.*pass 1 entries"),
        (lambda: Audience.from_counts(["a"], ["many"]), "followers=.*numbers"),
        (lambda: Audience.from_counts(["a"], [-1]), "followers=.*-1.0 at entry 0.*zero or more"),
        (lambda: Audience.from_counts(["a", "b"], [1, float("inf")]), "followers=.*entry 1"),
        (lambda: Audience.from_counts(["a", "b", "a"], [1, 2, 3]), "author=.*'a'.*once.*leave out"),
        (lambda: Audience.from_counts(["a", None], [1, 2]), "author=None.*known"),
        (lambda: Audience.from_counts(["a"], [10], 5), "universe=5.*10.*or more"),
        (lambda: Audience.from_counts(["a"], [10], "all"), "universe='all'.*positive"),
        (lambda: Audience.from_counts(["a"], [10], float("nan")), "universe=nan"),
        (lambda: Audience.from_sketches([1]), "sketches=.*mapping.*HyperLogLog"),
        (lambda: Audience.from_sketches({"a": {1, 2}}), "sketches=.*mapping.*HyperLogLog"),
        (
            lambda: Audience.from_sketches(sketched({"a": ()}) | sketched({"b": ()}, p=8)),
            "sketches=.*precision.*same p",
        ),
        (lambda: saturation([0], ["a"], None, audience=["a"]), "audience=.*Audience.from_edges"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


def test_is_public():
    assert echodetect.Audience is Audience


def test_places_and_viewers():
    audience = Audience.from_edges(["b", "a", "b"], ["y", "x", "x"])
    assert audience.places(["a", "nobody", "b"]).tolist() == [1, -1, 0]
    assert [audience.viewers(place).tolist() for place in (0, 1)] == [[0, 1], [1]]
    assert (audience.exact, audience.sketched, audience.contacts) == (True, False, 2)
    counted = Audience.from_counts(["a"], [3])
    assert (counted.exact, counted.contacts, counted.viewers(0).size) == (False, 0, 0)
    assert np.isnan(counted.merged(np.array([0]))).all()


def test_merged_sketches():
    sketches = sketched({"a": range(1_000), "b": range(500, 1_500)})
    audience = Audience.from_sketches(sketches)
    reach, error = audience.merged(np.array([0, 1]))
    assert reach == pytest.approx(datasketch.HyperLogLog.union(*sketches.values()).count(), rel=1e-6)
    assert error == pytest.approx(1.04 / 64 * reach)
    assert audience.sketched
    assert audience.merged(np.array([], np.int64)) == (0, 0)


def test_large_floats_in_a_list_are_no_identifiers_either():
    large = [9007199254740992.0, 9007199254740993.0]
    with pytest.raises(ParameterError, match="follower="):
        Audience.from_edges(["a", "b"], large)
    with pytest.raises(ParameterError, match="author="):
        Audience.from_edges(large, ["a", "b"])


def test_a_programme_without_echoes_has_no_impressions_of_them():
    rows = [{"author": "a", "text": "Join us on Friday at noon for the opening", "posted_at": None}]
    report = echodetect.detect(rows, audience=Audience.from_edges(["a"], [1]))
    (total,) = report.programme().total
    assert (total["clusters"], total["impressions"], total["redundant_impressions"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "authors",
    [
        ["ann", 1, "bob"],
        [2**60 + 1, 0.5, "1"],
        [2**63 + 5, -1, 3],
        ["ann\0", "ann", "bob"],
        [10**17 + 1, 10**17, 10**17 - 1],
        [True, "True", 7],
    ],
)
def test_authors_stay_what_they_are(authors):
    for audience in (
        Audience.from_edges(authors, ["x", "y", "z"]),
        Audience.from_counts(authors, [1, 1, 1]),
    ):
        assert sorted(map(repr, audience.authors.tolist())) == sorted(map(repr, authors))
        assert (audience.places(authors) >= 0).all()
        found = [audience.authors.tolist()[place] for place in audience.places(authors)]
        assert list(map(repr, found)) == list(map(repr, authors))


def test_whole_numbers_beside_a_null_are_exact():
    numbers = [10**17 + 1, None, 10**17]
    for column in (pd.Series(numbers, dtype="Int64"), pl.Series(numbers), pd.array(numbers, dtype="Int64")):
        audience = Audience.from_edges(column, [1, 2, 3])
        assert sorted(audience.authors.tolist()) == [10**17, 10**17 + 1]


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series])
def test_nobody_is_called_nothing(make):
    names = ["ann", "", " ", "bob"]
    audience = Audience.from_edges(make(names), make(["x", "y", "z", ""]))
    assert audience.authors.tolist() == ["ann", "bob"]
    assert audience.followers.tolist() == [1, 0]
    result = saturation([0, 0, 0, 0], make(names), None)
    assert result["authors"].tolist() == [2]
    assert saturation(make(["", "", "a", "a"]), make(names), None)["cluster"].tolist() == ["", "a"]
