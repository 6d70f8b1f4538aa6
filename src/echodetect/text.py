"""Folding of text on flat code-point arrays: what is compared, never what is shown.

A chunk of messages becomes one array of code points with a break between messages; a table folds case,
width, accents and punctuation (`foldtable`); links, mentions, RT and via marks, leading and trailing
hashtags are then found at the few positions that hold markup, and blanked. docs/folding.md states the rules
as a table, each with its test.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, pairwise, starmap
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from echodetect.arrays import check_texts
from echodetect.errors import check_count
from echodetect.folded import as_text, chunks, code_points, lengths_of, lines, within
from echodetect.foldtable import (
    ATTACHED,
    BREAK,
    COMPOSES,
    DENSE,
    DROPPED,
    EXPANDS,
    MARKUP,
    MOVES,
    REMOVED,
    SHIFT,
    SPACE,
    STOP,
    WORD,
    dense_pattern,
    expansion,
    look_up,
)
from echodetect.heap import keep_freed
from echodetect.markup import (
    MARGIN,
    Codes,
    Flags,
    Index,
    Mask,
    blank_markup,
    ellipses,
    run_ends,
    sparse,
    wordless,
)
from echodetect.shingles import content_keys

MOST_CHARACTERS = 10_000  # folded characters that are compared: bounds the cost of one pair
_CHUNK = 1 << 19  # characters: calls on their arrays are long, as threads wait for each other between calls
_Codes = NDArray[np.uint32]
_Made = TypeVar("_Made")

_MOST_MARKS = 32  # on one letter; Unicode's stream-safe text has 30 (UAX #15). More stay in the order typed
_NOWHERE: Index = np.empty(0, dtype=np.int64)

_LETTERS, _MARKS = dense_pattern()
_FIRST_DENSE = 0x0E00  # every script without spaces is from here on
_MAYBE_DENSE = re.compile(f"[{chr(_FIRST_DENSE)}-{chr(0x10FFFF)}]")
_TOKEN = re.compile(f"[{_LETTERS}][{_MARKS}]*|[^ {_LETTERS}]+")


class Folded(NamedTuple):
    """Folded texts and what else is known of them.

    pieces: long strings of texts, a break behind each text; lengths: characters, int64 (n,); keys:
    `content_keys`, uint64 (n,); cut, shortened: bool (n,).

    A text is cut that ends in the ellipsis of a truncated copy: behind it no word is left to compare. One
    that was longer than `MOST_CHARACTERS` is shortened to them.
    """

    pieces: list[str]
    lengths: Index
    keys: NDArray[np.uint64]
    cut: Mask
    shortened: Mask


def fold(texts: Sequence[str], *, workers: int = 1) -> list[str]:
    """What is compared of each text.

    Parameters
    ----------
    texts
        Sequence, Series or array of str, length n. NUL and lone surrogates are taken as spaces.
    workers
        Threads; the result does not depend on it.

    Returns
    -------
    list of str, length n, in the order of `texts`: words in lower case without accents, parted by single
    spaces; an empty string where nothing is left to compare.

    Raises
    ------
    ParameterError
        For one str in place of a sequence of them, and for anything in it that is none.

    Examples
    --------
    >>> fold(["RT @ann: Ｏur “new” café – open NOW… https://sho.rt/x1 #food 🎉", "#food"])
    ['our new cafe open now', '']
    """
    texts = check_texts(texts)
    workers = check_count("workers", workers, 1)
    return list(chain.from_iterable(fold_chunks(lambda codes, ends: lines(codes), texts, workers)))


def fold_chunks(work: Callable[[Codes, Index], _Made], texts: Sequence[str], workers: int) -> Iterator[_Made]:
    """What `work` makes of the texts chunk by chunk, in order, without a str for each.

    It is given the code points of a chunk's folded texts, a break behind each, and where the breaks are.
    """

    def fold_chunk(lengths: Index, text: str) -> _Made:
        code, flags, _ = _clean(*_bordered(lengths, text))
        marks, breaks = _marks(code, flags)
        blank_markup(code, flags, marks, breaks)
        return work(*_spell(code, flags, wordless(flags, breaks), breaks))

    return _each_chunk(fold_chunk, lengths_of(texts), partial(_joined, texts), workers)


def _joined(texts: Sequence[str], start: int, stop: int) -> str:
    return "\n".join(texts[start:stop])


def fold_with_keys(lengths: Index, join: Callable[[int, int], str], workers: int) -> Iterator[Folded]:
    """Texts folded, and on the way what else is known of them, chunk by chunk, in order.

    lengths: of the texts, in characters, int64 (n,). join: gives the texts from a row up to another, as one
    str with a line feed between any two; called by the thread that folds them.
    """
    return _each_chunk(_fold_chunk_with_keys, lengths, join, workers)


def joined(parts: Sequence[Folded]) -> Folded:
    """All parts, one after the other."""
    none = np.empty(0, dtype=np.int64)
    nothing = Folded([], none, none.view(np.uint64), none.astype(np.bool_), none.astype(np.bool_))
    pieces, *others = zip(nothing, *parts, strict=True)
    return Folded(list(chain.from_iterable(pieces)), *map(np.concatenate, others))


def is_cut(text: str) -> bool:
    """Whether an original text ends in the ellipsis of a truncated copy, before nothing but markup.

    Examples
    --------
    >>> is_cut("Join us on Fri… https://sho.rt/x #food"), is_cut("Well... join us")
    (True, False)
    """
    (folded,) = fold_with_keys(lengths_of([text]), lambda start, stop: text, 1)
    return bool(folded.cut[0])


def words(folded: str) -> list[str]:
    """The words of a folded text; in scripts without spaces every character, with its marks, is one.

    Examples
    --------
    >>> words("open now 你好")
    ['open', 'now', '你', '好']
    """
    if folded.isascii() or _MAYBE_DENSE.search(folded) is None:
        return folded.split()
    return _TOKEN.findall(folded)


def word_starts(codes: _Codes) -> Index:
    """Where the words of folded texts, a space or a line feed between any two, begin; int64, ascending."""
    if codes.max(initial=0) >= _FIRST_DENSE:
        return np.flatnonzero(_begins(look_up(codes).astype(np.uint8)))
    gap = (codes == SPACE) | (codes == BREAK)
    gap[1:] |= ~gap[:-1]
    return np.flatnonzero(~gap)


def _begins(flags: Flags) -> Mask:
    """Which characters are the first of a word."""
    word, dense = flags & WORD != 0, flags & DENSE != 0
    after_dense = np.append(False, dense[:-1])
    begins = np.where(dense, ~after_dense | (flags & ATTACHED == 0), after_dense)
    begins[1:] |= ~word[:-1]
    begins[:1] = True
    return np.asarray(begins & word)


def tokens(text: str) -> list[tuple[str, int, int]]:
    """The words of an original text: folded form, start and end in the original; markup is left out.

    The folded forms are ``words(fold([text])[0])``. Spans ascend and do not overlap; that of a second word
    is empty where one character holds two (½).

    Examples
    --------
    >>> tokens("“Café” at https://sho.rt/x1 noon")
    [('cafe', 1, 5), ('at', 7, 9), ('noon', 28, 32)]
    """
    return tokens_of([text])[0]


def tokens_of(texts: Sequence[str]) -> list[list[tuple[str, int, int]]]:
    """The `tokens` of each text; some forty times faster for many texts than one by one."""
    found: list[list[tuple[str, int, int]]] = []
    for chunk in chunks(texts):
        found += _chunk_tokens(chunk)
    return found


def _chunk_tokens(texts: Sequence[str]) -> list[list[tuple[str, int, int]]]:
    codes, breaks = _bordered(lengths_of(texts), "\n".join(texts))
    code, flags, origin = _clean(codes, breaks, np.arange(codes.size))
    marks, ends = _marks(code, flags)
    blank_markup(code, flags, marks, ends)
    word, begins = flags & WORD != 0, _begins(flags)
    starts = np.flatnonzero(begins)
    ends = np.flatnonzero(word & np.append(begins[1:] | ~word[1:], True)) + 1
    folded = as_text(code)
    rows = np.searchsorted(breaks, origin[starts])
    offsets = np.append(MARGIN, breaks + 1)[rows]
    found: list[list[tuple[str, int, int]]] = [[] for _ in texts]
    row, free = -1, 0
    for start, end, here, first, last, following in zip(
        starts.tolist(),
        ends.tolist(),
        rows.tolist(),
        (origin[starts] - offsets).tolist(),
        (origin[ends - 1] + 1 - offsets).tolist(),
        (origin[ends] - offsets).tolist(),
        strict=True,
    ):
        if here != row:
            row, free, text = here, 0, texts[here]
        first = max(first, free)
        while last < following and ord(text[last]) not in DROPPED:  # its accents, but no closing quote
            last += 1
        free = max(first, last)
        found[here].append((folded[start:end], first, free))
    return found


def _each_chunk(
    work: Callable[[Index, str], Any], lengths: Index, join: Callable[[int, int], str], workers: int
) -> Iterator[Any]:
    """What `work` gives for each chunk of texts, their lengths and all of them joined, in order."""
    keep_freed()
    ends = np.cumsum(lengths + 1)
    edges = [0]
    while edges[-1] < lengths.size:  # one text at least, and as many behind it as fit
        edges.append(int(np.searchsorted(ends, ends[edges[-1]] + _CHUNK, side="right")))

    def work_on(start: int, stop: int) -> Any:
        return work(lengths[start:stop], join(start, stop))

    if workers == 1 or len(edges) < 3:
        yield from starmap(work_on, pairwise(edges))
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(work_on, edges[:-1], edges[1:])


def _fold_chunk_with_keys(lengths: Index, text: str) -> Folded:
    code, flags, _ = _clean(*_bordered(lengths, text))
    marks, breaks = _marks(code, flags)
    blank_markup(code, flags, marks, breaks)
    cut = np.zeros(lengths.size, dtype=np.bool_)
    at = ellipses(code, marks)
    gap = wordless(flags, breaks)
    following = run_ends(gap, at)
    cut[np.searchsorted(breaks, at[code.take(following) == BREAK])] = True
    spelt, ends = _spell(code, flags, gap, breaks)
    lengths = np.diff(ends, prepend=-1) - 1
    shortened = lengths > MOST_CHARACTERS
    if shortened.any():
        stops = (ends - lengths + MOST_CHARACTERS)[shortened]
        stops -= spelt.take(stops - 1) == SPACE
        spelt = np.delete(spelt, within(stops, ends[shortened]))
        ends = np.flatnonzero(spelt == BREAK)
        lengths = np.diff(ends, prepend=-1) - 1
    keys = content_keys(spelt, np.append(0, ends + 1))
    return Folded([as_text(spelt)], lengths, keys, cut, shortened)


def _bordered(lengths: Index, text: str) -> tuple[_Codes, Index]:
    """Code points of joined texts, a break behind each, in margins of spaces; where the breaks are."""
    margin = " " * MARGIN
    return code_points(f"{margin}{text}\n{margin}"), np.cumsum(lengths + 1) + (MARGIN - 1)


def _clean(codes: _Codes, breaks: Index, origin: Index = _NOWHERE) -> tuple[Codes, Flags, Index]:
    """Folded code points and flags (and the origin of each, where asked): expanded, without removed
    characters, composed."""
    entries = look_up(codes)
    entries[breaks] = np.uint32(BREAK) << SHIFT | STOP | MARKUP
    if entries.max() >= EXPANDS:
        entries, origin = _expanded(entries, origin)
    entries, origin = _without_removed(entries, origin)
    flags = entries.astype(np.uint8)
    if np.bitwise_or.reduce(flags) & (COMPOSES | MOVES) and _compose(entries, flags):
        entries, origin = _without_removed(entries, origin)  # one may stand between a letter and its mark
        flags = entries.astype(np.uint8)
    code = entries >> SHIFT
    return code.astype(np.uint16) if code.max() < 1 << 16 else code, flags, origin


def _expanded(entries: _Codes, origin: Index) -> tuple[_Codes, Index]:
    """With all parts of characters that expand."""
    at = sparse(entries >= EXPANDS)
    distinct, which = np.unique(entries[at], return_inverse=True)
    spelt = [expansion(entry) for entry in distinct.tolist()]
    parts = look_up(np.fromiter(chain.from_iterable(spelt), dtype=np.uint32))
    ends = np.cumsum([len(codes) for codes in spelt])
    begins, ends = np.append(0, ends[:-1])[which], ends[which]
    entries = _grown(entries, at, ends - begins)
    origin = _grown(origin, at, ends - begins) if origin.size else origin
    stops = at + np.cumsum(ends - begins - 1) + 1
    entries[within(stops - ends + begins, stops)] = parts[within(begins, ends)]
    return entries, origin


def _without_removed(entries: _Codes, origin: Index) -> tuple[_Codes, Index]:
    kept = entries != REMOVED
    if kept.all():
        return entries, origin
    return entries[kept], origin[kept] if origin.size else origin


def _marks(code: Codes, flags: Flags) -> tuple[Index, Index]:
    """Positions of the characters that markup is made of, breaks among them, and of the breaks alone."""
    marks = sparse(flags & MARKUP != 0)
    return marks, marks.compress(code.take(marks) == BREAK)


def _grown(values: NDArray[Any], at: Index, sizes: Index) -> NDArray[Any]:
    """The values with those at `at`, ascending, repeated `sizes` times."""
    if at.size * 64 > values.size:
        counts = np.ones(values.size, dtype=np.int64)
        counts[at] = sizes
        return np.repeat(values, counts)
    pieces, done = [], 0  # a few long stretches are copied faster
    for place, size in zip(at.tolist(), sizes.tolist(), strict=True):
        pieces += [values[done:place], *[values[place : place + 1]] * size]
        done = place + 1
    return np.concatenate([*pieces, values[done:]])


def _compose(entries: _Codes, flags: Flags) -> bool:
    """NFC in place, REMOVED where a character joined the one before it: kana, Indic vowels, Hangul in parts.

    True where anything changed. Entries are folded one by one, so all that is left to do is at marks that
    compose and at marks behind marks.
    """
    joins = np.flatnonzero(flags & (COMPOSES | MOVES) != 0)
    begins = np.flatnonzero(np.append(True, np.diff(joins) > 1))  # of each run of marks, among `joins`
    sizes = np.diff(np.append(begins, joins.size))
    worth = (sizes > 1) | (np.bitwise_or.reduceat(flags.take(joins), begins) & COMPOSES != 0)
    worth &= sizes < _MOST_MARKS
    starts, sizes = joins[begins][worth] - 1, sizes[worth] + 1  # with the letter (or break) before it
    offsets = np.append(0, np.cumsum(sizes))
    at = within(starts, starts + sizes)
    spelt = as_text(entries[at] >> SHIFT)
    composed = [
        unicodedata.normalize("NFC", spelt[start:end]).ljust(end - start, "\0")
        for start, end in pairwise(offsets.tolist())
    ]
    codes = code_points("".join(composed))[: at.size]
    changed = codes != code_points(spelt)[: at.size]
    entries[at[changed]] = np.where(codes == 0, REMOVED, look_up(codes))[changed]
    return bool(changed.any())


def _spell(code: Codes, flags: Flags, gap: Mask, breaks: Index) -> tuple[Codes, Index]:
    """Code points of what is left, and the places of the breaks among them.

    Runs of anything but words, the gaps, become one space, none at either end of a message.
    """
    word = (flags & WORD).view(np.bool_)
    code = code - SPACE
    code *= word  # a blank where there is no word; np.where takes ten times as long
    code += SPACE
    code[breaks] = BREAK
    kept = word.copy()
    kept[1:] |= word[:-1]  # the first character after a word stands for the whole gap
    kept[run_ends(gap, breaks - 1, -1) + 1] = False  # but none at the end of a message
    kept[breaks] = True
    code = code[kept]
    return code, sparse(code == BREAK)
