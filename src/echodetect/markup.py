"""Links, mentions, repost marks and outer hashtags in a chunk of folded entries: found and blanked.

Entries are those of `foldtable`, messages parted by breaks. Everything is looked for at the few positions
that hold markup characters, so that text without any costs one pass.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from echodetect.foldtable import CODE, DENSE, MARKUP, SPACE, STOP, WORD

_Codes = NDArray[np.uint32]
_Index = NDArray[np.int64]

_NONE = np.uint32(0)

# Top-level domains that make a link of a bare "example.org"; behind others there must be a path, because
# they are words or abbreviations too ("say.it", "etc.in", "mehr.news").
_DOMAINS = (
    "com|org|net|edu|gov|mil|info|biz|nl|uk|fr|ru|eu|ua|ch|pl|dk|fi|cz|gr|jp|cn|kr|br|app|dev|xyz|example"
)
_WORDS_TOO = "pro|link|news|blog|site|online|shop|store|tech|club|live|media|world|today|page|cloud"
_BARE_LINK = re.compile(
    r"(?<![\w.@-])(?:www\.\w\S*"
    r"|(?:[\w-]++\.)+"
    rf"(?:(?:{_DOMAINS})(?:\.[a-z]{{2}})?(?![\w@-])(?::\d+)?(?:[/?#]\S*)?|(?:[a-z]{{2}}|{_WORDS_TOO})/\S*)"
    r"|ht(?:tp?s?)?(?::/{0,2})?(?:…|\.\.)\S*)"
)
_CUT_LINK = 9  # an ellipsis this far behind "ht" may end a link: https://…
_LATIN = 0x250  # Latin letters come before it
_MOST_JOINTS = 8  # in one name or tag
_LONGEST_NAME = 30  # of an account in a script without spaces; beyond it the text just goes on


def marked(entries: _Codes) -> _Index:
    """Positions of the characters that markup is made of, ascending."""
    return np.flatnonzero((entries & MARKUP) != 0)


def ellipses(entries: _Codes, marks: _Index) -> _Index:
    """Of the positions of `marked`, those where an ellipsis begins or goes on: … or two full stops."""
    code = entries[marks] & CODE
    dots = np.append((code[:-1] == ord(".")) & (code[1:] == ord(".")) & (np.diff(marks) == 1), False)
    found: _Index = marks[(code == ord("…")) | dots[: marks.size]]
    return found


def blank_markup(entries: _Codes, marks: _Index, breaks: _Index) -> _Codes:
    """Links, mentions, repost marks, and hashtags at either end, replaced by spaces.

    marks: see `marked`; breaks: where messages end.
    """
    if not marks.size:
        return entries
    # Sixteen zeros behind serve look-ahead at the end and, by negative index, look-behind at the start.
    entries = np.append(entries, np.zeros(16, np.uint32))
    code = entries & CODE
    kinds = code[marks]
    colons = marks[kinds == ord(":")]
    colons = colons[_spelt(code, colons, "://")]
    dots = marks[(kinds == ord(".")) | (kinds == ord("…"))]
    before = entries[dots - 1]
    dots = dots[((before & WORD) != 0) | (before == ord("/")) | ((before & CODE) == ord(":"))]
    if colons.size or dots.size:
        stops = np.flatnonzero((entries & STOP) != 0)
        _blank(entries, *_links(code, colons, stops))
        _blank(entries, *_bare_links(entries, code, dots, stops))
    ats, hashes = marks[kinds == ord("@")], marks[kinds == ord("#")]
    if ats.size or hashes.size:
        beyond = _beyond(entries)
        tag_ends = _glued(entries, code, beyond, _run_ends(beyond, hashes + 1), "-&")
        _blank(entries, *_mentions(entries, code, ats, tag_ends, beyond))
        _blank(entries, *_outer_hashtags(entries, code, hashes, tag_ends, breaks))
    return entries[:-16]


def _blank(entries: _Codes, starts: _Index, ends: _Index) -> None:
    if int((ends - starts).sum()) * 8 < entries.size:
        entries[_within(starts, ends)] = SPACE
        return
    change = np.zeros(entries.size + 1, dtype=np.int8)  # where much goes, one pass over all is faster
    change[starts] += 1
    change[ends] -= 1
    np.copyto(entries, SPACE, where=np.cumsum(change[:-1], dtype=np.int8).view(np.bool_))


def _within(starts: _Index, ends: _Index) -> _Index:
    """All positions of the spans, one after the other."""
    lengths = ends - starts
    return np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(int(lengths.sum()))


def _spelt(code: _Codes, at: _Index, word: str) -> NDArray[np.bool_]:
    """Where `word` stands at positions `at`."""
    found = np.ones(at.size, dtype=np.bool_)
    for step, letter in enumerate(word):
        found &= code[at + step] == ord(letter)
    return found


def _beyond(entries: _Codes, extra: str = "_", until: np.uint32 = _NONE) -> _Index:
    """Where names and tags end: at what is no word character and none of `extra`, or is flagged `until`."""
    on = (entries & (WORD | until)) == WORD
    code = entries & CODE
    for letter in extra:
        on |= code == ord(letter)
    return np.flatnonzero(~on)


def _run_ends(beyond: _Index, starts: _Index) -> _Index:
    """Where the run that begins at each start ends."""
    return beyond[np.searchsorted(beyond, starts)]


def _glued(entries: _Codes, code: _Codes, beyond: _Index, ends: _Index, joints: str) -> _Index:
    """The ends of runs that go on behind one of the joints: @ann.b.nl, #covid-19."""
    for _ in range(_MOST_JOINTS):
        joined = np.zeros(ends.size, dtype=np.bool_)
        for joint in joints:
            joined |= code[ends] == ord(joint)
        joined &= (entries[ends + 1] & WORD) != 0
        if not joined.any():
            break
        ends = np.where(joined, _run_ends(beyond, ends + 1), ends)
    return ends


