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
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from echodetect.errors import ParameterError
from echodetect.foldtable import (
    ATTACHED,
    BREAK,
    CODE,
    COMPOSES,
    DENSE,
    DROPPED,
    EXPANDS,
    MOVES,
    SPACE,
    STOP,
    WORD,
    dense_pattern,
    expansion,
    look_up,
)
from echodetect.markup import blank_markup, ellipses, marked
from echodetect.shingles import content_keys

_CHUNK = 2048  # messages a chunk: its arrays stay in the second-level cache
_MOST_CHARACTERS = 1 << 21  # of a chunk
_Codes = NDArray[np.uint32]
_Index = NDArray[np.int64]

_NONE = np.uint32(0)
_MOST_MARKS = 32  # on one letter; Unicode's stream-safe text has 30 (UAX #15). More stay in the order typed
_NOWHERE: _Index = np.empty(0, dtype=np.int64)

_LETTERS, _MARKS = dense_pattern()
_MAYBE_DENSE = re.compile(f"[\u0e00-{chr(0x10FFFF)}]")  # every script without spaces is in it
_TOKEN = re.compile(f"[{_LETTERS}][{_MARKS}]*|[^ {_LETTERS}]+")


class Folded(NamedTuple):
    """Folded texts (list of str, n), their `content_keys` (uint64, (n,)), and which are cut (bool, (n,)).

    A text is cut that ends in the ellipsis of a truncated copy: behind it no word is left to compare.
    """

    texts: list[str]
    keys: NDArray[np.uint64]
    cut: NDArray[np.bool_]


def fold(texts: Sequence[str], *, workers: int = 1) -> list[str]:
    """What is compared of each text.

    Parameters
    ----------
    texts
        Sequence of str, length n. NUL characters and lone surrogates are taken as spaces.
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
    check_texts(texts)
    return list(chain.from_iterable(_each_chunk(_fold_chunk, texts, workers)))


def check_texts(texts: object) -> None:
    """ParameterError unless this is a sequence of str."""
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        raise ParameterError("texts", texts, "a sequence of str, such as a list", "pass a list of the texts")
    if not set(map(type, texts)) <= {str}:
        for row, text in enumerate(texts):
            if not isinstance(text, str):
                what = f"{text!r:.40} in row {row}"
                raise ParameterError("texts", what, "a sequence of str", 'pass "" for a text that is missing')


def fold_with_keys(
    texts: Sequence[str], *, workers: int = 1, progress: Callable[[int], None] | None = None
) -> Folded:
    """`fold`, and on the way what else is known of each text; `progress` is told how many are done."""
    done: list[Folded] = []
    count = 0
    for chunk in _each_chunk(_fold_chunk_with_keys, texts, workers):
        done.append(chunk)
        count += len(chunk.texts)
        if progress is not None:
            progress(count)
    return Folded(
        list(chain.from_iterable(chunk.texts for chunk in done)),
        np.concatenate([np.empty(0, np.uint64), *(chunk.keys for chunk in done)]),
        np.concatenate([np.empty(0, np.bool_), *(chunk.cut for chunk in done)]),
    )


def encode(texts: Sequence[str]) -> tuple[_Codes, _Index]:
    """Code points of all texts in a row and where each begins: uint32 (characters,), int64 (n + 1,)."""
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=offsets[1:])
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32), offsets


def is_cut(text: str) -> bool:
    """Whether an original text ends in the ellipsis of a truncated copy, before nothing but markup.

    Examples
    --------
    >>> is_cut("Join us on Fri… https://sho.rt/x #food"), is_cut("Well... join us")
    (True, False)
    """
    return bool(fold_with_keys([text]).cut[0])


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
    codes, breaks = _join(texts)
    entries, origin = _clean(codes, look_up(codes), breaks, np.arange(codes.size))
    entries = blank_markup(entries, marked(entries), _ends(entries))
    word = (entries & WORD) != 0
    dense = (entries & DENSE) != 0
    after_dense = np.append(False, dense[:-1])
    inside = np.append(False, word[:-1]) & np.where(
        dense, after_dense & ((entries & ATTACHED) != 0), ~after_dense
    )
    begins = word & ~inside
    starts = np.flatnonzero(begins)
    ends = np.flatnonzero(word & np.append(begins[1:] | ~word[1:], True)) + 1
    folded = (entries & CODE).astype(np.uint32).tobytes().decode("utf-32-le")
    rows = np.searchsorted(breaks, origin[starts])
    offsets = np.append(0, breaks + 1)[rows]
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


def chunks(texts: Sequence[str], size: int = _CHUNK) -> Iterator[Sequence[str]]:
    """Stretches of at most `size` texts and of bounded length, as far as one long text allows."""
    pending = [texts[start : start + size] for start in range(0, len(texts), size)][::-1]
    while pending:
        chunk = pending.pop()
        if len(chunk) > 1 and sum(map(len, chunk)) > _MOST_CHARACTERS:
            pending += [chunk[len(chunk) // 2 :], chunk[: len(chunk) // 2]]
        else:
            yield chunk


def _each_chunk(work: Callable[[Sequence[str]], Any], texts: Sequence[str], workers: int) -> Iterator[Any]:
    """What `work` gives for each chunk, in order, from as many threads."""
    parts = list(chunks(texts))
    if workers == 1 or len(parts) < 2:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(work, parts)


def _fold_chunk(texts: Sequence[str]) -> list[str]:
    codes, breaks = _join(texts)
    entries, _ = _clean(codes, look_up(codes), breaks)
    breaks = _ends(entries)
    return _lines(_spell(blank_markup(entries, marked(entries), breaks), breaks)[0])


def _fold_chunk_with_keys(texts: Sequence[str]) -> Folded:
    codes, breaks = _join(texts)
    entries, _ = _clean(codes, look_up(codes), breaks)
    marks, breaks = marked(entries), _ends(entries)
    at = ellipses(entries, marks)
    entries = blank_markup(entries, marks, breaks)
    cut = np.zeros(len(texts), dtype=np.bool_)
    if at.size:
        text = np.searchsorted(breaks, at)
        last = np.append(text[1:] != text[:-1], True)
        text, at = text[last], at[last]
        between = np.stack([at, breaks[text]], axis=1).ravel()
        cut[text] = ~np.logical_or.reduceat((entries & WORD) != 0, between)[::2]
    spelt, ends = _spell(entries, breaks)
    return Folded(_lines(spelt), content_keys(spelt, np.append(0, ends + 1)), cut)


def _ends(entries: _Codes) -> _Index:
    """Where messages end: the positions of the breaks."""
    return np.flatnonzero((entries & CODE) == BREAK)


def _join(texts: Sequence[str]) -> tuple[_Codes, _Index]:
    """All texts with a break after each, and the positions of the breaks."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    codes = np.frombuffer(("\n".join(texts) + "\n").encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return codes, np.cumsum(lengths + 1) - 1


