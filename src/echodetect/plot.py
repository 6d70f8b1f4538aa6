"""Pictures of a report in matplotlib: `report.plot()`, and one method for each picture.

Every method draws into the axes it is given, or into a new figure, and returns the axes; nothing is shown and
no setting of matplotlib is changed. A colour means the same in all pictures: the darker, the more of a text
is the ready-made message. The scale (viridis) reads in grey and for those who see few colours.
"""

from __future__ import annotations

import datetime as dt
import importlib
from dataclasses import dataclass, fields
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect.corpus import Corpus
from echodetect.errors import ParameterError, check_cluster, check_windows, spelled
from echodetect.frames import UNKNOWN_TIME, Column
from echodetect.labels import legible
from echodetect.posts import Posts, gather
from echodetect.saturation import measure
from echodetect.scores import Scores

__all__ = ["Plots"]

_Floats = NDArray[np.float64]

_HOUR, _DAY = 3_600_000_000, 86_400_000_000  # microseconds
_SHORTEST = 10 / 1440  # days, the unit of matplotlib's time: the least that a picture spans
_CALENDAR = np.array(["0001-01-02", "9999-12-30"], dtype="datetime64[us]")  # that matplotlib can label
_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440]
_DAYS = [2, 3, 7, 14, 28, 56, 182, 364]
_LENGTHS = np.array([*(60_000_000 * m for m in _MINUTES), *(_DAY * d for d in _DAYS)])
_TICKS = {60_000_000, 600_000_000, _HOUR, 6 * _HOUR, _DAY, 7 * _DAY, 28 * _DAY, 182 * _DAY}
_BARS = 12  # at most, for counts above them
_VERBATIM: dict[str, Any] = {
    "cmap": "viridis_r", "vmin": 0, "vmax": 1, "edgecolors": "0.25", "linewidths": 0.4, "zorder": 2,
}  # fmt: skip
_DASHES = ("--", ":", "-.")
_SHADE, _BAND, _LINE, _FAINT = "0.9", "0.85", "#31688e", "0.6"
_MISSING = "report.plot draws with matplotlib, which is not installed; pip install matplotlib"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Plots:
    """The pictures of one report, `report.plot`; called itself, it draws the saturation of all clusters.

    Letters that the fonts of matplotlib's settings lack are shown as a replacement mark; for Chinese,
    say: ``matplotlib.rcParams["font.family"] = ["DejaVu Sans", "Noto Sans CJK SC"]``.
    """

    _corpus: Corpus
    _scores: Scores

    def __call__(self, ax: Any = None) -> Any:
        """Draw `saturation`."""
        return self.saturation(ax)

    def __repr__(self) -> str:
        return "<pictures of a report: saturation(), timeline(), windows(), exposure()>"

    def saturation(self, ax: Any = None) -> Any:
        """Saturation of every cluster, by its number: the most saturated stand to the left.

        A dot for each cluster, its area growing with the number of posts, coloured by mean verbatim share; a
        line from saturation_low to saturation_high where unknown times or authors leave bounds. With an
        audience, crosses show audience_saturation: what its contacts saw on average.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ModuleNotFoundError
            Where matplotlib is not installed.
        """
        ax = _axes(ax, (8, 4.5))
        columns = self._scores.clusters
        posts, number = _floats(columns["posts"]), np.arange(self._scores.representatives.size)
        low, high = (_floats(columns[f"saturation_{end}"]) for end in ("low", "high"))
        wide = low < high
        if wide.any():
            label = "bounds: unknown times or authors"
            ax.vlines(number[wide], low[wide], high[wide], color=_FAINT, lw=1, zorder=1, label=label)
        dots = ax.scatter(
            number,
            _floats(columns["saturation"]),
            s=12 + 4 * posts**0.75,
            c=_floats(columns["mean_verbatim"]),
            label="saturation: a contact who follows everyone",
            **_VERBATIM,
        )
        if "audience_saturation" in columns:
            seen = _floats(columns["audience_saturation"])
            label = "audience saturation: its contacts on average"
            ax.scatter(number, seen, marker="x", s=18, color="0.3", lw=1, label=label, zorder=3)
        if number.size:
            above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "frameon": False}
            ax.legend(fontsize="small", borderpad=0, **above)  # crosses may stand anywhere below
        else:
            ax.text(0.5, 0.5, "no clusters", ha="center", transform=ax.transAxes)
        ax.set(xlabel="cluster, most saturated first", ylabel="saturation", ylim=(-0.03, 1.03))
        ax.set_xlim(-0.5 - number.size / 50, max(number.size, 5) - 0.5 + number.size / 50)
        ax.xaxis.get_major_locator().set_params(integer=True)
        _colour_bar(ax, dots, "mean verbatim share")
        return ax

    def timeline(self, cluster: int = 0, ax: Any = None) -> Any:
        """Who posted when: a row for each timeline, the first to post on top, a dot for each post.

        Dots are coloured by verbatim share; the densest window, the first of `peak_start`, is shaded. Posts
        of unknown time stand as squares at the right edge, by themselves; each post of an unknown author has
        a row of its own. More timelines than the axes have room to name are numbered.

        Parameters
        ----------
        cluster : int, default 0
            Its number in `report.clusters`.
        ax : matplotlib Axes, optional
            Where to draw; a new figure otherwise, the taller the more timelines there are.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ParameterError
            For a cluster that there is none of.
        ModuleNotFoundError
            Where matplotlib is not installed.
        """
        posts = self._posts(cluster)
        rows, names = _rows(posts, self._corpus.columns.author_names)
        ax = _axes(ax, (8, float(np.clip(1.8 + 0.22 * len(names), 3, 12))))
        dates = importlib.import_module("matplotlib.dates")
        timed = posts.time != UNKNOWN_TIME
        ends = dates.date2num(_CALENDAR)
        at = np.clip(dates.date2num(posts.time[timed].view("datetime64[us]")), *ends)
        first, last = (float(at.min()), float(at.max())) if at.size else (0.0, 0.0)
        room = max(0.0, _SHORTEST - (last - first)) / 2  # posts may stand at one moment
        margin = 0.04 * (last - first + 2 * room)
        left, right = np.clip([first - room - margin, last + room + margin], *ends)
        ax.set_xlim(left, right)
        if at.size:
            locator = dates.AutoDateLocator(tz=dt.UTC, minticks=2, maxticks=6)
            ax.xaxis.set_major_locator(locator)
            ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=dt.UTC))
            self._shade(ax, cluster, right)
        dots = ax.scatter(at, rows[timed], s=36, c=posts.verbatim[timed], **_VERBATIM)
        if not timed.all():
            where, shares = np.full(int((~timed).sum()), right + 2 * margin), posts.verbatim[~timed]
            ax.scatter(where, rows[~timed], s=36, c=shares, marker="s", label="time unknown", **_VERBATIM)
            ax.axvline(right, color=_FAINT, lw=1, ls=":")
            ax.set_xticks([tick for tick in ax.get_xticks() if at.size and tick < right])
            ax.set_xlim(left, right + 4 * margin)
        ax.set_xlabel("time (UTC)", loc="left")  # the date stands to the right
        _name_rows(ax, names)
        if ax.get_legend_handles_labels()[1]:
            ax.legend(loc="lower left", fontsize="small")  # rows below begin later: nothing stands there
        self._title(ax, cluster)
        _colour_bar(ax, dots, "verbatim share")
        return ax

    def windows(self, cluster: int = 0, lengths: Any = None, ax: Any = None) -> Any:
        """Effective repeats of a cluster against the length of the window: how long a contact remembers.

        A line of the figures that are known, a band between their bounds where unknown times or authors leave
        such, and an upright line at each window of the report. The length is on a logarithmic scale.

        Parameters
        ----------
        cluster : int, default 0
            Its number in `report.clusters`.
        lengths : list of lengths of time, optional
            As `detect` takes them for `window`: ["10min", "1h", "1d"]. From a minute to the whole span of the
            cluster by default.
        ax : matplotlib Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ParameterError
            For a cluster that there is none of, and lengths that are none or not positive.
        ModuleNotFoundError
            Where matplotlib is not installed.
        """
        posts = self._posts(cluster)
        if lengths is None:
            known = posts.time[posts.time != UNKNOWN_TIME]
            span = max(int(np.ptp(known)) if known.size else 0, *self._scores.windows.values())
            length = _LENGTHS[: max(int(np.searchsorted(_LENGTHS, span)) + 1, 2)]
        else:
            length = np.sort(np.array(list(check_windows(lengths, "lengths").values())))
        if length[0] == 0:
            raise ParameterError("lengths", lengths, "positive lengths of time", "leave out the zero")
        what = np.zeros_like(posts.cluster), posts.author, posts.time, posts.verbatim
        measured = [measure(*what, window) for window in length.tolist()]

        def figure(name: str) -> _Floats:
            return np.concatenate([figures[name] for figures in measured])

        ax = _axes(ax, (7, 4.2))
        hours = length / _HOUR
        low, high = (1 / (1 - figure(f"saturation_{end}")) for end in ("low", "high"))
        if (low < high).any():
            ax.fill_between(hours, low, high, color=_BAND, lw=0, label="bounds: unknown times or authors")
        ax.plot(hours, figure("effective_repeats"), "o-", color=_LINE, ms=4, label="effective repeats")
        for window, dashes in zip(self._scores.windows.values(), cycle(_DASHES)):
            if length[0] <= window <= length[-1]:
                label = f"window of the report: {spelled(window)}"
                ax.axvline(window / _HOUR, color="0.4", lw=1, ls=dashes, label=label)
        some = sorted(_TICKS.intersection(length.tolist()))
        ticks = some if len(some) > 2 else length.tolist()
        ax.set_xscale("log")
        ax.set_xticks([tick / _HOUR for tick in ticks], [spelled(tick) for tick in ticks])
        ax.set_xticks([], minor=True)
        ax.yaxis.get_major_locator().set_params(integer=True)
        ax.set(xlabel="length of the window", ylabel="effective repeats", ylim=(0.9, None))
        ax.legend(loc="best", fontsize="small")
        self._title(ax, cluster)
        return ax

    def exposure(self, cluster: int = 0, ax: Any = None) -> Any:
        """How many contacts saw the message how often: a bar for each number of times.

        Counts stand above the bars where there is room; their scale is logarithmic where they differ much.

        Parameters
        ----------
        cluster : int, default 0
            Its number in `report.clusters`.
        ax : matplotlib Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ParameterError
            For a cluster that there is none of; for a report without an audience, or with one in which it is
            not known who follows whom.
        ModuleNotFoundError
            Where matplotlib is not installed.
        """
        cluster = check_cluster("cluster", cluster, self._scores.representatives.size)
        audience, exposure = self._scores.audience, self._scores.exposure
        if audience is None or exposure is None or not audience.exact:
            allowed = "an Audience that knows who follows whom, for plot.exposure"
            raise ParameterError(
                "audience", audience, allowed, "detect(..., audience=Audience.from_edges(...))"
            )
        rows = exposure.exposure["cluster"] == cluster
        times, contacts = exposure.exposure["times"][rows], exposure.exposure["contacts"][rows]
        ax = _axes(ax, (7, 4.2))
        bars = ax.bar(times, contacts, color=_LINE, width=0.8)
        if times.size:
            if contacts.max() > 200 * contacts.min():
                ax.set_yscale("log")
                ax.yaxis.set_major_formatter("{x:,g}")
                ax.set_ylim(0.5, 3 * contacts.max())
            if times.max() <= _BARS:
                ax.margins(y=0.1)
                ax.bar_label(bars, [f"{count:,}" for count in contacts.tolist()], fontsize="small", padding=1)
            ax.set_xlim(0.4, max(int(times.max()), 5) + 0.6)
        else:
            ax.text(0.5, 0.5, "no contact is known", ha="center", transform=ax.transAxes)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set(xlabel="times seen (posts of it that a contact follows)", ylabel="contacts")
        self._title(ax, cluster)
        return ax

    def _shade(self, ax: Any, cluster: int, right: float) -> None:
        """Shade the densest window, as far as the axes go; nothing where the peak is unknown."""
        peak, start = (_take(self._scores.clusters[name], cluster) for name in ("peak", "peak_start"))
        if peak is not None:
            begin = importlib.import_module("matplotlib.dates").date2num(start)
            end = min(begin + self._window / _DAY, right)  # a window may outlast the calendar
            label = f"densest window ({spelled(self._window)}): {peak} timelines"
            ax.axvspan(begin, end, color=_SHADE, lw=0, zorder=0, label=label)

    @property
    def _window(self) -> int:
        """The first window, microseconds."""
        return next(iter(self._scores.windows.values()))

    def _posts(self, cluster: int) -> Posts:
        """The posts of one cluster."""
        cluster = check_cluster("cluster", cluster, self._scores.representatives.size)
        posts = gather(self._corpus, self._scores)
        chosen = slice(*np.searchsorted(posts.cluster, [cluster, cluster + 1]).tolist())
        return Posts(*(getattr(posts, field.name)[chosen] for field in fields(Posts)))

    def _title(self, ax: Any, cluster: int) -> None:
        """Say above the axes which cluster this is, as far as they are wide."""
        template = _take(self._scores.clusters["template"], cluster)
        width = int(ax.get_window_extent().width / ax.figure.dpi * 72 / 6)
        ax.set_title(legible(f"Cluster {cluster}: {template}", max(width, 12)), loc="left", fontsize="medium")