def _token_starts(stops: _Index, at: _Index) -> tuple[_Index, _Index]:
    """Start and end of the stretch between two stops around each position."""
    following = np.searchsorted(stops, at)
    return np.where(following > 0, stops[following - 1] + 1, 0), stops[following]


def _links(code: _Codes, at: _Index, stops: _Index) -> tuple[_Index, _Index]:
    """Links with a scheme, "://" at `at`: from "http" (or the last stop) to the next stop."""
    starts, ends = _token_starts(stops, at)
    for scheme in ("http", "https"):  # a link may be glued to the word before it
        starts = np.where(_spelt(code, at - len(scheme), scheme), at - len(scheme), starts)
    ends, first = np.unique(ends, return_index=True)  # of links glued to each other the first holds all
    return starts[first], ends


def _bare_links(entries: _Codes, code: _Codes, dots: _Index, stops: _Index) -> tuple[_Index, _Index]:
    """Links without a scheme (bit.ly/x, www.a.org) and links cut off by an ellipsis (htt…)."""
    dots = dots[entries[dots] != SPACE]  # not those inside links blanked before
    cut = np.zeros(dots.size, dtype=np.bool_)
    for back in range(2, _CUT_LINK + 1):
        cut |= _spelt(code, dots - back, "ht")
    starts, ends = _token_starts(stops, dots[((entries[dots + 1] & WORD) != 0) | cut])
    once = np.append(True, starts[1:] != starts[:-1])[: starts.size]
    found = [
        (start + link.start(), start + link.end())
        for start, end in zip(starts[once].tolist(), ends[once].tolist(), strict=True)
        for link in _BARE_LINK.finditer(code[start:end].tobytes().decode("utf-32-le"))
    ]
    spans = np.array(found, dtype=np.int64).reshape(-1, 2)
    return spans[:, 0], spans[:, 1]


