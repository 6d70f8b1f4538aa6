"""What the page says of each message: its figures, its timeline, what if, and its posts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect import svg, whatif
from echodetect.corpus import Corpus
from echodetect.errors import ParameterError
from echodetect.escape import block, inline, marked, pieces
from echodetect.frames import UNKNOWN_TIME, Column
from echodetect.posts import gather, plain, stretches, take
from echodetect.redact import Pseudonyms
from echodetect.render import instant, percent, saturation, whole
from echodetect.scores import Scores
from echodetect.spans import spans

__all__ = ["MOST_CHARACTERS", "Section", "length", "sections"]

_Index = NDArray[np.int64]
_Rows = list[dict[str, Any]]

MOST_CHARACTERS = 1_000  # of one post, and of a template, that the page shows
_AHEAD = 500  # characters looked at beyond them, so that no name is cut in two
_OWN_WORDS = 10
_SHARE_OF_WINDOW = 4
_UNITS = (("d", 86_400 * 10**6), ("h", 3_600 * 10**6), ("min", 60 * 10**6), ("s", 10**6), ("ms", 1_000))
_NOBODY = "unknown"
_MARKS = r"[^\w@\[\]]"  # but those of mentions and of [link]


@dataclass(frozen=True, slots=True)
class Section:
    """A message on the page: its row of `Report.clusters`, its template as it is shown, and its section."""

    figures: dict[str, Any]
    template: str
    html: str


def sections(
    corpus: Corpus, scores: Scores, pseudonyms: Pseudonyms | None, messages: int, posts: int
) -> Iterator[Section]:
    """The first messages, most saturated first, each with at most so many of its posts."""
    book = _Book(corpus, scores, pseudonyms, messages, posts)
    for number in range(book.total):
        yield book.section(number)


def length(microseconds: int) -> str:
    """A length of time in its largest units: 1 h 30 min."""
    parts, rest = [], microseconds
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        parts += [f"{count:,} {unit}"] if count else []
    parts += [f"{rest} µs"] if rest or not parts else []
    return " ".join(parts)


class _Book:
    """All that the sections are written from, made for all of them at once."""

    def __init__(
        self, corpus: Corpus, scores: Scores, pseudonyms: Pseudonyms | None, messages: int, posts: int
    ) -> None:
        self._texts, self._pseudonyms = corpus.columns.texts, pseudonyms
        self.total = min(messages, scores.representatives.size)
        first = np.arange(self.total)
        self._figures = plain({name: take(column, first) for name, column in scores.clusters.items()})
        self._window = scores.windows[""]
        names = [str(name) for name in corpus.columns.author_names]
        self._labels = [*(names if pseudonyms is None else map(pseudonyms.of, names)), _NOBODY]
        self._what_if = _what_if(corpus, scores, self._labels, names)

        # By message, time and then by what is shown, so that neither the order of rows nor that of real
        # names behind pseudonyms shows.
        found = gather(corpus, scores)
        some = np.searchsorted(found.cluster, self.total)
        cluster, author = found.cluster[:some], found.author[:some]
        place = np.empty(len(self._labels), dtype=np.int64)
        place[sorted(range(len(names)), key=self._labels.__getitem__)] = np.arange(len(names))
        place[-1] = len(names)
        time = found.time[:some]
        late = np.where(time == UNKNOWN_TIME, np.iinfo(np.int64).max, time)
        order = np.lexsort((place[author], late, cluster))
        self._author, self._time = author[order], time[order]
        self._row, self._verbatim = found.row[:some][order], found.verbatim[:some][order]
        self._parts = stretches(cluster) if some else []
        self._shown = [self._first(low, high, posts) for low, high in self._parts]
        self._heads = corpus.first[scores.representatives[: self.total]].tolist()
        self._own = self._own_words(corpus, scores)

    def _first(self, low: int, high: int, most: int) -> list[int]:
        """Places of a message's first posts; texts settle which of those of one person and moment."""
        end = min(low + most, high)
        while low < end < high and (self._time[end], self._author[end]) == (
            self._time[end - 1],
            self._author[end - 1],
        ):
            end += 1
        some = list(range(low, end))
        key = [(self._time[at], self._labels[self._author[at]]) for at in some]
        if len(set(key)) < len(key):
            begin: dict[Any, int] = {}
            tied = [begin.setdefault(one, at) for one, at in zip(key, some, strict=True)]
            some = sorted(some, key=lambda at: (tied[at - low], self._texts[int(self._row[at])]))
        return some[:most]

    def _own_words(self, corpus: Corpus, scores: Scores) -> dict[int, list[tuple[int, int]]]:
        """Spans of own words of all posts that are shown, and of what the templates were made from."""
        shown = np.array([at for part in self._shown for at in part], dtype=np.int64)
        rows = np.union1d(self._row[shown], np.array(self._heads, dtype=np.int64))
        verbatim = scores.messages["verbatim"]
        assert isinstance(verbatim, Column)
        heads = scores.representatives[scores.labels[rows]]
        found = spans(corpus, rows, heads, scores.kept, verbatim.values[rows])
        own: dict[int, list[tuple[int, int]]] = {}
        for row, start, end in zip(found.row.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
            own.setdefault(row, []).append((start, end))
        return own

    def section(self, number: int) -> Section:
        """One message."""
        figures = self._figures[number]
        ready_made, cut = self._template(number)
        parts = [
            f'<div id="m{number}">',
            _facts(figures, self._window),
            self._figure(number),
            f'<h3>Ready-made message</h3><p class="t" dir="auto" lang="">{block(ready_made)}</p>{cut}',
            _list("What if", [f"<li>{line}</li>" for line in self._what_if[number]], "if"),
            self._posts(number),
            "</div>",
        ]
        return Section(figures, ready_made, "".join(parts))

    def _template(self, number: int) -> tuple[str, str]:
        """A template as it is shown, and a word on what of it is not.

        Behind pseudonyms it is made anew from the post that it comes from: of a name or a link in there, a
        template may hold a part that nobody would know for one.
        """
        text, own = self._figures[number]["template"], []
        if self._pseudonyms is not None:
            row = self._heads[number]
            text, own = self._texts[row], self._own.get(row, [])
        shown, cut = self._cut(text, own)
        parts = [("" if is_own else part) for part, is_own in shown]
        for at, (_, is_own) in enumerate(shown):
            if is_own:  # as where templates are made: what stands around left-out words goes with them
                parts[at] = " … "
                if at:
                    parts[at - 1] = re.sub(rf"{_MARKS}+$", "", parts[at - 1])
                if at + 1 < len(parts):
                    parts[at + 1] = re.sub(rf"^{_MARKS}+", "", parts[at + 1])
        return "".join(parts).strip(), cut

    def _cut(self, text: str, own: Sequence[tuple[int, int]]) -> tuple[list[tuple[str, bool]], str]:
        """A text as it is shown, in pieces, and a word on what of it is not."""
        cover = [] if self._pseudonyms is None else self._pseudonyms.cover(text[: MOST_CHARACTERS + _AHEAD])
        left = len(text) - MOST_CHARACTERS
        more = f'<p class="more">… and {left:,} more characters</p>' if left > 0 else ""
        return pieces(text, own, cover, MOST_CHARACTERS), more

    def _figure(self, number: int) -> str:
        low, high = self._parts[number]
        rows: dict[int, int] = {}
        marks: list[svg.Mark] = []
        author, time = self._author[low:high].tolist(), self._time[low:high].tolist()
        for who, when, share in zip(author, time, self._verbatim[low:high].tolist(), strict=True):
            if when == UNKNOWN_TIME:
                continue
            row = rows.setdefault(who, len(rows))
            if row < svg.MOST_ROWS:
                marks.append((row, when, share))
        if not marks:
            return '<p class="more">No times are known: there is no timeline to draw.</p>'
        figures = self._figures[number]
        names = [self._labels[who] for who in list(rows)[: svg.MOST_ROWS]]
        untimed = time.count(UNKNOWN_TIME)
        text = f"{figures['first_seen']:%Y-%m-%d %H:%M} to {figures['last_seen']:%Y-%m-%d %H:%M} UTC."
        shaded = None
        if figures["peak_start"] is not None:
            start = int(np.datetime64(figures["peak_start"], "us").astype(np.int64))
            shaded = start, start + self._window
            text += (
                f" Shaded: {length(self._window)} in which {_count(figures['peak'], 'timeline')} carried it."
            )
        drawn = min(len(marks), svg.MOST_MARKS)
        if drawn < high - low - untimed:
            text += f" Drawn are {drawn:,} of {high - low - untimed:,} posts, on {len(names):,} timelines."
        if untimed:
            text += f" Without a time, and not drawn: {_count(untimed, 'post')}."
        figure = svg.timeline(names, marks, shaded, f"Timelines by time. {text}")
        return (
            f'<figure><div class="scroll" tabindex="0">{figure}</div><figcaption>{text}</figcaption></figure>'
        )

    def _posts(self, number: int) -> str:
        low, high = self._parts[number]
        items = []
        for at in self._shown[number]:
            row, time = int(self._row[at]), instant(int(self._time[at]))
            text, cut = self._cut(self._texts[row], self._own.get(row, ()))
            when = "time unknown" if time is None else f"{time:%Y-%m-%d %H:%M}"
            share = float(self._verbatim[at])
            how = "word for word" if share >= 1 else f"{percent(share)} ready-made"
            items.append(
                f'<li><span class="when">{when}</span>'
                f'<b class="who" dir="auto">{inline(self._labels[self._author[at]])}</b>'
                f'<span class="how">{how}</span><div class="p" dir="auto" lang="">{marked(text)}</div>'
                f"{cut}</li>"
            )
        left = high - low - len(items)
        more = f'<p class="more">… and {_count(left, "more post")}</p>' if left else ""
        return _list("Posts", items, "posts") + more


def _facts(figures: dict[str, Any], window: int) -> str:
    """Figures beside those that open the section; one text, as elements are what a browser takes time for."""
    facts = [
        f"{whole(figures['peak'])} timelines within {length(window)}",
        f"effective repeats {_decimal(figures['effective_repeats'])}",
        f"{percent(figures['mean_verbatim'])} ready-made on average",
        f"{percent(figures['personalised_share'])} of posts with own words",
        f"weakest likeness {_decimal(figures['min_similarity'])}",
    ]
    if "audience_saturation" in figures:
        facts += [
            f"audience saturation {saturation(figures, 'audience_saturation')}",
            f"{whole(figures['impressions'])} impressions",
            f"{whole(figures['reach'])} contacts reached",
            f"{whole(figures['redundant_impressions'])} redundant impressions",
        ]
    return f'<p class="facts">{" · ".join(facts)}</p>'


def _what_if(corpus: Corpus, scores: Scores, labels: list[str], names: list[str]) -> list[list[str]]:
    """Of every message, what it would be had its posts been others."""
    lines: list[list[str]] = [[] for _ in range(scores.representatives.size)]
    gap = scores.windows[""] // _SHARE_OF_WINDOW
    asked = [(gap, 0, f"no post within {length(gap)} of the one before")] if gap else []
    for apart, words, what in [*asked, (None, _OWN_WORDS, f"{_OWN_WORDS} more words of everyone's own")]:
        try:
            rows = plain(whatif.changed(corpus, scores, apart, words))
        except ParameterError:  # posts would have to move beyond the calendar
            continue
        for row in rows:
            moved = f" ({_count(row['posts_moved'], 'post')} later)" if row["posts_moved"] else ""
            lines[row["cluster"]].append(f"With {what}{moved}: {_then(row)}.")
    last, code = -1, {name: at for at, name in reversed(list(enumerate(names)))}
    for row in plain(whatif.one_post(corpus, scores)):
        if row["cluster"] == last:  # the first row is the one to ask, or whose absence changes most
            continue
        last, who = row["cluster"], inline(labels[code[str(row["author"])]])
        if row.get("new_contacts") is not None:
            reached = whole(row["new_contacts"])
            line = f"With one post only, best by {who}: {reached} contacts reached, no repetition."
        else:
            line = (
                f"Without what {who} posted: saturation {_decimal(row['saturation'])} → "
                f"{_decimal(row['saturation_without'])}."
            )
        lines[last].append(line)
    return lines


def _then(row: dict[str, Any]) -> str:
    names = ["effective_repeats", "saturation", "redundant_impressions"]
    changes = []
    for name in names:
        if name in row:
            form = whole if name == "redundant_impressions" else _decimal
            changes.append(f"{name.replace('_', ' ')} {form(row[name])} → {form(row[f'{name}_then'])}")
    return ", ".join(changes)


def _list(title: str, items: Sequence[str], kind: str) -> str:
    return f'<h3>{title}</h3><ul class="{kind}">{"".join(items)}</ul>' if items else ""


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _decimal(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"
