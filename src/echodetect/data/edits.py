"""How people change a message that they pass on, and what they write instead, each with its truth.

An edit takes how the language is spelt, the message's words, random words of one's own and four dice; it
returns the text and the share of its tokens that are the message's, in order.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import TypeAlias
from unicodedata import normalize

from echodetect.data.packs import Tongue

__all__ = ["EDITS", "KEPT", "LEVELS", "OTHERS", "WORDS", "link", "name", "other", "own_link"]

LEVELS: dict[str, int] = {
    "exact": 14, "link": 14, "hashtags": 8, "mention": 6, "emoji": 6, "case": 4, "comment before": 10,
    "comment after": 10, "comment both": 5, "truncation": 8, "typo": 5, "moved clause": 3,
    "one changed word": 3, "several changed words": 2, "low overlap": 2,
}  # fmt: skip
"""The edit levels and how many in a hundred copies each takes by default."""

OTHERS: dict[str, int] = {"unrelated": 80, "same link": 5, "notice": 5, "greeting": 5, "quote": 5}
"""What copies nothing, and how many in a hundred of such posts each takes."""

WORDS: dict[str, int] = {
    "comment before": 15, "comment after": 15, "comment both": 15, "typo": 1, "one changed word": 1,
    "several changed words": 6, "low overlap": 44, "unrelated": 28, "same link": 28, "notice": 26,
    "quote": 34,
}  # fmt: skip
"""How many random words of one's own each kind may need."""

KEPT = {"th": 58, "zh": 64, "ja": 64}
"""How many characters in a hundred a notice has of its template, and a copy of low overlap of its message, a
few more or fewer; 52 where texts of independent words have much in common by chance, as in alphabets."""

_EMOJI = "🎉🔥👏💡🌱⚡🙌👇💚🚀"
_QUOTES = (("“", "”"), ("«", "»"), ("„", "“"), ('"', '"'), ("‘", "’"))
_WIDE = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in string.ascii_letters + string.digits})
_DIGITS = string.digits + string.ascii_lowercase
_PAIRS = [a + b for a in _DIGITS for b in _DIGITS]
_FIRST = ("anouk", "bas", "carla", "daan", "elif", "femke", "gijs", "hanna")
_LAST = (
    "berk",
    "duin",
    "eik",
    "heide",
    "kade",
    "linde",
    "molen",
    "polder",
    "rivier",
    "sluis",
    "terp",
    "veen",
)

_Words: TypeAlias = list[str]
_Dice: TypeAlias = list[int]
_Edited: TypeAlias = tuple[str, float]


def name(number: int) -> str:
    """Return the name of an author."""
    return f"{_FIRST[number % 8]}_{_LAST[number // 8 % 12]}{number // 96 or ''}"


def link(message: int) -> str:
    """Return a message's own short link, which seven in ten have."""
    if message % 10 > 6:
        return ""
    code = (message + 1) * 8_048_271 % 60_466_176  # 36 ** 5
    return (
        f" https://lnk.example/{_PAIRS[code % 1296]}{_PAIRS[code // 1296 % 1296]}{_DIGITS[code // 1_679_616]}"
    )


def own_link(die: int) -> str:
    """Return a person's short link in one of its spellings."""
    code = f"{_PAIRS[die % 1296]}{_PAIRS[die // 1296 % 1296]}"
    scheme, tail = (("https://", ""), ("", ""), ("http://", ""), ("https://", "?utm_source=share"))[die >> 29]
    return f" {scheme}lnk.example/{code}{tail}"


