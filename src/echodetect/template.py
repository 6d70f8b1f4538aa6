"""What of a post is the ready-made message, and what its author's own.

The template of a cluster is what its representative's words have in common with its posts: those of its
words, in order, that at least half of the cluster's authors share. For a post x and the template T, in words,

    verbatim = LCS(x, T) / |x|      the share of the post that is the ready-made message
    coverage = LCS(x, T) / |T|      below 1 with verbatim 1: a truncated copy, not a personal one

with LCS the length of the longest common subsequence (Hyyrö 2004's bit-parallel one, by rapidfuzz).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from echodetect.text import tokens_of, words

_Index = NDArray[np.int64]
_Shares = NDArray[np.float64]

_OWN = "\0"  # stands for any word that the representative does not have
_FIRST = 0x100  # the representative's words become characters from here on: rapidfuzz is fastest on strings
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Templates:
    """Shares of each text, and which words of each representative are template.

    verbatim, coverage: float64 (n,), 1 for a text that stands alone. kept: for each representative of
    several texts, bool (words,).
    """

    verbatim: _Shares
    coverage: _Shares
    kept: dict[int, NDArray[np.bool_]]


def measure(
    texts: Sequence[str],
    representative: _Index,
    post_text: _Index,
    post_author: _Index,
    cut: NDArray[np.bool_],
    *,
    workers: int = 1,
) -> Templates:
    """Templates of all clusters, and every text's shares.

    Parameters
    ----------
    texts
        Distinct folded texts, n.
    representative
        Each text's representative, int64 (n,); its own number where it has none other.
    post_text, post_author
        Text and author code of each post, int64 (posts,); authors below zero are unknown and count as
        timelines of their own.
    cut
        Where a post of the text ends in an ellipsis, bool (n,): a last word that begins one of the
        representative's counts as that word, and nothing is said of the words behind it.
    """
    n = len(texts)
    shares = Templates(np.ones(n), np.ones(n), {})
    size = np.bincount(representative, minlength=n)
    member = np.flatnonzero(size[representative] > 1)
    if not member.size:
        return shares
    member = member[np.argsort(representative[member], kind="stable")]
    spelt, stars, deleted = _spell(texts, representative, member, cut)
    counts = np.array([len(star) for star in stars], dtype=np.int64)  # words of each member's representative
    star_of = representative[member]
    base = np.zeros(member.size, dtype=np.int64)  # where the words of a representative are counted
    first = np.flatnonzero(np.append(True, star_of[1:] != star_of[:-1]))
    base[first] = np.cumsum(counts[first]) - counts[first]
    base = np.maximum.accumulate(base)
    kept = _shared(member, counts, base, deleted, post_text, post_author, n)
    templates = []
    for at, begin in zip(first.tolist(), base[first].tolist(), strict=True):
        mask = kept[begin : begin + len(stars[at])]
        if not mask.any():  # no word shared by half: then the representative itself
            mask[:] = True
        shares.kept[int(star_of[at])] = mask
        templates.append("".join(np.array(list(stars[at]))[mask]))
    repeats = np.diff(np.append(first, member.size)).tolist()
    template = [text for text, repeat in zip(templates, repeats, strict=True) for _ in range(repeat)]
    common = process.cpdist(spelt, template, scorer=LCSseq.similarity, dtype=np.int32, workers=workers)
    shares.verbatim[member] = common / np.array([len(text) for text in spelt])
    shares.coverage[member] = common / np.array([len(text) for text in template])
    return shares


def _spell(
    texts: Sequence[str], representative: _Index, member: _Index, cut: NDArray[np.bool_]
) -> tuple[list[str], list[str], list[list[int]]]:
    """Members and their representatives as strings of a character a word, and the words members lack."""
    spelt, stars, deleted = [], [], []
    heads = representative[member].tolist()
    for text, head, (listed, spelling) in zip(
        member.tolist(), heads, _spellings(texts, member.tolist(), heads, cut), strict=True
    ):
        spelt.append(spelling)
        stars.append(listed)
        gone = (
            []
            if text == head
            else [op.src_pos for op in LCSseq.editops(listed, spelling) if op.tag == "delete"]
        )
        if gone and cut[text]:  # what the ellipsis stands for is not known to be lacking
            last = max(set(range(len(listed))).difference(gone), default=-1)
            gone = [position for position in gone if position < last]
        deleted.append(gone)
    return spelt, stars, deleted


def _spellings(
    texts: Sequence[str], member: list[int], heads: list[int], cut: NDArray[np.bool_]
) -> Iterator[tuple[str, str]]:
    """Each member's representative and the member itself, as strings of a character a word.

    Members of one representative stand together.
    """
    star, vocabulary, listed = -1, dict[str, str](), ""
    for text, head in zip(member, heads, strict=True):
        if head != star:
            star, vocabulary = head, {}
            known = words(texts[head])
            for word in known:
                vocabulary.setdefault(word, _character(len(vocabulary)))
            listed = "".join([vocabulary[word] for word in known])
        own = words(texts[text])
        if cut[text] and own[-1] not in vocabulary:
            own[-1] = _completed(own, known)
        yield listed, "".join([vocabulary.get(word, _OWN) for word in own])


def _completed(own: Sequence[str], known: Sequence[str]) -> str:
    """The word that a cut last one begins, rather the one behind the word before it; itself if none."""
    at = [place for place, word in enumerate(known) if word.startswith(own[-1])]
    after = [place for place in at if place and len(own) > 1 and known[place - 1] == own[-2]]
    return known[(after or at)[0]] if at else own[-1]


def own_runs(
    texts: Sequence[str],
    member: _Index,
    heads: _Index,
    kept: Mapping[int, NDArray[np.bool_]],
    cut: NDArray[np.bool_],
) -> list[list[tuple[int, int]]]:
    """Runs of words, half-open, that are no part of an alignment of each text with its template.

    Parameters
    ----------
    texts
        Distinct folded texts.
    member, heads
        The texts asked for and their representatives, int64 (m,); those of one representative adjacent.
    kept, cut
        As in `Templates` and `measure`; a representative without an entry is all template.

    Returns
    -------
    list of m lists of (start, stop)
        Ascending and parted by template words; they hold (1 - verbatim) of the text's words.
    """
    runs: list[list[tuple[int, int]]] = []
    star, template = -1, ""
    spelt = _spellings(texts, member.tolist(), heads.tolist(), cut)
    for head, (listed, spelling) in zip(heads.tolist(), spelt, strict=True):
        if head != star:
            star, mask = head, kept.get(head)
            template = listed if mask is None else "".join(compress(listed, mask.tolist()))
        own: list[tuple[int, int]] = []
        for op in LCSseq.opcodes(template, spelling):
            start, stop = op.dest_start, op.dest_end
            if op.tag != "equal" and start < stop:
                own.append((own.pop()[0], stop) if own and own[-1][1] == start else (start, stop))
        runs.append(own)
    return runs


def _character(number: int) -> str:
    code = _FIRST + number
    return chr(code if code < _SURROGATES.start else code + len(_SURROGATES))


def _shared(
    member: _Index,
    counts: _Index,
    base: _Index,
    deleted: list[list[int]],
    post_text: _Index,
    post_author: _Index,
    n: int,
) -> NDArray[np.bool_]:
    """Which words of the representatives, one after the other, at least half of the authors share."""
    place = np.full(n, -1, dtype=np.int64)
    place[member] = np.arange(member.size)
    at = place[post_text]
    at, author = at[at >= 0], post_author[at >= 0]
    unknown = author < 0
    author = np.where(unknown, author.max(initial=0) + 1 + np.cumsum(unknown), author)
    span = int(author.max(initial=0)) + 1
    at, author = np.divmod(_distinct(at * span + author), span)  # an author with a text counts once
    lacking = np.zeros(int(counts.sum()), dtype=np.bool_)
    start = np.cumsum(counts) - counts
    for row, gone in enumerate(deleted):
        if gone:
            lacking[start[row] + np.array(gone)] = True
    length = counts[at]
    inner = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    having = ~lacking[np.repeat(start[at], length) + inner]
    where = np.repeat(base[at], length) + inner
    total = int((base + counts).max(initial=0))
    authors = np.bincount(_distinct(base[at] * span + author) // span, minlength=total)
    sharing = np.bincount(
        _distinct(where[having] * span + np.repeat(author, length)[having]) // span, minlength=total
    )
    # `authors` stands at each representative's first word: carry it on to its other words.
    heads = np.zeros(total, dtype=np.int64)
    heads[base] = base
    return 2 * sharing >= authors[np.maximum.accumulate(heads)]


def _distinct(values: _Index) -> _Index:
    values = np.sort(values)
    return values[np.append(True, values[1:] != values[:-1])] if values.size else values


def template_texts(originals: Sequence[str], kept: Sequence[NDArray[np.bool_] | None]) -> list[str]:
    """Templates as they are shown: the original text, with an ellipsis for words that are not template.

    Examples
    --------
    >>> template_texts(["Hi all! Join us on Friday."], [np.array([False, False, True, True, True, True])])
    ['… Join us on Friday.']
    """
    shown = [original.strip() for original in originals]
    partly = [at for at, mask in enumerate(kept) if mask is not None and not mask.all()]
    for at, found in zip(partly, tokens_of([originals[at] for at in partly]), strict=True):
        original, mask = originals[at], kept[at]
        pieces: list[str] = []
        end, gap = 0, False
        for (_, start, stop), keep in zip(
            found, [] if mask is None else mask.tolist(), strict=False
        ):  # a very long text: see corpus.py
            if keep:
                pieces.append(("… " if not pieces else " … ") if gap else original[end:start])
                pieces.append(original[start:stop])
            gap, end = not keep, stop
        shown[at] = ("".join(pieces) + (" …" if gap else original[end:])).strip()
    return shown
