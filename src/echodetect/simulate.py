"""Timelines at any size with the truth about every post, from a seed.

Who, what and when are drawn for all posts at once; the texts are spelt in order of time, chunk by chunk, so
that ten million posts need no more than their own table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from echodetect.data.edits import EDITS, LEVELS, OTHERS, WORDS, link, name, other, own_link
from echodetect.data.packs import LANGUAGES, Packs
from echodetect.errors import ParameterError, check_count, check_share
from echodetect.sample import Backend, check_backend, table

__all__ = ["LANGUAGES", "LEVELS", "simulate"]

_KINDS = (*LEVELS, *OTHERS)
_EXACT, _LOW = _KINDS.index("exact"), _KINDS.index("low overlap")
_CHUNK = 10_000
_DAY = 86_400
_START = int(np.datetime64("2026-03-02", "s").astype(np.int64))  # a Monday
_Index: TypeAlias = NDArray[np.int64]


def simulate(
    posts: int = 20_000,
    *,
    authors: int | None = None,
    seed: int = 0,
    echo_share: float = 0.4,
    languages: Iterable[str] = ("nl", "en"),
    levels: Iterable[str] | Mapping[str, float] | None = None,
    backend: Backend | None = None,
) -> Any:
    """Timelines of two weeks with ready-made messages in them, and the truth about every post.

    Each message comes as a burst of copies, within about an hour for four in five, over days for the
    others. Its first copy is always an exact one, whatever `levels` says: copies with different comments are
    tied to each other by the bare message only. At least two authors carry it.

    Parameters
    ----------
    posts : int, default 20,000
        Rows, 0 or more.
    authors : int, optional
        Timelines to draw from, at least 2, by a Zipf law; a 25th of `posts` by default, 10 or more.
    seed : int, default 0
        Not negative. The same arguments and seed give the same rows on every platform.
    echo_share : float, default 0.4
        Share of posts that are copies of a message (all levels, low overlap included), 0 to 1.
    languages : iterable of str, default ("nl", "en")
        Any of nl, en, de, fr, es, ru, el, ar, hi, th, zh, ja; posts are shared out evenly.
    levels : iterable of str or mapping of str to float, optional
        Levels to draw copies from, evenly, or with these weights; `LEVELS` by default.
    backend : {None, "pandas", "polars", "pyarrow"}
        The kind of table; None for a list of dict.

    Returns
    -------
    list of dict, or a frame of that kind, `posts` rows in order of time, `sample`'s columns and two more:

    id, author, posted_at, text
        int from 1, str, datetime (UTC, from 2 March 2026 on), str.
    message : int or null
        The truth: the message that is echoed, from 1; null for other posts and for "low overlap".
    verbatim : float in (0, 1] or null
        The truth: the message's words, in order, over all words of the post (characters in Thai, Chinese
        and Japanese). Links, mentions, hashtags at either end and emoji are no words; a mistyped word is the
        author's own. Null where `message` is null.
    kind : str
        The level of a copy; otherwise "unrelated", or a hard negative, of which none reaches the default
        similarity with any other post: "same link" (a message's link under independent words), "notice" (a
        slot-filled template, 40 to 50 % of its characters filled, 30 to 40 % in Thai, Chinese and Japanese,
        where words have fewer characters in common by chance), "greeting" (common and shorter than twenty
        characters; or 20 to 29 characters with a common opening and an ending of its own) or "quote" (a
        shared headline of fewer than thirty characters inside 24 to 34 words of one's own; its first post has
        the headline bare, which is too short to embed).
    language : str
        The language's code.
    level : str
        A key of `LEVELS`, "none" for posts that copy nothing. A copy has verbatim 1 at exact, link, hashtags,
        mention, emoji, case and truncation (60 to 85 % of the words and an ellipsis); message / (message +
        comment) with comments of 4 to 15 words; all but the changed words with typo (one or two words),
        one and several changed words (two to an eighth); all but the moved ones (at most a seventh) with
        moved clause. Of "low overlap" about 40 % of the characters are replaced (a third in
        Thai, Chinese and Japanese), in pairs of words all over, which leaves a near similarity of some 0.7:
        not the same message, and told apart for evaluation by its level.

    Raises
    ------
    ParameterError
        For a count, share, seed, language, level or backend outside what is allowed.
    ModuleNotFoundError
        When the library of `backend` is not installed.

    Examples
    --------
    >>> rows = simulate(1000, seed=7, languages=["en"])
    >>> len(rows), rows == simulate(1000, seed=7, languages=["en"])
    (1000, True)
    """
    posts = check_count("posts", posts, 0)
    authors = max(10, posts // 25) if authors is None else check_count("authors", authors, 2)
    seed = check_count("seed", seed, 0)
    share = check_share("echo_share", echo_share)
    names = _checked("languages", languages, LANGUAGES)
    kinds = _checked("levels", LEVELS if levels is None else levels, tuple(LEVELS))
    given: Any = LEVELS if levels is None else levels
    weights = given if isinstance(given, Mapping) else dict.fromkeys(kinds, 1.0)
    check_backend(backend)
    rng = np.random.Generator(np.random.PCG64(seed))
    packs = Packs(names)
    plan = _plan(rng, packs, posts, authors, round(share * posts), _weights(weights))
    chunks = [table(columns, backend) for columns in _columns(rng, packs, plan)]
    if backend is None:
        return [row for chunk in chunks for row in chunk]
    frames = [nw.from_native(chunk, eager_only=True) for chunk in chunks]
    return nw.concat(frames).to_native()


def _checked(name: str, values: Iterable[str], allowed: tuple[str, ...]) -> list[str]:
    """Return the values; ParameterError unless there are some, each allowed, none twice."""
    listed = [] if isinstance(values, str) or not isinstance(values, Iterable) else list(values)
    if not listed or any(value not in allowed or listed.count(value) > 1 for value in listed):
        raise ParameterError(name, values, f"one or more, once each, of {', '.join(allowed)}", "pass a list")
    return listed


def _weights(levels: Mapping[str, float]) -> NDArray[np.float64]:
    """Return a weight for each kind of `_KINDS`."""
    allowed = "finite weights, none negative, not all zero"
    try:
        weights = np.array([levels.get(kind, 0.0) for kind in _KINDS], dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError("levels", dict(levels), allowed, "pass numbers") from None
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ParameterError("levels", dict(levels), allowed, "pass shares")
    return weights


# --- who, what and when ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """All posts in order of time, (n,) each, and the words of the messages."""

    message: NDArray[np.int32]  # -1 for none
    kind: NDArray[np.int8]  # in _KINDS
    language: NDArray[np.int8]
    author: NDArray[np.int32]
    time: _Index  # seconds
    words: NDArray[np.int32]  # (messages, width)
    lengths: NDArray[np.int8]  # (messages,)
    place: NDArray[np.int32]  # (n,): in `frames`, ~place for a bare headline; of a greeting; -1 for none
    frames: NDArray[np.int32]  # (templates and headlines, 24): their words


def _plan(
    rng: np.random.Generator,
    packs: Packs,
    posts: int,
    authors: int,
    copies: int,
    weights: NDArray[np.float64],
) -> _Plan:
    sizes = _sizes(rng, copies)
    echoes, count = int(sizes.sum()), sizes.size
    message = np.full(posts, -1, dtype=np.int32)
    message[:echoes] = np.repeat(np.arange(count, dtype=np.int32), sizes)
    first = np.cumsum(sizes) - sizes
    kind = np.empty(posts, dtype=np.int8)
    kind[:echoes] = _draw(rng, weights, echoes)
    kind[first] = _EXACT
    if weights.sum() > weights[_LOW]:  # the second copy makes the message one of two timelines
        spared = np.where(np.arange(len(_KINDS)) == _LOW, 0.0, weights)
        kind[first + 1] = _draw(rng, spared, count)
    others = np.array([OTHERS.get(name, 0) for name in _KINDS], dtype=np.float64)
    kind[echoes:] = _draw(rng, others, posts - echoes)
    spoken = rng.integers(0, len(packs.tongues), count, dtype=np.int8)
    language = rng.integers(0, len(packs.tongues), posts, dtype=np.int8)
    language[:echoes] = spoken[message[:echoes]]

    rank = np.cumsum(10**9 // (np.arange(authors, dtype=np.int64) + 8))
    author = np.searchsorted(rank, rng.integers(0, rank[-1], posts), side="right").astype(np.int32)
    author[first + 1] += author[first + 1] == author[first]
    author %= authors

    time = rng.integers(0, 14, posts) * _DAY + rng.integers(6 * 3600, 13 * 3600, posts)
    time += rng.integers(0, 9 * 3600, posts)
    span = np.where(rng.integers(0, 5, count) == 0, 4 * _DAY, 3600) / np.maximum(sizes, 1)
    gaps = (rng.standard_exponential(echoes) * np.repeat(span, sizes)).astype(np.int64) + 1
    since = np.cumsum(gaps)
    time[:echoes] = np.repeat(time[first], sizes) + since - np.repeat(since[first], sizes)

    order = np.argsort(time, kind="stable")
    joined = packs.joined[spoken]
    lengths = np.where(joined, rng.integers(26, 45, count), rng.integers(16, 31, count)).astype(np.int8)
    words = packs.compose(rng, spoken, 44 if packs.joined.any() else 30)
    message, kind, language = message[order], kind[order], language[order]
    place, frames = _frames(rng, packs, kind, language)
    return _Plan(message, kind, language, author[order], time[order], words, lengths, place, frames)


def _frames(
    rng: np.random.Generator, packs: Packs, kind: NDArray[np.int8], language: NDArray[np.int8]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return `place` and `frames` of a plan.

    A template serves a hundred notices or fewer, so that no two of them come out alike by chance; a headline
    is quoted ten times, more where a language has had a hundred of them. The first post of a headline has it
    bare. Each long greeting is used once, for every other greeting as long as there are any.
    """
    place = np.full(kind.size, -1, dtype=np.int32)
    spoken: list[int] = []
    for code, tongue in enumerate(packs.tongues):
        greeting, notice, quote = (
            np.flatnonzero((language == code) & (kind == _KINDS.index(name)))
            for name in ("greeting", "notice", "quote")
        )
        long = greeting[::2][: len(tongue.wishes)]
        place[long] = np.arange(long.size)
        templates, headlines = max(8, notice.size // 50), min(quote.size // 10 + 1, 100)
        place[notice] = len(spoken) + rng.integers(0, templates, notice.size)
        place[quote] = len(spoken) + templates + rng.integers(0, headlines, quote.size)
        bare = quote[np.unique(place[quote], return_index=True)[1]]
        place[bare] = ~place[bare]
        spoken += [code] * (templates + headlines)
    return place, packs.compose(rng, np.array(spoken), 24)


def _sizes(rng: np.random.Generator, copies: int) -> _Index:
    """Return how many copies each message has: two to hundreds, some ten on average, `copies` in all."""
    if copies < 2:
        return np.empty(0, dtype=np.int64)
    sizes = 2 + (rng.standard_exponential(copies // 2 + 1) * 7).astype(np.int64)
    sizes[rng.integers(0, 50, sizes.size) == 0] *= 8
    total = np.cumsum(sizes)
    last = int(np.searchsorted(total, copies))
    sizes = sizes[: last + 1]
    sizes[-1] -= total[last] - copies
    if sizes.size > 1 and sizes[-1] < 2:
        sizes[-2] += sizes[-1]
        sizes = sizes[:-1]
    return sizes


def _draw(rng: np.random.Generator, weights: NDArray[np.float64], count: int) -> NDArray[np.int8]:
    bounds = np.cumsum(weights) / weights.sum()
    return np.searchsorted(bounds[:-1], rng.random(count), side="right").astype(np.int8)


# --- texts -------------------------------------------------------------------------------------------------


def _columns(
    rng: np.random.Generator, packs: Packs, plan: _Plan
) -> Iterator[dict[str, list[str] | NDArray[Any]]]:
    """Yield the table chunk by chunk, at least once."""
    levels = [kind if kind in LEVELS else "none" for kind in _KINDS]
    codes = [tongue.language for tongue in packs.tongues]
    for start in range(0, max(plan.kind.size, 1), _CHUNK):
        part = slice(start, start + _CHUNK)
        kind = plan.kind[part]
        texts, shares = _spell(rng, packs, plan, part)
        kinds, source = kind.tolist(), plan.message[part].astype(np.int64)
        yield {
            "id": np.arange(start + 1, start + 1 + kind.size, dtype=np.int64),
            "author": [name(number) for number in plan.author[part].tolist()],
            "posted_at": (plan.time[part] + _START).astype("datetime64[s]").astype("datetime64[us]"),
            "text": texts,
            "message": np.where((kind == _LOW) | (source < 0), -1, source + 1),
            "verbatim": np.where(kind == _LOW, np.nan, shares),
            "kind": [_KINDS[number] for number in kinds],
            "language": [codes[number] for number in plan.language[part].tolist()],
            "level": [levels[number] for number in kinds],
        }


def _spell(
    rng: np.random.Generator, packs: Packs, plan: _Plan, part: slice
) -> tuple[list[str], NDArray[np.float64]]:
    """Return the texts of a chunk and the share of each that is the message's, NaN for none."""
    kinds, languages, messages = plan.kind[part], plan.language[part], plan.message[part]
    texts, shares = [""] * kinds.size, np.full(kinds.size, np.nan)
    for number, kind in enumerate(_KINDS):
        rows = np.flatnonzero(kinds == number)
        language, source = languages[rows], messages[rows].astype(np.int64)
        places = plan.place[part][rows]
        dice = rng.integers(0, 2**31, (rows.size, 4))
        own = packs.words[packs.compose(rng, language, WORDS.get(kind, 0))].tolist()
        if edit := EDITS.get(kind):
            given, lengths = plan.words[source], plan.lengths[source].tolist()
        else:
            frame = np.maximum(places, ~places)  # of a bare headline too
            given = plan.frames[frame if kind in ("notice", "quote") else np.zeros_like(frame)]
            lengths = [given.shape[1]] * rows.size
            source = dice[:, 1] % max(plan.lengths.size, 1) // 10 * 10  # a message that has a link
        tongues = [packs.tongues[code] for code in language.tolist()]
        words = packs.words[given].tolist()
        each = zip(
            rows.tolist(),
            source.tolist(),
            tongues,
            words,
            lengths,
            own,
            dice.tolist(),
            places.tolist(),
            strict=True,
        )
        for row, message, tongue, line, length, spare, die, place in each:
            if edit:
                text, shares[row] = edit(tongue, line[:length], spare, die)
                texts[row] = text + (own_link(die[3]) if kind == "link" else link(message))
            else:
                texts[row] = other(kind, tongue, line, spare, die, place)
                if kind == "same link":
                    texts[row] += link(message)
                elif kind == "unrelated" and die[3] % 5 == 0:
                    texts[row] += own_link(die[3])
    return texts, shares
