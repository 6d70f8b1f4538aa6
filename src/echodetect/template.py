"""What of a post is the ready-made message, and what its author's own.

The template of a cluster is what its representative's words have in common with its posts: those of its
words, in order, that at least half of the cluster's authors share. For a post x and the template T, in words,

    verbatim = LCS(x, T) / |x|      the share of the post that is the ready-made message
    coverage = LCS(x, T) / |T|      below 1 with verbatim 1: a truncated copy, not a personal one

with LCS the length of the longest common subsequence (Hyyrö 2004's bit-parallel one, by rapidfuzz).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, islice, pairwise, repeat

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from echodetect.equal import distinct, distinct_in, told_apart
from echodetect.folded import as_text, code_points, encode, lines
from echodetect.shingles import content_keys
from echodetect.text import tokens_of, word_starts, words
from echodetect.windows import changes, stable_order

_Index = NDArray[np.int64]
_Shares = NDArray[np.float64]

_OWN = 0  # stands for any word that no representative has
_FIRST = 0x100  # the representatives' words become characters from here on: rapidfuzz is fastest on strings
_SURROGATES = range(0xD800, 0xE000)  # no characters
_SPACE, _BREAK = ord(" "), ord("\n")
_TEXTS = 1 << 7  # with one vocabulary: their words, of 10,000 characters each, are fewer than characters are
_WORDS = 1 << 18  # asked of posts at once: their arrays stay in cache


@dataclass(frozen=True, slots=True)
class Templates:
    """Shares of each text, and which words of each representative are template.

    verbatim, coverage: float64 (n,), 1 for a text that stands alone. kept: for a representative of which
    not all words are template, which ones are, bool (words,).
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
    several = np.bincount(representative, minlength=n) > 1
    member = np.flatnonzero(several.take(representative))
    if not member.size:
        return shares
    member = member.take(stable_order(representative.take(member), n))
    star_of = representative.take(member)
    begins = changes(star_of)
    first = np.flatnonzero(begins)
    repeats = np.diff(first, append=member.size)
    stars, spelt = _spellings(texts, member, star_of, cut)
    each = list(chain.from_iterable(map(repeat, stars, repeats.tolist())))  # of each member
    deleted = _deleted(each, spelt, cut.take(member), workers)
    counts = np.fromiter(map(len, stars), dtype=np.int64, count=first.size)  # words of each representative
    base = np.cumsum(counts) - counts  # where they are counted
    kept = _shared(member, counts.repeat(repeats), base.repeat(repeats), deleted, post_text, post_author, n)
    none = ~np.logical_or.reduceat(kept, base)  # no word shared by half: then the representative itself
    kept |= none.repeat(counts)
    partly = np.flatnonzero(~np.logical_and.reduceat(kept, base))
    for star, start, size in zip(
        *(some.take(partly).tolist() for some in (star_of.take(first), base, counts)), strict=True
    ):
        shares.kept[star] = kept[start : start + size]
    codes, _ = encode(stars)
    letters = as_text(codes.compress(kept))
    ends = np.cumsum(np.add.reduceat(kept, base, dtype=np.int64)).tolist()
    templates = [letters[start:end] for start, end in pairwise([0, *ends])]
    template = list(chain.from_iterable(map(repeat, templates, repeats.tolist())))
    common = process.cpdist(spelt, template, scorer=LCSseq.similarity, dtype=np.int32, workers=workers)
    shares.verbatim[member] = common / np.fromiter(map(len, spelt), dtype=np.int64, count=member.size)
    shares.coverage[member] = common / np.fromiter(map(len, template), dtype=np.int64, count=member.size)
    return shares


def _deleted(
    stars: list[str], spelt: list[str], cut: NDArray[np.bool_], workers: int
) -> tuple[_Index, _Index]:
    """Words of its representative that a member lacks: which member, and the word's place."""
    size = np.fromiter(map(len, stars), dtype=np.int64, count=len(stars))
    common = process.cpdist(stars, spelt, scorer=LCSseq.similarity, dtype=np.int32, workers=workers)
    member, deleted = list[int](), list[int]()
    for at in np.flatnonzero(common < size).tolist():
        gone = [op.src_pos for op in LCSseq.editops(stars[at], spelt[at]) if op.tag == "delete"]
        if cut[at]:  # what the ellipsis stands for is not known to be lacking
            last = max(set(range(len(stars[at]))).difference(gone), default=-1)
            gone = [place for place in gone if place < last]
        member += [at] * len(gone)
        deleted += gone
    return np.array(member, dtype=np.int64), np.array(deleted, dtype=np.int64)


