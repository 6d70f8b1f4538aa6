"""A report goes to another process, and what is asked of it there comes out the same."""

from __future__ import annotations

import copy
import pickle

import duckdb
import numpy as np
import pytest

from echodetect import Audience, detect, sample

AUDIENCE = Audience.from_edges(["ann", "ann", "bob"], ["x", "y", "y"])
MESSAGE = "Join us on Friday at noon for the opening of our new repair workshop"
ROWS = [
    {"id": 1, "author": "ann", "posted_at": "2025-03-03T09:00", "text": MESSAGE},
    {"id": 2, "author": "bob", "posted_at": "2025-03-03T09:10", "text": f"{MESSAGE} I shall be there"},
    {"id": 3, "author": "cy", "posted_at": None, "text": MESSAGE.upper()},
    {
        "id": 4,
        "author": None,
        "posted_at": "2025-03-04T09:10",
        "text": "My train is stuck again today",
    },
]


def copies(report):
    return pickle.loads(pickle.dumps(report)), copy.deepcopy(report)


def test_every_kind(frame_kind):
    report = detect(frame_kind.make(ROWS), audience=AUDIENCE)
    if frame_kind.native is duckdb.DuckDBPyRelation:
        with pytest.raises(TypeError, match="DuckDB"):
            pickle.dumps(report)
        return
    for twin in copies(report):
        for name in ("clusters", "messages", "pairs", "spans", "exposure", "timelines"):
            ours, theirs = getattr(report, name), getattr(twin, name)
            assert type(theirs) is frame_kind.native
            assert frame_kind.rows(theirs) == frame_kind.rows(ours), name
        assert np.array_equal(twin.labels, report.labels)
        assert (twin.parameters, twin.counts) == (report.parameters, report.counts)
        assert repr(twin) == repr(report)


def test_rethreshold_of_a_copy():
    report = detect(sample(), progress=lambda stage, done, total: None)
    stricter = report.rethreshold(0.95)
    assert stricter.clusters != report.clusters
    for twin in (*copies(report), *copies(report.rethreshold(0.9))):
        assert twin.rethreshold(0.95).clusters == stricter.clusters


def test_a_copy_answers_questions():
    report = detect(sample())
    for twin in copies(report):
        assert twin.chance(9) == report.chance(9)
        assert repr(twin.cluster(0)) == repr(report.cluster(0))
        assert twin.what_if(gap="1h") == report.what_if(gap="1h")
