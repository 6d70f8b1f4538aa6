"""What do two workers win, and what does the machine itself give two processes?

    python benchmarks/workers.py [--data FILE.parquet] [--size 200000] [--repeats 3]

`detect` on one worker, on two, and at the same time in two processes of one worker each, in turn. "work" is
what is done in the time that one worker alone takes: two workers cannot be expected to do more than two
processes, which share nothing but the caches and the memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import polars as pl

THROUGHPUT = Path(__file__).with_name("throughput.py")


def together(case: str, path: str, size: int, processes: int) -> float:
    """Seconds of the slowest of so many processes that run the case at the same time."""
    command = [sys.executable, str(THROUGHPUT), "--case", case, "--data", path, "--sizes", str(size)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    printed = [process.communicate()[0] for process in running]
    return max(float(json.loads(lines.splitlines()[-1])["seconds"]) for lines in printed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="parquet file; the real posts, or else generated ones, by default")
    parser.add_argument("--size", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    frame: pl.DataFrame = common.load(options.data).head(options.size)
    ways = {
        "one worker": ("echodetect-1", 1),
        "two workers": ("echodetect-2", 1),
        "two processes of one worker": ("echodetect-1", 2),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "posts.parquet")
        frame.write_parquet(path)
        for _ in range(options.repeats):
            for way, (case, processes) in ways.items():
                seconds[way].append(together(case, path, frame.height, processes))
                time.sleep(0.2)
    alone = statistics.median(seconds["one worker"])
    rows = [
        [way, statistics.median(times), min(times), processes * alone / statistics.median(times)]
        for (way, (_, processes)), times in zip(ways.items(), seconds.values(), strict=True)
    ]
    print(f"{frame.height:,} posts, {options.repeats} repeats; {common.circumstances()}")
    print(common.table(["", "seconds", "fastest", "work"], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