def _spellings(
    texts: Sequence[str], member: _Index, heads: _Index, cut: NDArray[np.bool_]
) -> tuple[list[str], list[str]]:
    """The representatives, each once, and all members, as strings of a character a word.

    Members of one representative stand together, and are taken with those of some others: with one
    vocabulary for each cluster the calls would take longer than their work.
    """
    stars: list[str] = []
    spelt: list[str] = []
    begins = np.flatnonzero(changes(heads))
    blocks = begins.compress(changes(begins // _TEXTS))
    for start, end in pairwise([*blocks.tolist(), heads.size]):
        some, of = member[start:end].tolist(), heads[start:end].tolist()
        spelling = dict.fromkeys(of, "")  # representatives first
        count = len(spelling)
        spelling |= dict.fromkeys(some, "")
        spelling = dict(zip(spelling, _in_characters([texts[text] for text in spelling], count), strict=True))
        stars += islice(spelling.values(), count)
        for text, head in compress(zip(some, of, strict=True), cut.take(member[start:end]).tolist()):
            if spelling[text][-1] in spelling[head]:  # a word of the representative's as it is
                continue
            place = _completed(words(texts[text]), words(texts[head]))
            if place is not None:
                spelling[text] = spelling[text][:-1] + spelling[head][place]
        spelt += map(spelling.__getitem__, some)
    return stars, spelt


def _in_characters(texts: list[str], heads: int) -> list[str]:
    """The texts, a character a word: each word of the first `heads` of them has its own.

    Words are told apart by keys of 64 bits. Unlike ones with equal keys can be made up (of a thousand
    letters), but are hardly ever met: a word of one's own would count as the message's.
    """
    codes = code_points("\n".join([*texts, ""]))
    starts = word_starts(codes)
    breaks = np.flatnonzero(codes == _BREAK)
    ends = np.searchsorted(starts, breaks)  # words up to the end of each text
    codes[breaks] = _SPACE
    codes -= _SPACE  # what stands behind a word is no part of its key
    keys = content_keys(codes, np.append(starts, codes.size))
    known = distinct(keys[: ends[heads - 1]].copy())
    place = np.searchsorted(known, keys)
    letters = np.where(known.take(place, mode="clip") == keys, place + _FIRST, _OWN) if known.size else place
    letters[letters >= _SURROGATES.start] += len(_SURROGATES)
    return lines(np.insert(letters.astype(np.uint32), ends, _BREAK))


def _completed(own: Sequence[str], known: Sequence[str]) -> int | None:
    """The place of the word that a cut last one begins, rather the one behind the word before it; or None."""
    at = [place for place, word in enumerate(known) if word.startswith(own[-1])]
    after = [place for place in at if place and len(own) > 1 and known[place - 1] == own[-2]]
    return (after or at)[0] if at else None


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
    stars, spelt = _spellings(texts, member, heads, cut)
    place = np.cumsum(changes(heads)) - 1
    templates = [
        star if (mask := kept.get(head)) is None else "".join(compress(star, mask.tolist()))
        for head, star in zip(heads.compress(changes(heads)).tolist(), stars, strict=True)
    ]
    for at, spelling in zip(place.tolist(), spelt, strict=True):
        template = templates[at]
        own: list[tuple[int, int]] = []
        for op in LCSseq.opcodes(template, spelling):
            start, stop = op.dest_start, op.dest_end
            if op.tag != "equal" and start < stop:
                own.append((own.pop()[0], stop) if own and own[-1][1] == start else (start, stop))
        runs.append(own)
    return runs


def _shared(
    member: _Index,
    counts: _Index,
    base: _Index,
    deleted: tuple[_Index, _Index],
    post_text: _Index,
    post_author: _Index,
    n: int,
) -> NDArray[np.bool_]:
    """Which words of the representatives, one after the other, at least half of the authors share."""
    place = np.full(n, -1, dtype=np.int64)
    place[member] = np.arange(member.size)
    at = place[post_text]
    at, author = at[at >= 0], post_author[at >= 0]
    author = told_apart(author)
    span = int(author.max(initial=0)) + 1
    at, author = np.divmod(distinct(at * span + author), span)  # an author with a text counts once
    lacking = np.zeros(int(counts.sum()), dtype=np.bool_)
    start = np.cumsum(counts) - counts
    whose, places = deleted
    lacking[start.take(whose) + places] = True
    shared = np.ones(int((base + counts).max(initial=0)), dtype=np.bool_)
    shared[base.take(whose) + places] = False
    # Only words that some member lacks are asked of each post, some representatives at a time.
    lacked = np.flatnonzero(~shared)
    first = np.searchsorted(lacked, base)  # of each text's representative
    length = (np.searchsorted(lacked, base + counts) - first).take(at)
    begins = np.flatnonzero(changes(base.take(at)))
    blocks = begins.compress(changes(np.cumsum(length).take(begins) // _WORDS)).tolist()
    sharing = np.zeros(lacked.size, dtype=np.int64)
    for some in map(slice, blocks, [*blocks[1:], at.size]):
        post, size = at[some], length[some]
        low, high = first[post[0]], first[post[-1]] + size[-1]
        word = np.arange(int(size.sum())) + np.repeat(first.take(post) - np.cumsum(size) + size, size)
        having = ~lacking.take(lacked.take(word) + np.repeat((start - base).take(post), size))
        who = np.repeat(author[some], size).compress(having)
        sharing[low:high] = distinct_in(word.compress(having) - low, who, high - low)
    star = np.cumsum(changes(base)) - 1  # of each text
    authors = distinct_in(star.take(at), author, base.size)
    shared[lacked] = 2 * sharing >= authors.take(star.take(np.searchsorted(base, lacked, side="right") - 1))
    return shared


def template_texts(originals: Sequence[str], kept: Sequence[NDArray[np.bool_]]) -> list[str]:
    """Templates as they are shown: the original text, with an ellipsis for words that are not template.

    Examples
    --------
    >>> template_texts(["Hi all! Join us on Friday."], [np.array([False, False, True, True, True, True])])
    ['… Join us on Friday.']
    """
    shown = []
    for original, mask, found in zip(originals, kept, tokens_of(originals), strict=True):
        pieces: list[str] = []
        end, gap = 0, False
        for (_, start, stop), keep in zip(found, mask.tolist(), strict=False):  # of very long texts less
            if keep:
                pieces.append(("… " if not pieces else " … ") if gap else original[end:start])
                pieces.append(original[start:stop])
            gap, end = not keep, stop
        shown.append(("".join(pieces) + (" …" if gap else original[end:])).strip())
    return shown