def _axes(ax: Any, size: tuple[float, float]) -> Any:
    """The axes to draw into: those given, or those of a new figure of this size in inches."""
    if ax is not None:
        return ax
    try:
        pyplot = importlib.import_module("matplotlib.pyplot")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(_MISSING) from error
    return pyplot.subplots(figsize=size, layout="constrained")[1]


def _colour_bar(ax: Any, dots: Any, label: str) -> None:
    ax.figure.colorbar(dots, ax=ax, label=label, pad=0.02)


def _floats(column: NDArray[Any] | Column) -> _Floats:
    """A column as float64, NaN where it is null."""
    if isinstance(column, Column):
        return np.where(column.valid, column.values.astype(np.float64), np.nan)
    return column.astype(np.float64)


def _take(column: NDArray[Any] | Column, row: int) -> Any:
    """An entry of a column, None where it is null."""
    if isinstance(column, Column):
        return column.values[row] if column.valid[row] else None
    return column[row]


def _rows(posts: Posts, names: list[Any]) -> tuple[NDArray[np.int64], list[str]]:
    """Each post's row, 1 for the first to post, and what to call every row."""
    alone = np.where(posts.author >= 0, posts.author, len(names) + np.arange(posts.author.size))
    timelines, first, which = np.unique(alone, return_index=True, return_inverse=True)
    time = np.full(timelines.size, np.iinfo(np.int64).max)
    np.minimum.at(time, which, np.where(posts.time == UNKNOWN_TIME, time[which], posts.time))
    order = np.lexsort((timelines, time))
    row = np.empty(timelines.size, dtype=np.int64)
    row[order] = np.arange(timelines.size) + 1
    called = [
        str(names[code]) if code < len(names) else f"message {posts.row[at]}"
        for code, at in zip(timelines[order].tolist(), first[order].tolist(), strict=True)
    ]
    return row[which], called


def _name_rows(ax: Any, names: list[str]) -> None:
    """Rows from the top, by name where there is room for all names, by number where there is not."""
    ax.set_ylim(len(names) + 0.5, 0.5)
    size = importlib.import_module("matplotlib.font_manager").FontProperties(size="small").get_size()
    if len(names) * size * 1.2 <= ax.get_window_extent().height / ax.figure.dpi * 72:
        ax.set_yticks(range(1, len(names) + 1), [legible(name, 26) for name in names], fontsize="small")
    else:
        ax.yaxis.get_major_locator().set_params(integer=True)
        ax.set_ylabel(f"{len(names):,} timelines, the first to post on top")
