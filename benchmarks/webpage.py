"""How large is the page of `Report.to_html`, how long does it take to write and to open in a browser?

Times are of the wall clock. Opening is from the start of navigation to the end of the load event, and to the
first content painted, in a fresh headless Chromium (best and worst of some runs); without selenium or a
Chromium only size and writing are told.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

import echodetect

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
]
# The frame after the load event is there when two animation frames have passed.
PAINTED = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
TIMES = """
const [page] = performance.getEntriesByType("navigation");
const [paint] = performance.getEntriesByName("first-contentful-paint");
return [page.loadEventEnd, paint ? paint.startTime : null];
"""


def opened(path: Path, runs: int) -> list[tuple[float, float, float]]:
    """Seconds to the load event, to the first paint, and until the page answers; a tuple per run."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    times = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            options = webdriver.ChromeOptions()
            options.binary_location = shutil.which("chromium") or ""
            for flag in [*FLAGS, f"--user-data-dir={profile}"]:
                options.add_argument(flag)
            browser = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
            try:
                start = time.perf_counter()
                browser.get(path.as_uri())
                browser.execute_async_script(PAINTED)
                answered = time.perf_counter() - start
                load, paint = browser.execute_script(TIMES)
                times.append((load / 1000, (paint or float("nan")) / 1000, answered))
            finally:
                browser.quit()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=60_000, help="of the simulated timelines")
    parser.add_argument("--messages", type=int, default=2_000, help="shown at most")
    parser.add_argument(
        "--shown", type=int, help="posts shown of each message at most; the default of to_html"
    )
    parser.add_argument("--redact", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--audience", type=int, default=0, help="followers of each author, drawn at random")
    parser.add_argument("--check", action="store_true", help="fail above two seconds")
    asked = parser.parse_args()

    rows = echodetect.simulate(asked.posts, seed=1)
    audience = None
    if asked.audience:
        import numpy as np

        authors = sorted({row["author"] for row in rows})
        people = np.random.default_rng(1).integers(0, 100_000, len(authors) * asked.audience)
        audience = echodetect.Audience.from_edges(np.repeat(authors, asked.audience), people)
    report = echodetect.detect(rows, audience=audience)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "echoes.html")
        start = time.perf_counter()
        report.to_html(path, redact=asked.redact, messages=asked.messages, posts=asked.shown)
        written = time.perf_counter() - start
        shown = min(asked.messages, report.labels.max(initial=-1) + 1)
        print(
            f"{shown:,} messages of {int((report.labels >= 0).sum()):,} echoing posts, {os.cpu_count()} cores"
        )
        print(f"size      {path.stat().st_size / 1e6:8.1f} MB")
        print(f"written   {written:8.2f} s")
        try:
            times = opened(path, asked.runs)
        except Exception as error:  # whatever a machine without a browser says
            print(f"not opened: {type(error).__name__}: {error}")
            return
        for name, figures in zip(("loaded", "painted", "answered"), zip(*times, strict=True), strict=True):
            print(f"{name:9} {min(figures):8.2f} s, at worst {max(figures):.2f} s")
        if asked.check and max(load for load, _, _ in times) > 2:
            raise SystemExit("more than two seconds to load")


if __name__ == "__main__":
    main()
