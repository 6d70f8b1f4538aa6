"""Plain-loop oracle of the permutation test: every way to deal out the times; imports nothing of ours.

A message is (author, time, cluster): cluster None outside every cluster.
"""

from __future__ import annotations

from itertools import permutations, product


def peak(posts, window):
    """The largest number of distinct authors in a window; posts: (author, time)."""
    return max(len({a for a, t in posts if start <= t <= start + window}) for _, start in posts)


def probability(messages, window, cluster):
    """The share of all ways in which the cluster's peak is as large as it is, and the mean peak."""
    authors = sorted({author for author, _, _ in messages})
    mine = {author: [m for m in messages if m[0] == author] for author in authors}
    seen = peak([(a, t) for a, t, c in messages if c == cluster], window)
    peaks = []
    for deal in product(*(permutations([t for _, t, _ in mine[author]]) for author in authors)):
        posts = [
            (author, time)
            for author, times in zip(authors, deal, strict=True)
            for (_, _, c), time in zip(mine[author], times, strict=True)
            if c == cluster
        ]
        peaks.append(peak(posts, window))
    return sum(value >= seen for value in peaks) / len(peaks), sum(peaks) / len(peaks)
