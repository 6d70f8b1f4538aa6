"""The table behind folding: one 32-bit entry a code point, filled a page at a time as scripts appear.

An entry holds the folded code point above eight flags, so that a cast gives those of a chunk, a byte a
character. Other entries are REMOVED, or EXPANDS and above.
Folding follows Unicode's NFKC_Casefold (Unicode Standard, section 5.18; UAX #15), and takes accents off in
the scripts where a mark is an accent (Latin, Greek, Cyrillic, Hebrew points, Arabic harakat). Marks that
are part of a letter stay: Indic vowel signs, Thai vowels and tones, Japanese voicing marks. Deviations: emoji
that NFKC would spell out are left out, ㅋㅋ stays as typed, Turkish ı is i, and apostrophes go.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

WORD = np.uint8(1)  # letters, marks, digits, currency: what is compared
NAME = np.uint8(2)  # goes on in names and tags, but is no word: _
DENSE = np.uint8(4)  # scripts without spaces: every character, with its marks, is a token of its own
STOP = np.uint8(8)  # a link ends before it
MARKUP = np.uint8(16)  # # @ : . and the ellipsis: where links, mentions and hashtags are looked for
COMPOSES = np.uint8(32)  # may join the character before it
MOVES = np.uint8(64)  # a mark with a combining class: NFC orders it among its neighbours
ATTACHED = np.uint8(128)  # a mark of a dense script: belongs to the token before it
SHIFT = np.uint32(8)  # of the code point in an entry
REMOVED = np.uint32(0)
EXPANDS = np.uint32(0x110000 << 8)  # and the code point beyond: folds to more than one, see `expansion`
SPACE = 32
BREAK = 10  # between two messages of a chunk, and nowhere else

_UNFILLED = np.uint32(0xFFFFFFFF)
_PAGE = 64
_BLOCK = 1 << 16  # look-ups a call: an index takes 64 bits, so many of them stay in cache
_TABLE: NDArray[np.uint32] = np.full(0x110000, _UNFILLED, dtype=np.uint32)
_EXPANSIONS: dict[int, tuple[int, ...]] = {}

_Ranges = tuple[tuple[int, int], ...]
_Edges = tuple[int, ...]


def _edges(*ranges: tuple[int, int]) -> _Edges:
    """Where ranges, which ascend and do not touch, begin and where each is over."""
    return tuple(edge for low, high in ranges for edge in (low, high + 1))


_ACCENTS = _edges(  # of these the marks (category M), not the punctuation and letters between them
    (0x0300, 0x0344),  # Latin, Greek; not the iota subscript, which case folding makes an iota
    (0x0346, 0x036F),
    (0x0483, 0x0489),  # Cyrillic
    (0x0591, 0x05C7),  # Hebrew points
    (0x0610, 0x061A),  # Arabic signs
    (0x064B, 0x065F),  # Arabic harakat
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x0898, 0x089F),
    (0x08CA, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),  # on symbols, the keycap among them
    (0x2DE0, 0x2DFF),  # Cyrillic letters written above others
    (0xA66F, 0xA67D),
    (0xA69E, 0xA69F),
    (0xFB1E, 0xFB1E),
    (0xFE20, 0xFE2F),
    (0x10EFA, 0x10EFF),  # Arabic, of Unicode 15 (Python 3.12) and later
    (0x1D165, 0x1D1AD),  # on musical notes
    (0x1E08F, 0x1E08F),  # Cyrillic, likewise
)
_IGNORED = _edges(  # Unicode's Default_Ignorable_Code_Point outside category Cf
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2060, 0x206F),
    (0xFE00, 0xFE0F),
    (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),
)
_DENSE: _Ranges = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x312F),  # kana, bopomofo
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_DENSE_EDGES = _edges(*_DENSE)
_MAY_HOLD_MARKS = 0x3400  # the dense ranges below it
_HANGUL = _edges((0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3))
_LETTERS_AS_THEY_ARE: _Ranges = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x2A5FF), (0xAC00, 0xD7A3))
# Characters that NFC may join to a base before them (Unicode's NFC_Quick_Check=Maybe less the accents).
_SECOND_HALVES = frozenset(
    (
        *(0x093C, 0x09BE, 0x09D7, 0x0B3E, 0x0B56, 0x0B57, 0x0BBE, 0x0BD7, 0x0C56, 0x0CC2, 0x0CD5, 0x0CD6),
        *(0x0D3E, 0x0D57, 0x0DCA, 0x0DCF, 0x0DDF, 0x102E, 0x1B35, 0x3099, 0x309A, 0x110BA, 0x11127, 0x1133E),
        *(0x11357, 0x114B0, 0x114BA, 0x114BD, 0x115AF, 0x11930),
        *(*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)),  # Hangul vowels and finals typed as parts
    )
)
# don't, don’t and dont are one word; a tatweel only stretches an Arabic one.
DROPPED = frozenset(map(ord, "'`´‘’‛′ʼʹʻʽ＇｀׳᾽᾿ـ"))
_LINK_STOPS = frozenset(map(ord, '"<>«»„“”‟‹›「」『』，。！？；、（）【】'))
_MARKUP = frozenset(map(ord, "#@:.…"))
# Emoji that NFKC would spell out: ℠ ™ ℹ ㊗ ㊙ and the squared ideographs; and the blank Hangul filler.
_BLANKS = _edges(
    (0x2120, 0x2120),
    (0x2122, 0x2122),
    (0x2139, 0x2139),
    (0x3164, 0x3164),
    (0x3297, 0x3297),
    (0x3299, 0x3299),
    (0xFFA0, 0xFFA0),
    (0x1F201, 0x1F202),
    (0x1F21A, 0x1F21A),
    (0x1F22F, 0x1F22F),
    (0x1F232, 0x1F23A),
    (0x1F250, 0x1F251),
)


def _within(code: int, edges: _Edges) -> bool:
    return bisect_right(edges, code) % 2 == 1


def _is_accent(char: str) -> bool:
    return _within(ord(char), _ACCENTS) and unicodedata.category(char)[0] == "M"


def _fold_code(char: str) -> str:
    """What one character becomes: NFKC, case folding, then accents off."""
    if char == "…" or 0x3131 <= ord(char) <= 0x318E:  # NFKC: three full stops; parts of a syllable for ㅋㅋ
        return char
    if 0xFFA1 <= ord(char) <= 0xFFDC:  # half-width ㅋㅋ
        return "".join(chr(int(part, 16)) for part in unicodedata.decomposition(char).split()[1:])
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    parts = unicodedata.normalize("NFD", folded).replace("ı", "i")  # the dot is an accent: İ, I, ı and i
    return unicodedata.normalize("NFC", "".join(c for c in parts if not _is_accent(c)))


def _entry(code: int) -> int:
    char = chr(code)
    category = unicodedata.category(char)
    if category == "Cf" or _within(code, _IGNORED) or _is_accent(char):
        return int(REMOVED)
    if category[0] == "C" or _within(code, _BLANKS):  # controls, lone surrogates, unassigned
        return _put(SPACE, STOP)
    if DROPPED.intersection((code, ord(unicodedata.normalize("NFD", char)[0]))):
        return int(REMOVED)
    folded = _fold_code(char)
    if len(folded) > 1:
        _EXPANSIONS[code] = tuple(map(ord, folded))
        return int(EXPANDS) + _put(code)
    if not folded:
        return int(REMOVED)
    entry = _kind(code, category) if folded == char else _entry(ord(folded))
    return entry | int(STOP) if code in _LINK_STOPS else entry


def _put(code: int, *flags: np.uint8) -> int:
    return code << int(SHIFT) | sum(map(int, flags))


def _kind(code: int, category: str) -> int:
    """The entry of a character that folds to itself."""
    if category[0] == "Z" or category in ("So", "Sk"):  # spaces; emoji and their skin tones
        return _put(SPACE, STOP)
    if category[0] not in "LNM" and category != "Sc":  # punctuation
        return _put(code, *[MARKUP] * (code in _MARKUP), *[NAME] * (code == ord("_")))
    flags = [WORD]
    if code in _SECOND_HALVES:
        flags.append(COMPOSES)
    if unicodedata.combining(chr(code)):
        flags.append(MOVES)
    if _within(code, _HANGUL):
        flags.append(STOP)
    if _within(code, _DENSE_EDGES):
        flags += [DENSE, STOP, *[ATTACHED] * (category[0] == "M")]
    return _put(code, *flags)


def _fill(pages: Iterable[int]) -> None:
    for page in pages:
        codes = range(page * _PAGE, (page + 1) * _PAGE)
        if any(low <= codes[0] and codes[-1] <= high for low, high in _LETTERS_AS_THEY_ARE):
            flags = WORD | STOP if _within(codes.start, _HANGUL) else WORD | STOP | DENSE
            entries = np.arange(codes[0], codes[-1] + 1, dtype=np.uint32) << SHIFT | flags
        else:
            entries = np.array([_entry(code) for code in codes], dtype=np.uint32)
        _TABLE[codes[0] : codes[-1] + 1] = entries


def look_up(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The table's entries for raw code points; uint32 (n,) in and out.

    Pages are filled when first met. Filling twice writes the same values, so threads need no lock.
    """
    entries = np.empty_like(codes)
    for start in range(0, codes.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        _TABLE.take(codes[block], out=entries[block], mode="clip")  # no index can be out of bounds
    if entries.size and entries.max() == _UNFILLED:
        at = np.flatnonzero(entries == _UNFILLED)
        new = codes.take(at)
        pages = np.zeros(_TABLE.size // _PAGE, dtype=np.bool_)
        pages[new // _PAGE] = True
        _fill(np.flatnonzero(pages).tolist())
        entries[at] = _TABLE.take(new)
    return entries


def dense_pattern() -> tuple[str, str]:
    """Character classes, without their brackets: the scripts without spaces, and the marks among them."""
    marks = [
        chr(code)
        for low, high in _DENSE
        if low < _MAY_HOLD_MARKS
        for code in range(low, high + 1)
        if unicodedata.category(chr(code))[0] == "M"
    ]
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in _DENSE), "".join(marks)


def expansion(entry: int) -> tuple[int, ...]:
    """The folded code points of a character whose entry is EXPANDS or above."""
    return _EXPANSIONS[(entry - int(EXPANDS)) >> int(SHIFT)]
