"""The result of a detection: tables in the caller's own kind, labels, and the view of one cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from echodetect import notebook, render
from echodetect.corpus import Corpus
from echodetect.errors import ParameterError, check_cluster, check_count, check_share
from echodetect.frames import UNKNOWN_TIME, Caller, Column
from echodetect.page import page
from echodetect.plot import Plots
from echodetect.questions import Questions
from echodetect.review import Review, review
from echodetect.scores import Scores
from echodetect.verify import Edges


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a cluster.

    row: its number among the messages. author, time (aware datetime, UTC): None where unknown. own: spans of
    `text` that hold its author's own words, half-open character offsets.
    """

    row: int
    author: Any
    time: Any
    text: str
    verbatim: float
    own: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster: its figures (a row of `Report.clusters` as a dict) and its posts.

    Posts stand in order of time, those of unknown time last.
    """

    figures: dict[str, Any]
    posts: list[Post]

    @property
    def template(self) -> str:
        """The ready-made message, as its representative spells it."""
        return str(self.figures["template"])

    def __repr__(self) -> str:
        return render.cluster(self.figures, self.posts)

    def _repr_html_(self) -> str:
        return notebook.cluster(self.figures, self.posts)

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        yield "figures", self.figures
        yield "posts", self.posts


class Report(Questions):
    """What `echodetect.detect` found; nothing in it changes after it was made.

    Attributes
    ----------
    clusters
        A row per cluster, most saturated first, in the caller's kind of frame.
    messages
        The caller's rows in their order, with the columns that say what each is part of.
    pairs
        Verified pairs: left, right (row numbers, left < right), similarity, embedded. Copies with equal
        folded text are linked to the first of them only, not each to each.
    labels
        int64 (n,): each message's cluster, -1 outside every cluster.
    counts
        dict of str to int: messages set aside and odd values by reason, what was bounded in the search, and
        the rows of each column of the caller's own that gave way to one of `messages`.
    parameters
        What it was made with, as `detect` takes it: ``detect(messages, **report.parameters)`` makes it again,
        with the columns, `day_first`, `audience` and `search` that it had.
    exposure, timelines, spans
        Further tables: what contacts saw, what of it each timeline added, where own words stand.
    """

    def __init__(
        self,
        caller: Caller,
        corpus: Corpus,
        scores: Scores,
        edges: Edges,
        parameters: dict[str, Any],
        counts: dict[str, int],
        again: Callable[[float], Report],
    ) -> None:
        self._caller = caller
        self._corpus = corpus
        self._scores = scores
        self._edges = edges
        self._again = again
        self.parameters = parameters
        names = caller.names() if self.labels.size else set()
        replaced = [name for name in scores.messages if name in names]
        self.counts = counts | {
            f"column {name!r} replaced in messages": self.labels.size for name in replaced
        }

    @property
    def labels(self) -> NDArray[np.int64]:
        """Each message's cluster; int64 (n,), -1 outside every cluster."""
        labels = self._scores.labels.view()
        labels.flags.writeable = False
        return labels

    @cached_property
    def clusters(self) -> Any:
        """A row per cluster, most saturated first."""
        return self._caller.table(self._scores.clusters)

    @cached_property
    def messages(self) -> Any:
        """The caller's messages with the columns that say what each is part of.

        A column of the caller's own that has one of their names is replaced, and `counts` says so.
        """
        return self._caller.with_columns(self._scores.messages)

    @cached_property
    def pairs(self) -> Any:
        """Verified pairs of rows, ascending."""
        corpus, edges = self._corpus, self._edges
        rows = np.flatnonzero(corpus.text_of >= 0)
        first = corpus.first[corpus.text_of[rows]]
        copies = rows != first
        one = np.concatenate([first[copies], corpus.first[edges.left]])
        other = np.concatenate([rows[copies], corpus.first[edges.right]])
        equal = np.ones(int(copies.sum()))
        threshold = self.parameters["similarity"]
        similarity = np.concatenate([equal, edges.score(threshold)])
        embedded = np.concatenate([equal == 0, edges.near < threshold])
        left, right = np.minimum(one, other), np.maximum(one, other)
        order = np.lexsort((right, left))
        return self._caller.table(
            {
                "left": left[order],
                "right": right[order],
                "similarity": similarity[order],
                "embedded": embedded[order],
            }
        )

    def rethreshold(self, similarity: float) -> Report:
        """The report that `detect` would give at a stricter similarity; nothing is folded or hashed again.

        Raises ParameterError for a similarity below this report's: links below it were not kept.
        """
        similarity = check_share("similarity", similarity)
        least = self.parameters["similarity"]
        if similarity < least:
            raise ParameterError("similarity", similarity, f"from {least} to 1", "run detect at a lower one")
        return self._again(similarity)

    @property
    def plot(self) -> Plots:
        """Pictures, in matplotlib: `plot()` of all clusters, `plot.timeline(0)` of one; see `Plots`."""
        return Plots(self._corpus, self._scores)

    def cluster(self, number: int) -> Cluster:
        """One cluster by its number in `clusters`: template, and posts with their own words marked."""
        number = check_cluster("number", number, self._scores.representatives.size)
        figures = {name: _value(column, number) for name, column in self._scores.clusters.items()}
        columns = self._corpus.columns
        rows = np.flatnonzero(self.labels == number)
        verbatim = self._scores.messages["verbatim"]
        assert isinstance(verbatim, Column)
        own: dict[int, list[tuple[int, int]]] = {row: [] for row in rows.tolist()}
        marked = self._spans_of(rows)
        for row, *span in zip(marked.row.tolist(), marked.start.tolist(), marked.end.tolist(), strict=True):
            own[row].append((span[0], span[1]))
        posts = []
        time = np.where(columns.time == UNKNOWN_TIME, np.iinfo(np.int64).max, columns.time)[rows]
        rows = rows[np.argsort(time, kind="stable")]
        for row, text in zip(rows.tolist(), columns.texts.at(rows), strict=True):
            code = -1 if columns.author is None else int(columns.author[row])
            post = Post(
                row,
                None if code < 0 else columns.author_names[code],
                _instant(columns.time[row]),
                text,
                float(verbatim.values[row]),
                own[row],
            )
            posts.append(post)
        return Cluster(figures, posts)

    def review(self, count: int = 20) -> Review:
        """What to read to judge the threshold by eye: the least certain members and the largest clusters.

        Parameters
        ----------
        count : int, default 20
            Rows of each table at most, 0 or more.

        Returns
        -------
        Review
            Frames of the caller's kind: `least_certain`, the members with the weakest tie to their cluster's
            representative, weakest first, copies of one folded text once; and `largest`, the clusters with
            most posts. Printed, it shows both as plain text. Neither depends on the order of the messages.

        Raises
        ------
        ParameterError
            For a count that is no whole number from 0.

        Examples
        --------
        >>> import echodetect
        >>> review = echodetect.detect(echodetect.sample()).review(3)
        >>> [round(row["similarity"], 2) for row in review.least_certain]
        [0.85, 0.85, 0.86]
        >>> [row["posts"] for row in review.largest]
        [25, 23, 21]
        """
        return review(self._caller, self._corpus, self._scores, check_count("count", count, 0))

    def top(self, count: int = 10) -> list[dict[str, Any]]:
        """The first `count` rows of `clusters` as dicts, whatever the caller's kind."""
        total = min(check_count("count", count, 0), self._scores.representatives.size)
        columns = self._scores.clusters
        return [{name: _value(column, row) for name, column in columns.items()} for row in range(total)]

    def summary(self, top: int = 10) -> str:
        """The report as plain text: what was found, the most saturated clusters, what was set aside."""
        top, total = check_count("top", top, 0), self._scores.representatives.size
        return render.report(self.top(top), self.labels, total, self.counts)

    def to_html(
        self,
        path: str | os.PathLike[str] | TextIO,
        *,
        redact: bool | str = False,
        title: str = "Echo report",
        messages: int = 2_000,
        posts: int | None = None,
    ) -> Path | None:
        """Write the whole report as one HTML file that needs nothing else, neither network nor script.

        Parameters
        ----------
        path : str, path or text file
            Where to; a file that is there is replaced. A text file that is open for writing is written to,
            in its own encoding: the page says UTF-8.
        redact : bool or str, default False
            Whether people go by pseudonyms, and links and addresses in posts are left out; docs/html.md says
            exactly what is hidden and what is not. The same data give everyone the same pseudonym; with a
            secret string instead of True, so does all data, and who lacks the secret cannot try out names.
        title : str, default "Echo report"
            What stands at the top, shown as it is.
        messages : int, default 2,000
            How many clusters are shown at most, most saturated first; the page says how many more there are.
        posts : int, optional
            How many posts of each at most, earliest first; the page says how many more. None for as many as
            make 10,000 in all, 5 to 50 of each, with which 2,000 clusters open within two seconds.

        Returns
        -------
        pathlib.Path or None
            Where the file is; None for an open file.

        Raises
        ------
        ParameterError
            For a path that is none, an empty secret, a title that is no text, counts below 0.
        OSError
            Where the file cannot be written.

        Examples
        --------
        >>> import echodetect, io
        >>> file = io.StringIO()
        >>> echodetect.detect(echodetect.sample()).to_html(file, title="March")
        >>> file.getvalue()[:15]
        '<!DOCTYPE html>'
        """
        if not hasattr(path, "write") and not isinstance(path, str | os.PathLike):
            raise ParameterError("path", path, "a path or an open text file", 'pass "echoes.html", say')
        text = page(
            self._corpus,
            self._scores,
            self.parameters,
            self.counts,
            redact=redact,
            title=title,
            messages=messages,
            posts=posts,
        )
        if isinstance(path, str | os.PathLike):
            Path(path).write_text(text, encoding="utf-8", newline="\n")
            return Path(path)
        try:
            path.write(text)
        except TypeError as error:  # a file of bytes
            raise ParameterError("path", path, "open for text", 'open(..., "w", encoding="utf-8")') from error
        return None

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        inside, total = int((self.labels >= 0).sum()), self._scores.representatives.size
        return notebook.report(self.top(), inside, self.labels.size, total, self.counts)

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        yield "clusters", self._scores.representatives.size
        yield "messages", self.labels.size
        yield "in_clusters", int((self.labels >= 0).sum())
        yield "parameters", self.parameters
        yield "counts", self.counts


def _value(column: NDArray[Any] | Column, row: int) -> Any:
    """A Python value of a column, None for a null."""
    if isinstance(column, Column):
        if not column.valid[row]:
            return None
        column = column.values
    if column.dtype.kind == "M":
        return _instant(column[row : row + 1].view(np.int64)[0])
    return column[row : row + 1].tolist()[0]


def _instant(microseconds: np.int64) -> Any:
    """An aware datetime, None where unknown."""
    return render.instant(int(microseconds))