def _mentions(
    entries: _Codes, code: _Codes, at: _Index, tag_ends: _Index, beyond: _Index
) -> tuple[_Index, _Index]:
    """@name and @name@host, with an RT, MT, HT, h/t or via before them."""
    before, after = entries[at - 1], entries[at + 1]
    named = ((after & WORD) != 0) | (code[at + 1] == ord("_"))
    # A Latin letter or digit before it makes a mail address, but for "RT@name" and "#tag@name".
    mail = ((before & WORD) != 0) & (code[at - 1] < _LATIN)
    mail &= ~(_spelt(code, at - 2, "rt") & ((entries[at - 3] & WORD) == 0))
    if tag_ends.size:
        place = np.minimum(np.searchsorted(tag_ends, at), tag_ends.size - 1)
        mail &= tag_ends[place] != at
    starts = at[named & ~mail]
    ends = _run_ends(beyond, starts + 1)
    dense = (entries[starts + 1] & DENSE) != 0
    if ((entries & DENSE) != 0).any():  # @小明 goes on to the next space or mark, @ann你好 does not
        sparse = _beyond(entries, until=DENSE)
        ends = np.where(dense, ends, _glued(entries, code, sparse, _run_ends(sparse, starts + 1), ".-"))
        named = ~dense | (ends - starts - 1 <= _LONGEST_NAME)
        starts, ends = starts[named], ends[named]
    else:
        ends = _glued(entries, code, beyond, ends, ".-")
    hosted = np.flatnonzero((code[ends] == ord("@")) & ((entries[ends + 1] & WORD) != 0))
    if hosted.size:
        ends[hosted] = _run_ends(_beyond(entries, "_.-", DENSE), ends[hosted] + 1)
        # In @你@a the second mark begins a name too: spans that overlap would not end together.
        starts[1:] = np.maximum(starts[1:], np.maximum.accumulate(ends)[:-1])
        starts, ends = starts[starts < ends], ends[starts < ends]
    last = starts - 1  # of what stands before the mention
    for _ in range(3):
        between = np.zeros(last.size, dtype=np.bool_)
        for sign in ' :."“„«(':
            between |= code[last] == ord(sign)
        last = last - between
    for word in ("rt", "mt", "ht", "h/t", "via"):
        first = last - len(word) + 1
        marked = _spelt(code, first, word) & ((entries[first - 1] & WORD) == 0)
        starts = np.where(marked, first, starts)
    return starts, ends


def _outer_hashtags(
    entries: _Codes, code: _Codes, at: _Index, ends: _Index, breaks: _Index
) -> tuple[_Index, _Index]:
    """Hashtags, marked at `at`, with no word between them and the start, or the end, of their message."""
    closing = np.zeros(at.size, dtype=np.bool_)
    glued = np.append(False, at[1:] == ends[:-1]) & (((entries[at - 1] | entries[at + 1]) & DENSE) != 0)
    if glued.any():  # #topic#text: in scripts without spaces every second mark closes a tag
        order = np.arange(at.size)
        closing = (order - np.maximum.accumulate(np.where(glued, 0, order))) % 2 == 1
    first = entries[at + 1]
    tag = (ends > at + 1) & ~closing
    for mark in np.flatnonzero(tag & (first & CODE <= ord("9"))).tolist():  # "#1" is a number
        tag[mark] = code[at[mark] + 1 : ends[mark]].max() > ord("9")
    starts, ends = at[tag], ends[tag]
    content = (entries & WORD) != 0
    content[_within(starts, ends)] = False
    words = np.flatnonzero(content)
    if not words.size:
        return starts, ends
    message = np.searchsorted(breaks, starts)
    opens = np.where(message > 0, breaks[message - 1], -1)
    before = np.searchsorted(words, starts)  # words[before - 1] is the last word before the tag
    leading = (before == 0) | (words[before - 1] < opens)
    trailing = (before == words.size) | (words[np.minimum(before, words.size - 1)] > breaks[message])
    outer = leading | trailing
    return starts[outer], ends[outer]
