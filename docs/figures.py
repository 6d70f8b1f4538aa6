"""Draws docs/echo.svg, one message of the embedded sample, and the pictures of docs/plots.md.

python docs/figures.py
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

import echodetect

NUMBER = 3  # of the cluster in the ranking: the most saturated one in English with many own words
BLUE, AMBER, PALE, INK, GREY, RULE = "#1f4e79", "#e0a030", "#e4edf6", "#222222", "#667085", "#d5dae1"
WIDTH, LEFT, MIDDLE, RIGHT, TOP, ROW = 860, 158, 520, 540, 112, 17
MINUTE = dt.timedelta(minutes=1)


def picture(report: Any, number: int) -> str:
    """One cluster as SVG: a row per timeline, its post on the line of time, and its text with own words."""
    cluster = report.cluster(number)
    figures, posts = cluster.figures, cluster.posts
    start = posts[0].time.replace(minute=posts[0].time.minute // 30 * 30, second=0)
    span = posts[-1].time - start + 6 * MINUTE
    bottom = TOP + ROW * len(posts) + 4
    height = bottom + 36

    def x(time: dt.datetime) -> float:
        return LEFT + (MIDDLE - LEFT) * ((time - start) / span)

    longest = max(len(post.text) for post in posts)
    scale = (WIDTH - 14 - RIGHT) / longest
    begin = figures["peak_start"]
    end = begin + 60 * MINUTE  # the window, one hour by default

    def parts() -> Iterator[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img" aria-labelledby="title" font-family="sans-serif" font-size="11">'
        )
        yield f'<title id="title">One message on {figures["authors"]} timelines</title>'
        yield _box(0, 0, WIDTH, height, "#ffffff", 'rx="8"')
        mark = cluster.template.rfind(" https")
        for line, words in enumerate(_wrapped(cluster.template[: mark if mark > 0 else None], 100)):
            yield _words(14, 24 + 17 * line, words, INK, 'font-size="14"')
        told = (
            f"{figures['authors']} timelines, {figures['peak']} of them within one hour; "
            f"{figures['personalised_share']:.0%} of the posts hold own words; "
            f"saturation {figures['saturation']:.2f}"
        )
        yield _words(14, 63, told, BLUE, 'font-size="13" font-weight="bold"')
        dashed = f'stroke="{BLUE}" stroke-dasharray="3 2"'
        yield _box(x(begin), TOP - 8, x(end) - x(begin), bottom - TOP + 8, PALE, dashed)
        yield _words(x(begin), TOP - 14, "densest hour", BLUE)
        for place, colour, words in ((0, BLUE, "ready-made words, links"), (165, AMBER, "own words")):
            yield _box(RIGHT + place, TOP - 24, 11, 11, colour)
            yield _words(RIGHT + place + 16, TOP - 14, words, INK)
        tick = start
        while tick <= start + span:
            yield _line(x(tick), TOP - 8, x(tick), bottom)
            yield _words(x(tick), bottom + 16, f"{tick:%H:%M}", GREY, 'text-anchor="middle"')
            tick += 30 * MINUTE
        yield _words(14, bottom + 16, f"{start:%d %B %Y}, UTC", GREY)
        for row, post in enumerate(posts):
            y, at, ready = TOP + ROW * row, x(post.time) - 3, 11 * post.verbatim
            yield _words(LEFT - 10, y + 10, str(post.author), INK, 'text-anchor="end"')
            yield _line(LEFT, y + 6.5, MIDDLE, y + 6.5, 'stroke-dasharray="1 3"')
            yield _box(at, y + 1, 6, 11, AMBER)
            yield _box(at, y + 12 - ready, 6, ready, BLUE)
            yield _box(RIGHT, y + 3, len(post.text) * scale, 7, BLUE)
            for first, last in post.own:
                yield _box(RIGHT + first * scale, y + 3, (last - first) * scale, 7, AMBER)
        yield "</svg>"

    return "\n".join(parts()) + "\n"


def _box(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{fill}" {more}/>'


def _line(x: float, y: float, to_x: float, to_y: float, more: str = "") -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{RULE}" {more}/>'


def _words(x: float, y: float, words: str, fill: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" {more}>{escape(words)}</text>'


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def echo() -> str:
    """The picture of README."""
    return picture(echodetect.detect(echodetect.sample()), NUMBER)


def report_of_plots() -> Any:
    """The report of docs/plots.md: the sample, with an invented audience of 3,000, 150 for each author."""
    posts = echodetect.sample()
    authors = sorted({post["author"] for post in posts})
    contacts = np.random.default_rng(7).integers(0, 3000, (len(authors), 150))
    audience = echodetect.Audience.from_edges(np.repeat(authors, 150), contacts.ravel())
    return echodetect.detect(posts, window=["1h", "24h"], audience=audience)


def plots(folder: Path) -> None:
    """The pictures of docs/plots.md, plot-saturation.png and so on."""
    plot = report_of_plots().plot
    for name in ("saturation", "timeline", "windows", "exposure"):
        ax = plot.saturation() if name == "saturation" else getattr(plot, name)(NUMBER)
        ax.figure.savefig(folder / f"plot-{name}.png", dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    home = Path(__file__).parent
    (home / "echo.svg").write_text(echo(), "utf-8")
    plots(home)
