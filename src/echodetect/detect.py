"""`detect`: the wiring, read top to bottom as the way of the data."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from echodetect import frames
from echodetect.audience import Audience
from echodetect.candidates import Search, check_search, find
from echodetect.columns import warn_of_times
from echodetect.corpus import collect
from echodetect.errors import check_count, check_flag, check_share, check_windows
from echodetect.exposure import check_audience, unknown_authors
from echodetect.heap import give_back, keep_freed
from echodetect.progress import telling
from echodetect.regroup import Regroup
from echodetect.report import Report


def detect(
    messages: Any,
    *,
    text: str = "text",
    author: str | None = "author",
    time: str | None = "posted_at",
    id: str | None = "id",
    day_first: bool | None = None,
    similarity: float = 0.85,
    embedded: bool = True,
    window: Any = "1h",
    min_length: int = 20,
    min_authors: int = 2,
    min_embedded: int = 30,
    audience: Audience | None = None,
    search: Search | None = None,
    workers: int | None = None,
    progress: bool | Callable[[str, int, int], None] = False,
) -> Report:
    """Find near-identical messages over many timelines, and how saturated a shared contact is with each.

    Parameters
    ----------
    messages
        pandas, polars (a lazy frame is collected), pyarrow, a DuckDB relation or anything else that narwhals
        reads; list of str, list of dict, dict of columns. n rows.
    text, author, time, id
        Column names; None where there is none. A list of str has none of the last three. Times without a zone
        are UTC; strings are ISO 8601, or 31/03/2026 09:00 and the like where the column shows which is the
        day. Without authors nobody knows how many timelines there are: `min_authors` takes each post for one
        of its own, and saturation has bounds only.
    day_first
        Whether the day stands first in 02/03/2026; None for what the column shows: one above the twelfth.
    similarity
        0..1, on folded text: two posts are linked when their normalised Indel similarity is at least this, or
        (`embedded`) when this share of the shorter one stands, in order, in one stretch of the longer one.
    embedded
        Whether a post that carries the message inside words of its own belongs to the cluster.
    window
        How long a contact remembers, as "1h", "24 hours", timedelta, numpy or pandas timedelta; closed, >= 0.
        A list of several, ["1h", "24h"], adds columns for each further one: peak_24h, saturation_24h ...
    min_length
        Folded characters below which a post joins no cluster; `Report.counts` says how many there were.
    min_authors
        A cluster is an echo only when this many timelines carry it; 1 keeps an author's own repeats too.
    min_embedded
        Folded characters below which a text embeds in nothing: a greeting inside a post is no echo of it. A
        text of up to a third more has to stand there verbatim.
    audience
        Who follows the authors (`echodetect.Audience`), by the authors of the author column: adds to
        `clusters` what their contacts saw, and fills `exposure` and `timelines`.
    search
        How candidates are looked for; None for the measured defaults (`echodetect.Search`).
    workers
        Threads; None for all cores. The result does not depend on it.
    progress
        True for bars on standard error or in the notebook (tqdm; a line where it is not installed), or a
        callable(stage, done, total). Nothing is shown by default.

    Returns
    -------
    Report
        Frames of the caller's kind: `clusters`, `messages`, `pairs`; and `labels`, int64 (n,).

    Raises
    ------
    ParameterError, ColumnNotFoundError, ColumnTypeError
        Naming the parameter, the value, what is allowed and what to do.

    Warns
    -----
    UnreadTimesWarning
        When more than half of the times that are no nulls could not be read.

    Examples
    --------
    >>> import echodetect
    >>> report = echodetect.detect(echodetect.sample())
    >>> report.clusters[0]["authors"] >= 5
    True
    """
    similarity = check_share("similarity", similarity)
    windows = check_windows(window)
    check_audience(audience)
    check_flag("embedded", embedded)
    check_search(search)
    if day_first is not None:
        check_flag("day_first", day_first)
    min_length = check_count("min_length", min_length, 1)
    min_authors = check_count("min_authors", min_authors, 1)
    min_embedded = check_count("min_embedded", min_embedded, 1)
    threads = (os.cpu_count() or 1) if workers is None else check_count("workers", workers, 1)
    keep_freed()
    with telling(progress) as tell:
        columns, caller = frames.read(
            messages, text=text, author=author, time=time, id=id, day_first=day_first
        )
        warn_of_times(columns, time, stacklevel=2)
        strangers = (
            {} if audience is None else unknown_authors(audience, columns.author_names, columns.author)
        )
        corpus = collect(columns, min_length, threads, lambda done, total: tell("folding", done, total))
        give_back()
        tell("searching", 0, len(corpus.texts))
        found = find(corpus.texts, search, workers=threads)
        give_back()
        tell("searching", len(corpus.texts), len(corpus.texts))
        counts = {**columns.counts, **strangers, **corpus.counts, **found.counts}
        counts["candidates dropped unread"] = found.dropped
        regroup = Regroup(
            caller,
            corpus,
            embedded,
            windows,
            min_length,
            min_authors,
            min_embedded,
            audience,
            threads,
            {what: count for what, count in counts.items() if count},
            found.waiting,
        )
        tell("verifying", 0, found.left.size)
        first = found.at_once
        edges = regroup.verifier(similarity, *first).edges(*first)
        tell("verifying", found.left.size, found.left.size)
        tell("clustering", 0, len(corpus.texts))
        report = regroup.report(edges, similarity)
        tell("done", 1, 1)
    return report
