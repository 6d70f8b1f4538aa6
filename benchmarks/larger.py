"""More posts than a file has: the file over and over, each time in other letters.

Small letters are exchanged within their script, plain ones and those with accents apart, one for one and for
all posts of a repetition alike, and capitals with them: its posts are to each other what the file's are, as
long, as often copied, with the same edits, but for copies that differ by an accent. Words of one repetition
are hardly ever another's: what chance brings together does not grow with the size, as it does in the small
vocabulary of `echodetect.simulate`. Links with a slash, and the marks before a mention, stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

import numpy as np
import polars as pl

_SPACES = re.compile(r"(\s+)")
_MARKS = {"rt", "mt", "ht", "h/t", "via"}


def larger(frame: pl.DataFrame, posts: int, seed: int = 0) -> pl.DataFrame:
    """Columns text, author, posted_at; the frame's own posts first. Authors are others in each repetition."""
    if not frame.height:
        raise SystemExit("no posts to repeat")
    texts = frame["text"].fill_null("").to_list()
    parts = [_parts(text) for text in texts]
    groups = _groups(texts)
    generator = np.random.Generator(np.random.PCG64(seed))
    frames = [frame.cast({"author": pl.String})]
    while sum(map(len, frames)) < posts:
        table = _exchanged(groups, generator)
        made = [
            "".join(part if at % 2 else part.translate(table) for at, part in enumerate(some))
            for some in parts
        ]
        author = pl.format("{}~{}", "author", pl.lit(len(frames)))
        frames.append(frames[0].with_columns(text=pl.Series(made, dtype=pl.String), author=author))
    return pl.concat(frames).head(posts)


def _parts(text: str) -> list[str]:
    """What is to be exchanged, and every other time what stays."""
    parts = [""]
    for token in _SPACES.split(text):
        stays = "/" in token or token.lower().startswith("www.") or token.lower().strip("(:.") in _MARKS
        if stays == (len(parts) % 2 == 0):
            parts[-1] += token
        else:
            parts.append(token)
    return parts


def _groups(texts: list[str]) -> list[list[str]]:
    """Letters that may stand for each other: of one script, with an accent or without."""
    groups = defaultdict[tuple[str, str, bool, bool], list[str]](list)
    for letter in sorted(set().union(*texts)):
        kind = unicodedata.category(letter)
        if kind == "Lo" or (kind == "Ll" and letter.upper() != letter == letter.upper().lower()):
            script = unicodedata.name(letter, "?").split()[0]
            plain = len(unicodedata.normalize("NFKD", letter)) == 1
            groups[script, kind, plain, letter.isascii()].append(letter)
    return list(groups.values())


def _exchanged(groups: list[list[str]], generator: np.random.Generator) -> dict[int, str]:
    """Another letter for each, the same for its capital."""
    table: dict[int, str] = {}
    for letters in groups:
        for letter, at in zip(letters, generator.permutation(len(letters)).tolist(), strict=True):
            table |= {ord(letter.upper()): letters[at].upper(), ord(letter): letters[at]}
    return table
