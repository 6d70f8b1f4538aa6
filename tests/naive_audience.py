"""Plain-loop oracle of what an audience sees: imports nothing of the package; obviously right, and slow.

A post is a tuple (author, time, share), as in naive_saturation; follows maps each known author to the set of
their followers. Unknown figures are None.
"""

from __future__ import annotations

import math
from collections import Counter

from . import naive_saturation


def repeats(posts, window):
    """f of the posts a viewer gets, those of unknown time set aside: at least (None, 1) and at most."""
    sure = [post for post in posts if post[1] is not None]
    lone = len({author for author, _, _ in posts}) == 1
    if lone:
        return 1.0, 1.0
    low = naive_saturation.most_repeats(sure, window) if sure else 1.0
    return low, naive_saturation.most_repeats(posts, window)


def see(posts, follows, window):
    """Every figure of one cluster for an audience of edges."""
    known = [post for post in posts if post[0] in follows]
    missing = {author for author, _, _ in posts if author is not None and author not in follows}
    unknown = len(missing) + sum(author is None for author, _, _ in posts)
    split = [(f"unknown {i}" if a is None else a, t, w) for i, (a, t, w) in enumerate(posts)]
    top = 1 - 1 / naive_saturation.most_repeats(split, window)

    viewers = set()
    for author, _, _ in known:
        viewers |= follows[author]
    views, low, high, several = {}, {}, {}, False
    for viewer in viewers:
        mine = [post for post in known if viewer in follows[post[0]]]
        views[viewer] = len(mine)
        low[viewer], high[viewer] = repeats(mine, window)
        several |= len({author for author, _, _ in mine}) > 1
    impressions, reach = sum(views.values()), len(viewers)
    timeless = several and all(time is None for _, time, _ in known)
    sum_low, sum_high = math.fsum(low.values()), math.fsum(high.values())
    shared = {}
    for author in {author for author, _, _ in known}:
        others = set()
        for other, _, _ in known:
            if other != author:
                others |= follows[other]
        shared[author] = len(follows[author] & others)
    nobody = None if unknown == 0 and reach == 0 else 0.0
    return {
        "figures": {
            "authors_unknown": unknown,
            "impressions": impressions if known else None,
            "reach": reach if known else None,
            "reach_low": reach,
            "reach_high": None if unknown else reach,
            "reach_error": 0.0 if known else None,
            "mean_frequency": impressions / reach if reach else None,
            "repeat_share": 1 - reach / impressions if impressions else None,
            "redundant_impressions": None if timeless or not known else sum_low - reach,
            "audience_saturation": None if timeless or not reach else 1 - reach / sum_low,
            "audience_saturation_low": nobody if unknown or not reach else 1 - reach / sum_low,
            "audience_saturation_high": top if unknown else (1 - reach / sum_high if reach else None),
        },
        "exposure": dict(Counter(views.values())),
        "shared": shared,
    }
