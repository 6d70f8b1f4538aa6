"""How long does an audience take, and how much memory?

    python benchmarks/audience.py [--edges 2000000] [--authors 500] [--contacts 200000] [--clusters 1000]
                                  [--largest 500] [--kind edges] [--full]

--full is 20,000,000 edges, 5,000 authors, 1,000,000 contacts and 10,000 clusters of 2 to 500 posts; sizes
fall off as a power law, 1 / size**2. Authors have unequal followings and contacts follow unequal numbers of
authors. A third of the clusters stand within the window of an hour, a third within six hours, a third within
a week; half of the posts carry words of their own.

made s, without s, scored s
    Audience.from_edges (from_counts, from_sketches); saturation(...) without an audience; what it takes
    longer with one.
entries
    the sum over clusters of their authors' follower lists, which is what the time grows with.
    Before that, on one core and without an audience, ten times as many clusters: seconds by one window and by
    two, and microseconds a post.
peak GB
    of the whole process, after making the data (16 bytes an edge and what it takes to make them distinct),
    after making the audience, and at the end.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
from collections.abc import Sequence

import common
import numpy as np

import echodetect
from echodetect import Audience

SIZES = ("edges", "authors", "contacts", "clusters")
FULL = (20_000_000, 5_000, 1_000_000, 10_000)


def follow(
    edges: int, authors: int, contacts: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Author and follower of each edge, int64: distinct edges, popular and busy ones more often."""
    keys = np.zeros(0, np.int64)
    while keys.size < edges:
        some = int((edges - keys.size) * 1.2) + 1_000
        author = (authors * rng.random(some) ** 1.5).astype(np.int64)
        follower = (contacts * rng.random(some) ** 1.5).astype(np.int64)
        keys = np.unique(np.concatenate([keys, author * contacts + follower]))
    keys = rng.permutation(keys)[:edges]
    return keys // contacts, keys % contacts


def posts(clusters: int, largest: int, authors: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Cluster, author, time (datetime64[us]) and verbatim share of each post."""
    sizes = np.arange(2, largest + 1)
    size = rng.choice(sizes, clusters, p=sizes**-2.0 / (sizes**-2.0).sum())
    cluster = np.repeat(np.arange(clusters), size)
    hour = 3_600 * 10**6
    spread = np.array([hour, 6 * hour, 168 * hour])[rng.integers(0, 3, clusters)][cluster]
    instant = (rng.random(cluster.size) * spread).astype(np.int64)
    share = np.where(rng.random(cluster.size) < 0.5, 1, rng.random(cluster.size))
    return cluster, rng.integers(0, authors, cluster.size), instant.view("datetime64[us]"), share


def make(kind: str, author: np.ndarray, follower: np.ndarray) -> tuple[float, Audience]:
    """Seconds to make the audience, and it."""
    if kind == "sketches":
        from datasketch import HyperLogLog

        sketches = {int(a): HyperLogLog(p=12) for a in np.unique(author)}
        for a, f in zip(author.tolist(), follower.tolist(), strict=True):
            sketches[a].update(f.to_bytes(8, "little"))
        start = time.perf_counter()
        audience = Audience.from_sketches(sketches)
    elif kind == "counts":
        names, counts = np.unique(author, return_counts=True)
        start = time.perf_counter()
        audience = Audience.from_counts(names, counts, int(follower.max()) + 1)
    else:
        start = time.perf_counter()
        audience = Audience.from_edges(author, follower)
    return time.perf_counter() - start, audience


def peak() -> float:
    """Peak memory of this process, GB."""
    return (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, full in zip(SIZES, FULL, strict=True):
        parser.add_argument(f"--{name}", type=int, default=full // (5 if name == "contacts" else 10))
    parser.add_argument("--largest", type=int, default=500, help="posts of the largest cluster")
    parser.add_argument("--kind", choices=("edges", "counts", "sketches"), default="edges")
    parser.add_argument("--full", action="store_true", help="the full size")
    options = parser.parse_args(arguments)
    edges, authors, contacts, clusters = FULL if options.full else (getattr(options, n) for n in SIZES)

    rng = np.random.default_rng(0)
    columns = posts(10 * clusters, options.largest, authors, rng)
    seconds = []
    for window in ("1h", ["1h", "24h"]):
        start = time.perf_counter()
        echodetect.saturation(*columns, window=window)
        seconds.append(time.perf_counter() - start)
    head = "clusters", "posts", "one window s", "two windows s", "us a post"
    count = columns[0].size
    print(common.table(head, [(10 * clusters, count, *seconds, 1e6 * seconds[0] / count)]), end="\n\n")
    author, follower = follow(edges, authors, contacts, rng)
    columns = posts(clusters, options.largest, authors, rng)
    gc.collect()
    gc.disable()
    before = peak()
    made, audience = make(options.kind, author, follower)
    built = peak()
    del author, follower
    seconds, result = [], {}
    for who in (None, audience):
        start = time.perf_counter()
        result = echodetect.saturation(*columns, audience=who)
        seconds.append(time.perf_counter() - start)
    pairs = np.unique(columns[0] * authors + columns[1]) % authors
    following = dict(zip(audience.authors.tolist(), audience.followers.tolist(), strict=True))
    entries = sum(following.get(a, 0) for a in pairs.tolist())
    print(f"{audience!r}; {clusters:,} clusters, {columns[0].size:,} posts; {common.circumstances()}")
    head = (
        "kind",
        "made s",
        "without s",
        "scored s",
        "entries",
        "ns an entry",
        "peak GB: data",
        "made",
        "all",
    )
    scored = seconds[1] - seconds[0]
    times = made, seconds[0], scored, int(entries), 1e9 * scored / entries
    line = [options.kind, *times, before, built, peak()]
    print(common.table(head, [[f"{v:.2f}" if isinstance(v, float) else v for v in line]]))
    if options.kind == "edges":
        print("mean audience saturation", common.show(float(np.nanmean(result["audience_saturation"]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
