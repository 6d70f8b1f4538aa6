"""Plain-loop oracles: they import nothing of the package; obviously right, and slow."""

from __future__ import annotations

BASE = 0x9E3779B1


def mix32(value):
    """MurmurHash3's 32-bit finaliser."""
    value ^= value >> 16
    value = value * 0x85EBCA6B % 2**32
    value ^= value >> 13
    value = value * 0xC2B2AE35 % 2**32
    return value ^ (value >> 16)


def polynomial(text):
    """The hash of a string: its code points as digits in base BASE, modulo 2**32."""
    value = 0
    for character in text:
        value = (value * BASE + ord(character)) % 2**32
    return value


def shingles(text, ngram):
    """The n-grams of a text, in order, repeats kept; of a shorter text the whole."""
    if len(text) < ngram:
        return [text] if text else []
    return [text[start : start + ngram] for start in range(len(text) - ngram + 1)]


def jaccard(one, other):
    one, other = set(one), set(other)
    return len(one & other) / len(one | other) if one | other else 0.0


def containment(one, other):
    one, other = set(one), set(other)
    return len(one & other) / min(len(one), len(other))


def winnow(text, ngram, window):
    """The shingles that are the smallest hash of some window of shingles, ties all kept, in order.

    Each one's hash, and those of the shingles two thirds of `ngram` further on and as far again, 2**32 - 1
    where there is none.
    """
    hashes = [mix32(polynomial(shingle)) for shingle in shingles(text, ngram)] if len(text) >= ngram else []
    chosen = set()
    for start in range(max(len(hashes) - window + 1, min(len(hashes), 1))):
        inside = range(start, min(start + window, len(hashes)))
        smallest = min(hashes[at] for at in inside)
        chosen |= {at for at in inside if hashes[at] == smallest}
    later = hashes + [2**32 - 1] * 2 * ngram
    step = 2 * ngram // 3
    return [(hashes[at], later[at + step], later[at + 2 * step]) for at in sorted(chosen)]


def lcs(one, other):
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for item in one:
        diagonal = 0
        for at, candidate in enumerate(other, 1):
            above = row[at]
            row[at] = diagonal + 1 if item == candidate else max(above, row[at - 1])
            diagonal = above
    return row[-1]


def near(one, other):
    """Normalised Indel similarity."""
    return 2 * lcs(one, other) / (len(one) + len(other))


def embedded(one, other):
    """The best share of the shorter text found, in order, in a stretch of its length of the longer one."""
    shorter, longer = sorted((one, other), key=len)
    size = len(shorter)
    return max(lcs(shorter, longer[at : at + size]) for at in range(len(longer) - size + 1)) / size


def needed(size, similarity, min_embedded):
    """The embedded share that a shorter text of `size` characters needs: if barely long enough, verbatim."""
    return max(similarity, 0.97) if size < min_embedded * 4 / 3 else similarity


def star_cover(count, weight, edges):
    """Sequential greedy star cover: the most central text left takes all its neighbours that are left.

    edges: {(left, right): similarity}. A text's centrality is the posts it has, and those of each neighbour
    times the similarity to it; ties go to the lower number.
    """
    neighbours = {text: {} for text in range(count)}
    for (left, right), similarity in edges.items():
        neighbours[left][right] = neighbours[right][left] = similarity
    centrality = [
        weight[text] * 2**20
        + sum(round(similarity * 2**20) * weight[other] for other, similarity in neighbours[text].items())
        for text in range(count)
    ]
    representative = [-1] * count
    for text in sorted(range(count), key=lambda text: (-centrality[text], text)):
        if representative[text] < 0:
            representative[text] = text
            for other in neighbours[text]:
                if representative[other] < 0:
                    representative[other] = text
    return representative


def template(head, posts):
    """Flags of the words of `head` that at least half of the authors share; posts: (author, words).

    For representatives and posts whose longest common subsequence is the one choice there is. An author
    None is a timeline of its own.
    """
    named = [(at if author is None else str(author), words) for at, (author, words) in enumerate(posts)]
    authors = {author for author, _ in named}
    flags = []
    for position, _word in enumerate(head):
        without = head[:position] + head[position + 1 :]
        sharing = {author for author, words in named if lcs(head, words) > lcs(without, words)}
        flags.append(2 * len(sharing) >= len(authors))
    return flags


def verbatim(words, template_words):
    return lcs(words, template_words) / len(words)


def coverage(words, template_words):
    return lcs(words, template_words) / len(template_words)
