"""What the whole way makes of a few thousand posts, in figures: whatever changes a result shows here.

Figures that are meant to change are printed by `python -m tests.test_whole`; say why in the commit.
"""

from __future__ import annotations

import random
import zlib

import numpy as np
import pytest

import echodetect
from echodetect.candidates import find

GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
         "mu", "nu", "xi", "omicron", "pi", "rho")  # fmt: skip


def generated(similarity):
    return echodetect.detect(echodetect.simulate(4_000, seed=11), similarity=similarity)


def cut(embedded):
    """Variants of one message, a fifth of them cut, a seventh with own words."""
    chance = random.Random(4)
    texts = []
    for number in range(1_200):
        words = list(GREEK)
        for _ in range(chance.randrange(5)):
            words[chance.randrange(len(GREEK))] = chance.choice([*GREEK[:6], f"q{number % 40}"])
        if number % 5 == 0:
            words = words[: chance.randrange(10, 17)]
            words[-1] = words[-1][:2] + "…"
        texts.append(" ".join([f"own{number}", "words", *words] if number % 7 == 0 else words))
    authors = [chance.randrange(90) for _ in texts]
    rows = {"text": texts, "author": authors}
    return echodetect.detect(rows, time=None, id=None, embedded=embedded, min_authors=1)


def long():
    """Candidates among texts of a thousand characters: copies with words exchanged, parts inside others."""
    chance = random.Random(4)
    vocabulary = [f"w{number:04d}" for number in range(3_000)]
    texts = []
    for _ in range(100):
        words = [chance.choice(vocabulary) for _ in range(160)]
        other = list(words)
        for _ in range(14):
            other[chance.randrange(160)] = chance.choice(vocabulary)
        own = [chance.choice(vocabulary) for _ in range(300)]
        texts += [" ".join(some) for some in (words, other, words[40:90] + own)]
    return find(texts)


def short():
    """Candidates among texts of twenty to forty characters, of which a word or two are another."""
    chance = random.Random(5)
    texts = set()
    for number in range(1_500):
        words = [GREEK[(number // 5 * step) % len(GREEK)] for step in range(2, 7)]
        words[chance.randrange(5)] = chance.choice([f"w{chance.randrange(99)}", *GREEK])
        texts.add(" ".join(words)[:40])
    return find(sorted(texts))


def figures(report):
    """Clusters, posts in them, links, truncated posts, and all labels."""
    table = report.messages
    truncated = table["truncated"] if isinstance(table, dict) else [row["truncated"] for row in table]
    return (
        int(report.labels.max()) + 1,
        int((report.labels >= 0).sum()),
        len(report.pairs["left"] if isinstance(report.pairs, dict) else report.pairs),
        sum(map(bool, truncated)),
        zlib.crc32(report.labels.astype("<i8").tobytes()),
    )


def of_candidates(found):
    pairs = np.stack([found.left, found.right]).astype("<i8")
    return found.left.size, found.dropped, zlib.crc32(pairs.tobytes())


CASES = {
    "generated, .6": (lambda: figures(generated(0.6)), (171, 1708, 9258, 125, 1844349154)),
    "generated, .85": (lambda: figures(generated(0.85)), (144, 1577, 6737, 125, 4245092380)),
    "cut": (lambda: figures(cut(True)), (62, 1193, 47212, 223, 4194619689)),
    "cut, whole posts only": (lambda: figures(cut(False)), (95, 1191, 31299, 196, 2684967246)),
    "short": (lambda: of_candidates(short()), (18692, 9361, 2905857385)),
    "long": (lambda: of_candidates(long()), (4516, 1833, 451194197)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_figures_are_what_they_were(name):
    make, expected = CASES[name]
    assert make() == expected


if __name__ == "__main__":
    for name, (make, _) in CASES.items():
        print(f"{name!r}: {make()}")
