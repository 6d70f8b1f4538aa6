"""Plain-loop oracles of what might have been: they import nothing of the package."""

from __future__ import annotations

from itertools import combinations


def spaced(times, gap):
    """Times in order, none sooner than a gap after the one before it; None for an unknown one."""
    known, moved = sorted(time for time in times if time is not None), []
    for time in known:
        moved.append(max(time, moved[-1] + gap) if moved else time)
    return moved


def greedy(followers):
    """Authors, always the one who adds most next, of equal ones the first by name: [(author, added)]."""
    left, reached, order = sorted(followers), set(), []
    while left:
        best = max(left, key=lambda author: (len(followers[author] - reached), [-ord(c) for c in author]))
        order.append((best, len(followers[best] - reached)))
        reached |= followers[best]
        left.remove(best)
    return order


def best_reach(followers, count):
    """The most that any so many authors reach."""
    return max(len(set().union(*(followers[a] for a in some))) for some in combinations(followers, count))
