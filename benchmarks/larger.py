"""More posts than a file has: the file over and over, each time in other letters.

Letters are exchanged within their script, one for one and for all posts of a repetition alike, so that its
posts are to each other what the file's are: as long, as often copied, with the same edits. Words of one
repetition are hardly ever another's: what chance brings together does not grow with the size, as it does in
the small vocabulary of `echodetect.simulate`. What folding takes for markup stays as it is: links, and the
marks before a mention.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

import numpy as np
import polars as pl

_MARKUP = re.compile(r"(\S*[/.]\S*/\S*|\bwww\.\S+|\b(?:rt|mt|ht|via)\b)", re.IGNORECASE)


def larger(frame: pl.DataFrame, posts: int, seed: int = 0) -> pl.DataFrame:
    """Columns text, author, posted_at; the frame's own posts first. Authors are others in each repetition."""
    texts = frame["text"].fill_null("").to_list()
    split = [_MARKUP.split(text) for text in texts]
    groups = _groups(texts)
    generator = np.random.Generator(np.random.PCG64(seed))
    frames = [frame]
    while sum(map(len, frames)) < posts:
        table = _exchanged(groups, generator)
        made = [
            "".join(part if at % 2 else part.translate(table) for at, part in enumerate(parts))
            for parts in split
        ]
        author = pl.format("{}~{}", pl.col("author").cast(pl.String), pl.lit(len(frames)))
        frames.append(frame.with_columns(text=pl.Series(made, dtype=pl.String), author=author))
    return pl.concat([frames[0].cast({"author": pl.String}), *frames[1:]]).head(posts)


def _groups(texts: list[str]) -> list[list[str]]:
    """Letters that may stand for each other: of one script and case, with an accent or without."""
    groups = defaultdict[tuple[str, str, bool, bool], list[str]](list)
    for letter in sorted(set().union(*texts)):
        kind = unicodedata.category(letter)
        if kind == "Lo" or (kind == "Ll" and len(letter.upper()) == 1 and letter.upper() != letter):
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
