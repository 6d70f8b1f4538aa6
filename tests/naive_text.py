"""The oracle for the table part of folding: a character at a time, plain and slow; imports nothing of ours.

It knows case, width, accents, punctuation and composition. Links, mentions, marks of reposts and hashtags are
not its business: give it texts without ``# @ : .`` and the ellipsis.
"""

import re
import unicodedata

APOSTROPHES = "'`´‘’‛′ʼʹʻʽ＇｀׳᾽᾿ـ"
SPELT_EMOJI = re.compile("[℠™ℹ㊗㊙🈁🈂🈚🈯🈲-🈺🉐🉑]")
BLANK_LETTERS = "\u3164\uffa0"
IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2060-\u206f\ufe00-\ufe0f\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
KEPT_MARKS = (
    "KATAKANA",
    "GRANTHA",
    "ANUSVARA",
    "DEVANAGARI",
    "PERMIC",
    "GLAGOLITIC",
    "BINDU BELOW",
    "GREEK MUSICAL",
)  # combining by name, but part of a letter
ACCENTED = ("COMBINING ", "HEBREW ", "ARABIC ", "MUSICAL ")


def is_accent(char: str) -> bool:
    if char == "\u0345" or unicodedata.category(char)[0] != "M":  # the iota subscript is an iota
        return False
    name = unicodedata.name(char, "")
    return name.startswith(ACCENTED) and not any(word in name for word in KEPT_MARKS)


def fold_character(char: str) -> str:
    """What one character becomes, accents and punctuation still there."""
    category = unicodedata.category(char)
    if unicodedata.normalize("NFD", char)[0] in APOSTROPHES or category == "Cf" or IGNORABLE.match(char):
        return ""
    if category[0] == "C" or SPELT_EMOJI.match(char) or char in BLANK_LETTERS:
        return " "
    if "\u3131" <= char <= "\u318e":  # Korean letters typed alone
        return char
    if "\uffa1" <= char <= "\uffdc":
        return chr(int(unicodedata.decomposition(char).split()[-1], 16))
    return unicodedata.normalize("NFKC", char).casefold().replace("ı", "i")


def is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM" or unicodedata.category(char) == "Sc"


def fold(text: str) -> str:
    spelt = unicodedata.normalize("NFD", "".join(map(fold_character, text)))
    spelt = "".join(c for c in spelt if c not in APOSTROPHES and not is_accent(c) and not IGNORABLE.match(c))
    spelt = unicodedata.normalize("NFC", spelt)
    return " ".join("".join(c if is_word(c) else " " for c in spelt).split())
