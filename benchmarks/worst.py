"""Do worst cases stay sane? CPU time per character of awkward inputs, beside that of ordinary posts.

`python benchmarks/worst.py [--posts 200000]`; random words, seeded; CPU seconds of one worker.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable

import echodetect

TAGS = " #one #two #three #four #five #six"
SLOGAN = "we stand together for a brighter and cleaner future for all"  # 59 characters


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    posts, draw = options.posts, random.Random(options.seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(draw.choices(letters, k=draw.randint(2, 9))) for _ in range(30_000)]

    def words(count: int) -> str:
        return " ".join(draw.choices(vocabulary, k=count))

    def near_copies(message: list[str], count: int) -> list[str]:
        copies = [list(message) for _ in range(count)]
        for copy in copies:
            for place in draw.choices(range(len(message)), k=18):
                copy[place] = draw.choice(vocabulary)
        return list(map(" ".join, copies))

    cases: dict[str, Callable[[], list[str]]] = {
        "ordinary": lambda: [words(14) for _ in range(posts)],
        "one block of hashtags": lambda: [words(14) + TAGS for _ in range(posts)],
        "hashtags inside": lambda: [f"{words(7)}{TAGS} {words(7)}" for _ in range(posts)],
        "one slogan quoted": lambda: [f"{words(5)} {SLOGAN} {words(6)}" for _ in range(posts)],
        "half are exact copies": lambda: [words(14)] * (posts // 2) + [words(14) for _ in range(posts // 2)],
        "2,000 characters each": lambda: [words(308) for _ in range(posts // 20)],
        "near-copies of them": lambda: near_copies(words(308).split(), posts // 100),
    }
    echodetect.detect([words(14) for _ in range(1000)], workers=1)
    print(f"{'case':24}{'posts':>9}{'CPU s':>8}{'ns/character':>14}{'ratio':>7}{'clusters':>10}")
    ordinary = None
    for name, make in cases.items():
        texts = make()
        begin = time.process_time()
        report = echodetect.detect(texts, workers=1)
        seconds = time.process_time() - begin
        each = seconds / sum(map(len, texts)) * 1e9
        ordinary = each if ordinary is None else ordinary
        clusters = int(report.labels.max(initial=-1)) + 1
        print(
            f"{name:24}{len(texts):>9,}{seconds:>8.2f}{each:>14.0f}{each / ordinary:>7.2f}{clusters:>10,}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
