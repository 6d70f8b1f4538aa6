"""Plain-loop oracle of saturation: imports nothing of the package; obviously right, and slow.

A post is a tuple (author, time, share): author None or time None where unknown; time in microseconds.
"""

from __future__ import annotations

import math


def excess(posts, start, window):
    """sum_a v_a - max_a v_a over the posts in [start, start + window]; a post without a time is in all."""
    best = {}
    for author, time, share in posts:
        if time is None or (start is not None and start <= time <= start + window):
            best[author] = max(best.get(author, 0.0), share)
    return math.fsum(best.values()) - max(best.values(), default=0.0)


def most_repeats(posts, window):
    """f: every moment at which a window can change what it holds is tried as a start."""
    starts = {None}
    for _, time, _ in posts:
        if time is not None:
            starts |= {time, time - window, time + 1, time - window - 1}
    return 1 + max(excess(posts, start, window) for start in starts)


def peak(posts, window):
    """The largest number of distinct authors in a window that starts at a post, and its earliest start."""
    best, best_start = 0, None
    for start in sorted({time for _, time, _ in posts}):
        authors = {author for author, time, _ in posts if start <= time <= start + window}
        if len(authors) > best:
            best, best_start = len(authors), start
    return best, best_start


def repeats_before(posts, window):
    """Per post, the other authors with a post in [t - window, t); None if its time or author is unknown."""
    counts = []
    for author, time, _ in posts:
        if author is None or time is None:
            counts.append(None)
            continue
        others = set()
        for other, when, _ in posts:
            if other is not None and when is not None and other != author and time - window <= when < time:
                others.add(other)
        counts.append(len(others))
    return counts


def score(posts, window):
    """Every figure of one cluster; None where unknown."""
    known_authors = {author for author, _, _ in posts if author is not None}
    by_known = sum(author is not None for author, _, _ in posts)
    times = [time for _, time, _ in posts if time is not None]
    sure = [post for post in posts if post[0] is not None and post[1] is not None]
    split = [(f"unknown {i}" if a is None else a, t, w) for i, (a, t, w) in enumerate(posts)]
    timelines = len({author for author, _, _ in split})
    if sure:
        crowd, crowd_start = peak(sure, window)
        repeats = most_repeats(sure, window)
    elif timelines == 1:
        crowd, crowd_start, repeats = 1, None, 1.0
    else:
        crowd = crowd_start = repeats = None
    return {
        "posts": len(posts),
        "authors": len(known_authors) or None,
        "self_repeats": by_known - len(known_authors) if known_authors else None,
        "first_seen": min(times, default=None),
        "last_seen": max(times, default=None),
        "peak": crowd,
        "peak_start": crowd_start,
        "effective_repeats": repeats,
        "saturation": None if repeats is None else 1 - 1 / repeats,
        "saturation_low": 0.0 if repeats is None else 1 - 1 / repeats,
        "saturation_high": 1 - 1 / most_repeats(split, window),
        "repeats_before": repeats_before(posts, window),
    }