def _exact(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    return tongue.say(words), 1.0


def _hashtags(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    nouns = tongue.nouns
    tags = " ".join(f"#{nouns[(dice[0] + 41 * k) % len(nouns)]}" for k in range(1 + dice[1] % 3))
    text = tongue.say(words)
    return (f"{tags} {text}" if dice[2] % 5 == 0 else f"{text} {tags}"), 1.0


def _mention(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    text, who = tongue.say(words), name(dice[0] % 5000)
    return (f"RT @{who}: {text}", f"{text} via @{who}", f"@{who} {text}")[dice[1] % 3], 1.0


def _emoji(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    signs = _EMOJI[dice[0] % 10] * (1 + dice[1] % 3)
    if dice[2] % 3 == 0:
        return f"{signs} {tongue.say(words)}", 1.0
    if dice[2] % 3 == 1:
        return f"{tongue.say(words)} {signs}", 1.0
    half = len(words) // 2
    return tongue.say([*words[:half], signs, *words[half:]]), 1.0


def _case(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    text = tongue.say(words)
    changed = (text.upper(), text.lower(), text.translate(_WIDE), text)[dice[0] % 4]
    opening, closing = _QUOTES[dice[1] % 5]
    return (f"{opening}{text}{closing}" if changed == text else changed), 1.0


def _commented(before: int, after: int) -> Callable[[Tongue, _Words, _Words, _Dice], _Edited]:
    """Return the edit that puts up to so many words of one's own before and after, four at least."""

    def edit(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
        split = 4 + dice[0] % (before - 3) if before else 0
        end = split + (4 + dice[1] % (after - 3) if after else 0)
        text = tongue.say(words)
        if split:
            text = f"{tongue.say(own[:split], '.!:?'[dice[2] % 4])} {text}"
        if end > split:
            text = f"{text} {tongue.say(own[split:end], '.!?'[dice[2] % 3])}"
        message = tongue.count(words)
        return text, message / (message + tongue.count(own[:end]))

    return edit


def _truncation(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    kept = -(-len(words) * (60 + dice[0] % 26) // 100)
    return tongue.say(words[:kept], ("…", "...", " …", "..")[dice[1] % 4]), 1.0


def _typo(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    """One character, or two in different words: left out, swapped with the next, or doubled."""
    words, size, wrong = list(words), len(words), 0
    for slip in range(1 + (dice[2] % 3 == 0)):
        at = (dice[0] + slip * (size // 2)) % size
        longest = max(range(at, at + size // 2), key=lambda k: len(words[k % size])) % size
        word = words[longest]
        where = min(1 + dice[1] % max(len(word) - 2, 1), len(word) - 1)
        kind = (dice[1] >> 8) % 3
        if kind == 0 and where + 1 < len(word) and word[where] != word[where + 1]:
            words[longest] = word[:where] + word[where + 1] + word[where] + word[where + 2 :]
            wrong += 1
        elif kind == 1:
            words[longest] = word[: where + 1] + word[where:]
            wrong += 1
        else:
            words[longest] = word[:where] + word[where + 1 :]
            wrong += not tongue.joined  # what is left of a word's characters is the message's
    tokens = tongue.count(words)
    return tongue.say(words), (tokens - wrong) / tokens


def _moved(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    """The first words come last or the other way round: a seventh of the words, an eighth of the letters."""
    front = dice[0] % 2 == 0
    order = words if front else words[::-1]
    room, moved = sum(map(len, words)) // 8 - len(order[0]), 1
    while moved < len(words) // 7 and (room := room - len(order[moved])) >= 0:
        moved += 1
    cut = moved if front else len(words) - moved
    tokens = tongue.count(words)
    return tongue.say(words[cut:] + words[:cut]), 1 - tongue.count(order[:moved]) / tokens


def _changed(share: int, least: int) -> Callable[[Tongue, _Words, _Words, _Dice], _Edited]:
    """Return the edit that puts one's own words in the place of one in `share`, a seventh of the letters."""

    def edit(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
        count = max(len(words) // share, least)
        places = [(dice[0] + k * (len(words) // count)) % len(words) for k in range(count)]
        new = list(words)
        room = sum(map(len, words)) // 7
        for done, (place, word) in enumerate(zip(places, own, strict=False)):
            room -= max(len(word), len(words[place]))
            if room < 0 and done >= least:
                break
            new[place] = word
        wrong = [a for a, b in zip(new, words, strict=True) if a != b]
        return tongue.say(new), 1 - tongue.count(wrong) / tongue.count(new)

    return edit


def _low_overlap(tongue: Tongue, words: _Words, own: _Words, dice: _Dice) -> _Edited:
    """Pairs of words give way to one's own, evenly, so that every part keeps about the same share."""
    share = KEPT.get(tongue.language, 52) + 4 + dice[1] % 6
    new: _Words = []
    spare = iter(own)
    kept = seen = dice[0] % 9  # as if so many characters had been kept before: the runs begin elsewhere
    for at in range(0, len(words), 2):
        pair = words[at : at + 2]
        size = sum(map(len, pair))
        seen += size
        if (kept + size) * 100 <= share * seen:
            kept += size
            new += pair
        else:
            while size > 0:  # by words as long, or what is kept would weigh more
                new.append(next(spare))
                size -= len(new[-1])
    return tongue.say(new), float("nan")


EDITS: dict[str, Callable[[Tongue, _Words, _Words, _Dice], _Edited]] = {
    "exact": _exact,
    "link": _exact,  # the link behind it differs
    "hashtags": _hashtags,
    "mention": _mention,
    "emoji": _emoji,
    "case": _case,
    "comment before": _commented(15, 0),
    "comment after": _commented(0, 15),
    "comment both": _commented(8, 7),
    "truncation": _truncation,
    "typo": _typo,
    "moved clause": _moved,
    "one changed word": _changed(1000, 1),
    "several changed words": _changed(8, 2),
    "low overlap": _low_overlap,
}
"""What is done at each level."""


def other(kind: str, tongue: Tongue, frame: _Words, own: _Words, dice: _Dice, place: int) -> str:
    """Return a post of one of `OTHERS`.

    `frame` is the template of a notice or the words that a headline is made of. `place` is a greeting's
    place among the long ones; below 0 it is a short one, and a quote is the bare headline.
    """
    if kind == "greeting":
        greetings = tongue.greetings
        if place >= 0:
            joint = "" if tongue.joined else " "
            return f"{greetings[place % len(greetings)]}{joint}{tongue.wishes[place]}{tongue.stop}"
        greeting = greetings[dice[0] % len(greetings)]
        return f"{greeting} {_EMOJI[dice[1] % 10]}" if dice[2] % 3 == 0 else greeting
    if kind == "notice":
        frame = frame if tongue.joined else frame[:12]
        title = tongue.notices[dice[2] % len(tongue.notices)]
        share = KEPT.get(tongue.language, 52) + dice[0] % 9
        room = (len(title) + sum(map(len, frame))) * (100 - share) // share
        filled, half = 0, len(frame) // 2
        while room > 0:
            room -= len(own[filled])
            filled += 1
        first = filled // 2
        return f"{title} {tongue.say([*frame[:half], *own[:first], *frame[half:], *own[first:filled]])}"
    if kind == "quote":
        headline = _headline(tongue, frame)
        if place < 0:
            return headline
        opening, closing = _QUOTES[dice[1] % 5]
        half = 12 + dice[0] % 6
        before, after = tongue.say(own[:half], ":"), tongue.say(own[half : 2 * half])
        return f"{before} {opening}{headline}{closing} {after}"
    least = 14 if tongue.joined else 8
    return tongue.say(own[: least + dice[0] % (29 - least)])


def _headline(tongue: Tongue, words: _Words) -> str:
    """Return the first words, as many as stay under thirty characters when folded."""
    size = 1
    while len(normalize("NFKC", tongue.say(words[: size + 1], "")).casefold()) < 30:
        size += 1
    return tongue.say(words[:size], "")