def _clean(
    codes: _Codes, entries: _Codes, breaks: _Index, origin: _Index = _NOWHERE
) -> tuple[_Codes, _Index]:
    """Entries (and the origin of each, where asked) expanded, without removed characters, composed."""
    entries[breaks] = np.uint32(BREAK) | STOP
    expanding = np.flatnonzero((entries & EXPANDS) != 0)
    if expanding.size:
        distinct, which = np.unique(codes[expanding], return_inverse=True)
        spelt = [expansion(code) for code in distinct.tolist()]
        sizes = np.array([len(parts) for parts in spelt])
        entries = _grown(entries, expanding, sizes[which])
        origin = _grown(origin, expanding, sizes[which]) if origin.size else origin
        starts = expanding + np.cumsum(sizes[which]) - sizes[which] - np.arange(expanding.size)
        for step in range(int(sizes.max())):  # the first characters of all expansions, the second, ...
            some = np.flatnonzero(sizes[which] > step)
            parts = np.array([text[min(step, len(text) - 1)] for text in spelt], dtype=np.uint32)
            entries[starts[some] + step] = look_up(parts)[which[some]]
    for composing in (False, True):  # a removed character may stand between a letter and its mark
        if composing and not _compose(entries):
            break
        kept = entries != 0
        if not kept.all():
            entries = np.compress(kept, entries)  # several times faster than entries[kept]
            origin = origin[kept] if origin.size else origin
    return entries, origin


def _grown(values: NDArray[Any], at: _Index, sizes: _Index) -> NDArray[Any]:
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


def _compose(entries: _Codes) -> bool:
    """NFC in place, zero where a character joined the one before it: kana, Indic vowels, Hangul in parts.

    True where anything changed. Entries are folded one by one, so all that is left to do is at marks that
    compose and at marks behind marks.
    """
    joins = (entries & (COMPOSES | MOVES)) != 0
    worth = joins.copy()
    worth[1:] &= joins[:-1]
    worth |= (entries & COMPOSES) != 0
    at = np.flatnonzero(worth)
    if not at.size:
        return False
    edges = np.flatnonzero(~joins)  # the letters (or breaks) that runs of marks stand behind
    following = np.searchsorted(edges, at)
    starts = np.where(following > 0, edges[following - 1], 0)
    spans = np.unique(np.stack([starts, edges[following]]), axis=1)
    spelt = (entries & CODE).tobytes().decode("utf-32-le")
    where: list[int] = []
    what: list[int] = []
    for start, end in spans[:, spans[1] - spans[0] <= _MOST_MARKS].T.tolist():
        given = spelt[start:end]
        composed = unicodedata.normalize("NFC", given)
        if composed != given:
            where += range(start, end)
            what += map(ord, composed.ljust(end - start, "\0"))
    codes = np.array(what, dtype=np.uint32)
    entries[np.array(where, dtype=np.int64)] = np.where(codes == 0, _NONE, look_up(codes))
    return bool(where)


def _lines(codes: _Codes) -> list[str]:
    """The texts, each of which ends in a break."""
    return codes.tobytes().decode("utf-32-le").split("\n")[:-1]


def _spell(entries: _Codes, breaks: _Index) -> tuple[_Codes, _Index]:
    """Code points of what is left, and the places of the breaks among them.

    Runs of anything but words become one space, none at either end of a message.
    """
    word = (entries & WORD) != 0
    code = entries & CODE
    code -= np.uint32(SPACE)
    code *= word  # a blank where there is no word; np.where takes ten times as long
    code += np.uint32(SPACE)
    code[breaks] = BREAK
    kept = word.copy()
    kept[1:] |= word[:-1]  # the first character after a word stands for the whole gap
    kept[breaks] = True
    code = np.compress(kept, code)
    ends = np.flatnonzero(code == BREAK)
    trailing = code[ends - 1] == SPACE
    if trailing.any():
        code = np.delete(code, ends[trailing] - 1)
        ends -= np.cumsum(trailing)
    return code, ends
