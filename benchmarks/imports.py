"""What `import echodetect` costs over `import numpy` alone: python benchmarks/imports.py [--runs 30].

Each run is a process of its own, the two kinds in turn, so that a busy moment of the machine hits both. The
least of many runs is what the import costs; the median is what one meets.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

import numpy as np
from common import circumstances, table

import echodetect

BUDGET = 0.25  # seconds over numpy
TIMED = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds(modules: str) -> float:
    """How long a fresh process takes to import these."""
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(modules)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    versions = f"echodetect {echodetect.__version__}, numpy {np.__version__}"
    print(f"{versions}; {runs} runs each; {circumstances()}\n")
    kinds = {"numpy alone": "numpy", "numpy and echodetect": "numpy, echodetect"}
    found = {kind: np.empty(runs) for kind in kinds}
    for run in range(-1, runs):  # the first fills the cache of files
        for kind, modules in kinds.items():
            took = seconds(modules)
            if run >= 0:
                found[kind][run] = took
    rows = [(kind, float(times.min()), float(np.median(times))) for kind, times in found.items()]
    over = tuple(more - less for less, more in zip(rows[0][1:], rows[1][1:], strict=True))
    print(table(("seconds", "least", "median"), [*rows, ("over numpy", *over)]))
    print(f"\nbudget {BUDGET} s over numpy: {'held' if over[1] <= BUDGET else 'not held'} by the median")


if __name__ == "__main__":
    main()
