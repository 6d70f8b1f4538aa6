"""What the pictures hold: places, colours and labels of what is drawn, rather than its pixels."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

import echodetect
from echodetect import Audience, ParameterError, detect, sample, simulate

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.dates import num2date  # noqa: E402

NINE = dt.datetime(2025, 3, 3, 9, tzinfo=dt.UTC)
MESSAGE = "Join us on Friday at noon for the opening of our new repair workshop"
AUDIENCE = Audience.from_edges(["ann", "ann", "bob", "cy"], ["x", "y", "y", "z"])


def post(author, minutes, text=MESSAGE):
    at = None if minutes is None else NINE + dt.timedelta(minutes=minutes)
    return {"author": author, "posted_at": at, "text": text}


ROWS = [
    post("cy", 100),
    post("ann", 0),
    post("bob", 10, f"I shall be there myself, with my old bicycle. {MESSAGE}"),
    post(None, 15),
    post("ann", 20),
    post("dee", None),
]


@pytest.fixture(autouse=True)
def drawn_and_closed():
    """Every figure is drawn once, warnings being errors, and none stays open."""
    yield
    try:
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()
    finally:
        plt.close("all")


@pytest.fixture(scope="module")
def report():
    return detect(ROWS, audience=AUDIENCE)


def dots(ax, label=None):
    """Offsets and colours of a scatter by its label."""
    found = [c for c in ax.collections if c.get_offsets().size and c.get_label() == (label or c.get_label())]
    offsets = np.asarray(found[0].get_offsets())
    return offsets, np.asarray(found[0].get_array())


def texts(labels):
    return [label.get_text() for label in labels]


def legend(ax):
    return texts(ax.get_legend().get_texts())


# --- timeline ----------------------------------------------------------------------------------------------


def test_timeline(report):
    ax = report.plot.timeline(0)
    assert texts(ax.get_yticklabels()) == ["ann", "bob", "message 3", "cy", "dee"], "the first to post on top"
    assert ax.get_ylim() == (5.5, 0.5)
    offsets, shares = dots(ax)
    found = [(num2date(x), int(y), round(w, 3)) for (x, y), w in zip(offsets, shares, strict=True)]
    wanted = [(0, 1, 1.0), (10, 2, 0.609), (15, 3, 1.0), (20, 1, 1.0), (100, 4, 1.0)]
    assert found == [(NINE + dt.timedelta(minutes=m), row, share) for m, row, share in wanted]
    (unknown,), _ = dots(ax, "time unknown")
    assert unknown[1] == 5
    assert unknown[0] > offsets[:, 0].max(), "beyond the last time"
    assert max(ax.get_xticks()) < unknown[0], "where it stands is no time"
    assert ax.get_title(loc="left") == f"Cluster 0: {MESSAGE}"[: len(ax.get_title(loc="left")) - 1] + "…"


def test_the_densest_window_is_shaded(report):
    ax = report.plot.timeline()
    (span,) = ax.patches
    first, last = num2date(span.get_x()), num2date(span.get_x() + span.get_width())
    assert (first, last) == (NINE, NINE + dt.timedelta(hours=1))
    assert "densest window (1h): 2 timelines" in legend(ax)
    day = detect(ROWS, window=["1d", "1h"]).plot.timeline()
    assert day.patches[0].get_x() + day.patches[0].get_width() <= day.get_xlim()[1], (
        "no further than the axes"
    )
    assert "densest window (1d): 3 timelines" in legend(day)


def test_timeline_without_authors_or_times():
    ax = detect([MESSAGE, MESSAGE, MESSAGE]).plot.timeline()
    assert texts(ax.get_yticklabels()) == ["message 0", "message 1", "message 2"]
    assert dots(ax, "time unknown")[0][:, 1].tolist() == [1, 2, 3]
    assert list(ax.get_xticks()) == []
    assert legend(ax) == ["time unknown"]


@pytest.mark.parametrize(
    "hours", [0.001, 0.03, 0.5, 2.9, 5, 11, 30, 47, 65, 71, 100, 600, 3000, 20_000, 10**6]
)
def test_ticks_of_any_span(hours):
    ax = detect([post("ann", 0), post("bob", hours * 60), post("cy", None)]).plot.timeline()
    ax.figure.canvas.draw()
    ticks = [label.get_text() for label in ax.get_xticklabels()]
    assert 1 <= len(ticks) <= 9
    boxes = [label.get_window_extent() for label in ax.get_xticklabels() if label.get_text()]
    boxes.sort(key=lambda box: box.x0)
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes)), ticks


def test_posts_at_one_moment_and_at_the_ends_of_the_calendar():
    ax = detect([post("ann", 0), post("bob", 0)]).plot.timeline()
    left, right = map(num2date, ax.get_xlim())
    assert left < NINE < right
    assert right - left > dt.timedelta(minutes=10)
    rows = [
        {**post("ann", 0), "posted_at": dt.datetime(1, 1, 1, tzinfo=dt.UTC)},
        {**post("bob", 0), "posted_at": dt.datetime(9999, 12, 31, 23, tzinfo=dt.UTC)},
        post("cy", None),
    ]
    detect(rows, window="600000d").plot.timeline()
    for end in rows[:2]:  # all of them: a date that stands for none
        left, right = detect([end, {**end, "author": "di"}]).plot.timeline().get_xlim()
        assert left < right


def test_more_timelines_than_can_be_named_are_numbered():
    rows = [post(f"Employee {number:03}", number) for number in range(150)]
    ax = detect(rows).plot.timeline()
    assert ax.get_ylabel() == "150 timelines, the first to post on top"
    assert not any("Employee" in label for label in texts(ax.get_yticklabels()))
    assert dots(ax)[0][:, 1].tolist() == list(range(1, 151))
    assert ax.figure.get_size_inches()[1] <= 12
    few = detect(rows[:40]).plot.timeline()
    assert texts(few.get_yticklabels())[0] == "Employee 000"
    assert few.figure.get_size_inches()[1] < ax.figure.get_size_inches()[1]


def test_names_that_no_font_has_or_that_look_like_mathematics():
    names = ["张伟", "$\\frac{a$ b$", "Happy & Sons International Consultancy", "line\nbreak", "🦄🏳️‍🌈", "a$b"]
    ax = detect([post(name, at) for at, name in enumerate(names)]).plot.timeline()
    shown = texts(ax.get_yticklabels())
    assert shown[0] == "\ufffd\ufffd"
    assert shown[1] == r"\$\frac{a\$ b\$"
    assert shown[2] == "Happy & Sons Internationa…"
    assert shown[3] == "line break"
    assert shown[5] == r"a\$b"
    ax.figure.canvas.draw()


def test_the_fonts_are_those_of_the_settings():
    names = ["∂x", "张伟"]
    with matplotlib.rc_context({"font.family": ["no such font", "STIXGeneral"]}):
        found = texts(detect([post(name, 0) for name in names]).plot.timeline().get_yticklabels())
    assert sorted(found) == sorted(["∂x", "\ufffd\ufffd"])


# --- the others --------------------------------------------------------------------------------------------


def test_saturation_of_all_clusters():
    report = detect(simulate(3000, seed=1, languages=["en"]), window=["1h", "24h"])
    ax = report.plot()
    offsets, shares = dots(ax)
    assert offsets[:, 0].tolist() == list(range(len(report.clusters)))
    assert offsets[:, 1].tolist() == [row["saturation"] for row in report.clusters]
    assert shares.tolist() == [row["mean_verbatim"] for row in report.clusters]
    assert legend(ax) == ["saturation: a contact who follows everyone"]
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_saturation_with_bounds_and_an_audience(report):
    ax = report.plot.saturation()
    row = report.clusters[0]
    (line,) = [c for c in ax.collections if c.get_label() == "bounds: unknown times or authors"]
    (low, high) = line.get_segments()[0][:, 1]
    assert (low, high) == (row["saturation_low"], row["saturation_high"])
    seen, _ = dots(ax, "audience saturation: its contacts on average")
    assert seen.tolist() == [[0, row["audience_saturation"]]]


def test_windows(report):
    ax = report.plot.windows(0, ["2h", "5min", "30min"])
    line = ax.get_lines()[0]
    assert line.get_xdata() == pytest.approx([5 / 60, 0.5, 2])
    for length, repeats in zip(["5min", "30min", "2h"], line.get_ydata(), strict=True):
        assert repeats == detect(ROWS, window=length).clusters[0]["effective_repeats"]
    assert texts(ax.get_xticklabels()) == ["5min", "30min", "2h"]
    assert legend(ax) == [
        "bounds: unknown times or authors",
        "effective repeats",
        "window of the report: 1h",
    ]


def test_windows_by_default_reach_over_the_cluster():
    report = detect(sample(), window=["1h", "3d"])
    ax = report.plot.windows(0)
    hours = ax.get_lines()[0].get_xdata()
    assert hours[0] == pytest.approx(1 / 60)
    assert hours[-1] == 72
    assert np.all(np.diff(ax.get_lines()[0].get_ydata()) >= 0), "a longer window never holds less"
    assert legend(ax) == ["effective repeats", "window of the report: 1h", "window of the report: 3d"]


def test_windows_of_unknown_times():
    ax = detect([MESSAGE, MESSAGE]).plot.windows()
    assert np.isnan(ax.get_lines()[0].get_ydata()).all()


@pytest.mark.parametrize("lengths", [["0h"], [], ["1h", "60min"], "soon", 5])
def test_lengths_that_are_none(report, lengths):
    with pytest.raises(ParameterError, match="lengths="):
        report.plot.windows(0, lengths)


def test_exposure(report):
    ax = report.plot.exposure(0)
    bars = [(round(bar.get_x() + bar.get_width() / 2), bar.get_height()) for bar in ax.patches]
    rows = [row for row in report.exposure if row["cluster"] == 0]
    assert bars == [(row["times"], row["contacts"]) for row in rows]
    assert texts(ax.texts) == [str(row["contacts"]) for row in rows]


def test_exposures_far_apart_are_on_a_logarithmic_scale():
    edges = [("ann", n) for n in range(1000)] + [("bob", 0)]
    audience = Audience.from_edges(*zip(*edges, strict=True))
    ax = detect([post("ann", 0), post("bob", 1)], audience=audience).plot.exposure()
    assert ax.get_yscale() == "log"
    assert texts(ax.texts) == ["999", "1"]
    nobody = detect([post("eve", 0), post("bob", 1)], audience=Audience.from_edges(["ann"], [1]))
    assert texts(nobody.plot.exposure().texts) == ["no contact is known"]


@pytest.mark.parametrize("audience", [None, Audience.from_counts(["ann", "bob"], [5, 7])])
def test_exposure_needs_to_know_who_follows_whom(audience):
    with pytest.raises(ParameterError, match=r"audience=.*must be an Audience that knows.*from_edges"):
        detect(ROWS, audience=audience).plot.exposure()


# --- all of them -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("picture", ["saturation", "timeline", "windows", "exposure"])
def test_axes_that_are_given_are_drawn_into(report, picture):
    figure, axes = plt.subplots(1, 2)
    before = plt.get_fignums()
    assert getattr(report.plot, picture)(ax=axes[1]) is axes[1]
    assert plt.get_fignums() == before
    assert not axes[0].has_data()
    assert axes[1].has_data()
    assert figure.axes[0] is axes[0]


def test_a_figure_of_ones_own_needs_no_pyplot(report):
    from matplotlib.figure import Figure

    figure = Figure()
    report.plot.timeline(ax=figure.subplots())
    figure.canvas.draw()
    assert plt.get_fignums() == []


@pytest.mark.parametrize("picture", ["timeline", "windows", "exposure"])
@pytest.mark.parametrize("cluster", [-1, 1, "0", None, True, 0.0])
def test_a_cluster_that_is_none(report, picture, cluster):
    with pytest.raises(ParameterError, match=r"cluster=.*: must be a cluster from 0 to 0"):
        getattr(report.plot, picture)(cluster)
    assert plt.get_fignums() == []


def test_one_post_and_none():
    report = detect([post("ann", 0)])
    assert texts(report.plot().texts) == ["no clusters"]
    with pytest.raises(ParameterError, match="there are none in this report"):
        report.plot.timeline()
    assert texts(detect([]).plot().texts) == ["no clusters"]


def test_nothing_is_set_or_shown(report, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("it was shown"))
    before = dict(matplotlib.rcParams)
    for draw in (report.plot, report.plot.timeline, report.plot.windows, report.plot.exposure):
        draw()
    assert dict(matplotlib.rcParams) == before
    assert repr(report.plot) == "<pictures of a report: saturation(), timeline(), windows(), exposure()>"


def test_pictures_do_not_depend_on_the_order_of_rows():
    rows = [row for row in ROWS if row["author"]]
    one, other = (detect(some).plot.timeline() for some in (rows, rows[::-1]))
    assert texts(one.get_yticklabels()) == texts(other.get_yticklabels())
    assert np.array_equal(dots(one)[0], dots(other)[0])
    assert np.array_equal(dots(one)[1], dots(other)[1])


def test_without_matplotlib_it_is_named():
    code = (
        "import sys; sys.modules.update({'matplotlib': None, 'matplotlib.pyplot': None})\n"
        "import echodetect; echodetect.detect(echodetect.sample()).plot()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in done.stderr
    assert "pip install matplotlib" in done.stderr


def test_a_copy_of_a_report_draws_the_same(report):
    import pickle

    twin = pickle.loads(pickle.dumps(report))
    assert np.array_equal(dots(twin.plot.timeline())[0], dots(report.plot.timeline())[0])
    assert isinstance(twin, echodetect.Report)
