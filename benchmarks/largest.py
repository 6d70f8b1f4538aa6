"""Are the largest clusters each one message, and is every member tied to its representative?

    python benchmarks/largest.py [--data FILE.parquet] [--top 20] [--min-authors 2] [--texts]

Every member of every cluster is compared anew with its representative, by rapidfuzz on the whole texts and,
where that is below the threshold, over every stretch of the longer text, which owes nothing to the library.

numbers, days
    how many different numbers (or runs of them) its texts hold, and days from its first post to its last:
    many of both tell of a slot-filled notice (rates, weather, scores), whose filled part is the message.
min_similarity
    as the report has it.
lowest, median
    tie of a distinct text to the representative, computed anew: the near similarity where that is at least
    the threshold, otherwise the share of the shorter text in the best stretch of the longer one.
embedded
    share of the distinct texts that are tied by embedding alone.
violations
    texts below the threshold, over all clusters of the file. Must be 0: otherwise it ends with code 1.

Texts are shown with --texts only: some of the real ones are offensive.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

import common
import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Indel

import echodetect

HEAD = (
    "cluster", "posts", "authors", "texts", "numbers", "days", "min_similarity", "lowest", "median",
    "embedded",
)  # fmt: skip


def ties(
    texts: Sequence[str], one: common.Index, other: common.Index, similarity: float
) -> tuple[np.ndarray, np.ndarray]:
    """Score of each pair, float64 (pairs,), and whether it is the best stretch's; near comes first."""
    scores = process.cpdist(
        [texts[i] for i in one.tolist()],
        [texts[i] for i in other.tolist()],
        scorer=Indel.normalized_similarity,
        dtype=np.float64,
        workers=-1,
    )
    inside = scores < similarity - 1e-9
    for at in np.flatnonzero(inside).tolist():
        a, b = texts[one[at]], texts[other[at]]
        scores[at] = common.stretch_share(a, b) if common.is_embedded(a, b, similarity) else 0.0
    return scores, inside


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="parquet file; the real posts, or else generated ones, by default")
    for name, default in (("text", "text"), ("author", "author"), ("time", "posted_at")):
        parser.add_argument(f"--{name}", default=default, help=f"column, {default} by default")
    parser.add_argument("--top", type=int, default=20, help="clusters to list, most posts first")
    parser.add_argument("--min-authors", type=int, default=2, help="1: an author's own repeats too")
    parser.add_argument("--similarity", type=float, default=0.85)
    parser.add_argument("--texts", action="store_true", help="show the templates")
    options = parser.parse_args(arguments)

    frame = common.load(options.data, text=options.text, author=options.author, time=options.time)
    report = echodetect.detect(frame, id=None, similarity=options.similarity, min_authors=options.min_authors)
    texts, labels = report._corpus.texts, report.labels
    rows = np.flatnonzero(labels >= 0)
    members = np.unique(np.stack([labels[rows], report._corpus.text_of[rows]]), axis=1)
    cluster, member = members
    tie, inside = ties(texts, member, report._scores.representatives[cluster], options.similarity)
    bad = tie < options.similarity - 1e-9
    clusters = report.clusters
    lines = []
    for figures in clusters.sort(["posts", "cluster"], descending=[True, False]).head(options.top).to_dicts():
        own = cluster == figures["cluster"]
        lines.append(
            [
                figures["cluster"],
                figures["posts"],
                figures["authors"],
                int(own.sum()),
                len({tuple(re.findall(r"\d+", texts[i])) for i in member[own].tolist()}),
                f"{(figures['last_seen'] - figures['first_seen']).total_seconds() / 86400:.1f}"
                if figures["first_seen"]
                else None,
                f"{figures['min_similarity']:.4f}",
                f"{tie[own].min():.4f}",
                f"{np.median(tie[own]):.4f}",
                float(inside[own].mean()),
            ]
        )
        if options.texts:
            lines[-1].append(figures["template"])
    print(
        f"{frame.height:,} posts, {rows.size:,} of them in {clusters.height:,} clusters of "
        f"{options.min_authors} or more authors; {member.size:,} distinct texts; {common.circumstances()}"
    )
    print(common.table((*HEAD, "template") if options.texts else HEAD, lines))
    lowest = np.ones(clusters.height)
    np.minimum.at(lowest, cluster, tie)
    told = clusters.sort("cluster")["min_similarity"].to_numpy()
    apart = np.abs(told - lowest)
    print(
        f"min_similarity differs from the lowest tie in {int((apart > 1e-6).sum()):,} clusters, by "
        f"{float(apart.max(initial=0)):.4f} at most"
    )
    verdict = "NOT MET" if bad.any() else "met"
    print(f"violations: {int(bad.sum()):,} of {bad.size:,} texts; must be 0: {verdict}")
    return int(bad.any())


if __name__ == "__main__":
    raise SystemExit(main())
