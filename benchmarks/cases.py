"""What the benchmarks of time share: one process a case, in turn, collector off; a table of the medians.

The clock stops when the contestant has returned what the table says. Peak memory is above what the process
held when the clock started. On a busy machine the fastest of the repeats says more than the median.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

Run = Callable[[], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Contestant:
    """prepare: from the frame (outside the clock) to what is timed, which says what it returned."""

    prepare: Callable[[pl.DataFrame], Run]
    what: str
    most: int = 100_000_000
    needs: str = "echodetect"


Contestants = dict[str, Contestant]
HEAD = (
    "contestant", "posts", "seconds", "us/message", "ratio", "fastest us", "ratio", "peak MB",
    "bytes/message", "returned", "what",
)  # fmt: skip


# --- one case, in a process of its own ---------------------------------------------------------------------


def _reset_peak() -> None:
    with contextlib.suppress(OSError):  # not Linux: the peak since the start of the process
        Path("/proc/self/clear_refs").write_text("5")


def _memory(name: str) -> float:
    """VmHWM (peak) or VmRSS (now) of this process, megabytes."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _code() -> str:
    """A digest of the library's source: an edit between two cases makes them another contest."""
    import echodetect

    files = sorted(Path(echodetect.__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def case(name: str, contestant: Contestant, path: str, posts: int) -> dict[str, Any]:
    """Run one contestant once."""
    run = contestant.prepare(pl.read_parquet(path).head(posts))
    gc.collect()
    gc.disable()
    _reset_peak()
    before = _memory("VmRSS")
    start = time.perf_counter()
    returned = run()
    seconds = time.perf_counter() - start
    peak = _memory("VmHWM") - before
    figures = {"seconds": seconds, "peak_mb": peak, "returned": returned}
    return {"case": name, "posts": posts, **figures, "code": _code()}


# --- all cases ---------------------------------------------------------------------------------------------


def measure(
    command: Sequence[str], contestants: Contestants, path: str, posts: int, repeats: int
) -> dict[str, list[dict[str, Any]]]:
    """All contestants in turn, `repeats` times; command: the script, and what it has to be told."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, contestant in contestants.items():
            own = min(posts, contestant.most)
            this = [sys.executable, *command, "--case", name, "--data", path, "--sizes", str(own)]
            done = subprocess.run(this, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                print(f"{name} failed with code {done.returncode}", file=sys.stderr)
                continue
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
            print(done.stdout.splitlines()[-1], file=sys.stderr, flush=True)
    return {name: lines for name, lines in runs.items() if lines}


def _rows(runs: dict[str, list[dict[str, Any]]], contestants: Contestants) -> list[Sequence[Any]]:
    """Rows of the table; ratios are to the first contestant, echodetect by default."""
    rows: list[Sequence[Any]] = []
    base = fastest = 0.0
    for name, lines in runs.items():
        own = lines[0]["posts"]
        median = statistics.median(line["seconds"] for line in lines) / own
        least = min(line["seconds"] for line in lines) / own
        base, fastest = base or median, fastest or least
        peak = statistics.median(line["peak_mb"] for line in lines)
        returned = ", ".join(f"{count:,} {kind}" for kind, count in lines[0]["returned"].items())
        rows.append(
            (name, own, f"{median * own:.2f}", f"{median * 1e6:.2f}", f"{median / base:.2f}",
             f"{least * 1e6:.2f}", f"{least / fastest:.2f}", f"{peak:.0f}", f"{peak * 2**20 / own:.0f}",
             returned, contestants[name].what)
        )  # fmt: skip
    return rows


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def parser(description: str | None, names: Sequence[str], default: Sequence[str]) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--data", help="parquet file; the real posts, or else generated ones, by default")
    made.add_argument("--sizes", type=int, nargs="+", default=[200_000], help="posts")
    made.add_argument("--repeats", type=int, default=3)
    made.add_argument("--contestants", nargs="+", choices=[*names, "all"], default=list(default))
    made.add_argument("--case", choices=names, help="run this one once, here, and print a JSON line")
    return made


def compete(
    command: Sequence[str],
    options: argparse.Namespace,
    contestants: Contestants,
    write: Callable[[int, str], str],
) -> int:
    """The one case asked for, or a table a size; write: so many posts into the folder, gives the file."""
    if options.case:
        print(json.dumps(case(options.case, contestants[options.case], options.data, options.sizes[0])))
        return 0

    import common

    asked = list(contestants) if "all" in options.contestants else options.contestants
    names = [name for name in asked if importlib.util.find_spec(contestants[name].needs)]
    for name in sorted(set(asked) - set(names)):
        print(f"{name}: {contestants[name].needs} is not installed")
    chosen = {name: contestants[name] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        for posts in options.sizes:
            runs = measure(command, chosen, write(posts, folder), posts, options.repeats)
            print(f"\n{posts:,} posts, {options.repeats} repeats; load average {_load()}")
            print(common.table(HEAD, _rows(runs, chosen)), flush=True)
            if len({line["code"] for lines in runs.values() for line in lines}) > 1:
                print("WARNING: the library was edited between the cases; run again")
    return 0
