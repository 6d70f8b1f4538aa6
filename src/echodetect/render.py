"""Plain-text views for the terminal: a ranked table, and one cluster with each person's own words marked."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from echodetect.report import Post

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UNKNOWN = np.iinfo(np.int64).min
_TEXT_WIDTH = 64
_REVIEW_WIDTH = 80
_MOST_POSTS = 30


def instant(microseconds: int) -> dt.datetime | None:
    """An aware datetime (UTC) from microseconds since 1970; None for an unknown time."""
    return None if microseconds == _UNKNOWN else _EPOCH + dt.timedelta(microseconds=microseconds)


def report(
    top: Sequence[dict[str, Any]], labels: NDArray[np.int64], total: int, counts: dict[str, int]
) -> str:
    """The report as text: what was found, the most saturated clusters, what was set aside."""
    inside = int((labels >= 0).sum())
    share = inside / labels.size if labels.size else 0.0
    lines = [f"{total:,} clusters; {inside:,} of {labels.size:,} messages ({share:.1%}) are in one"]
    if top:
        seen = "audience_saturation" in top[0]  # an audience was given
        header = ["cluster", "saturation", "timelines", "peak", "posts", "verbatim", "template"]
        header[2:2] = ["audience"] if seen else []
        rows = [
            [
                str(row["cluster"]),
                saturation(row),
                *([saturation(row, "audience_saturation")] if seen else []),
                whole(row["authors"]),
                whole(row["peak"]),
                whole(row["posts"]),
                f"{row['mean_verbatim']:.2f}",
                shorten(row["template"], _TEXT_WIDTH),
            ]
            for row in top
        ]
        lines += ["", *table(header, rows)]
        if total > len(top):
            lines.append(f"... and {total - len(top):,} more in report.clusters")
    if counts:
        lines += ["", *(f"{count:>12,}  {what}" for what, count in counts.items())]
    return "\n".join(lines)


def cluster(figures: dict[str, Any], posts: Sequence[Post]) -> str:
    """One cluster as text; own words stand in [brackets]."""
    parts = [
        f"Cluster {figures['cluster']}: saturation {saturation(figures)}",
        f"{whole(figures['posts'])} posts on {whole(figures['authors'])} timelines",
        f"at most {whole(figures['peak'])} in one window",
    ]
    lines = [", ".join(parts), f"Template: {clean(figures['template'])}", ""]
    rows = [
        [
            "" if post.time is None else f"{post.time:%Y-%m-%d %H:%M}",
            shorten(str(post.author) if post.author is not None else "", 20),
            f"{post.verbatim:.2f}",
            clean(_marked(post)),
        ]
        for post in posts[:_MOST_POSTS]
    ]
    lines += table(["time (UTC)", "author", "verbatim", "post, own words in [ ]"], rows)
    if len(posts) > _MOST_POSTS:
        lines.append(f"... and {len(posts) - _MOST_POSTS:,} more posts")
    return "\n".join(lines)


def review(weak: Sequence[dict[str, Any]], members: int, large: Sequence[dict[str, Any]], total: int) -> str:
    """The least certain members, each above its template, and the largest clusters, as text."""
    lines = [f"Least certain: {len(weak):,} of {members:,} texts that are not their cluster's own"]
    rows = []
    for row in weak:
        cells = [str(row["row"]), str(row["cluster"]), f"{row['similarity']:.3f}", f"{row['verbatim']:.2f}"]
        text, template = clean(row["text"]), clean(row["template"])
        start = _parting(text, template)
        more = "…" if start else ""
        rows += [[*cells, f"  {shorten(more + text[start:], _REVIEW_WIDTH)}"]]
        rows += [["", "", "", "", f"= {shorten(more + template[start:], _REVIEW_WIDTH)}"]]
    if rows:
        lines += table(
            ["row", "cluster", "similarity", "verbatim", "  text, = template (from where they part)"], rows
        )
    lines += ["", f"Largest: {len(large):,} of {total:,} clusters"]
    if large:
        header = ["cluster", "posts", "timelines", "weakest", "template"]
        lines += table(
            header,
            [
                [
                    str(row["cluster"]),
                    whole(row["posts"]),
                    whole(row["authors"]),
                    f"{row['min_similarity']:.3f}",
                    shorten(row["template"], _TEXT_WIDTH),
                ]
                for row in large
            ],
        )
    return "\n".join(lines)


def advice(rows: Sequence[dict[str, Any]], goal: float, partly: int, unsure: int) -> str:
    """What a change of the schedule brings, cluster by cluster, as text.

    partly: clusters among them of which some authors or times are unknown; unsure: others that may be above.
    """
    kept, moved = (sum(row[name] for row in rows) for name in ("posts_kept", "posts_moved"))
    head = f"{len(rows):,} clusters above {goal:g} effective repeats: {kept:,} posts stay, {moved:,} move"
    header = ["cluster", "stay", "move", "by hours", "saturation", "then"]
    lines = [
        [
            str(row["cluster"]),
            whole(row["posts_kept"]),
            whole(row["posts_moved"]),
            f"{row['longest_delay']:.1f}",
            f"{row['saturation']:.3f}",
            f"{row['saturation_then']:.3f}",
        ]
        for row in rows[:_MOST_POSTS]
    ]
    if partly:
        head += f"\nposts of {partly:,} of them stay whose authors or times are unknown"
    if unsure:
        head += f"\n{unsure:,} more may be above it: times or authors of their posts are unknown"
    shown = [head, *(table(header, lines) if lines else [])]
    if len(rows) > len(lines):
        shown.append(f"... and {len(rows) - len(lines):,} more")
    return "\n".join(shown)


def programme(total: dict[str, Any], personal: Sequence[dict[str, Any]]) -> str:
    """A programme at a glance, and whose echoes hold most of their own words, as text."""
    lines = [
        f"{total['posts']:,} posts, {percent(total['echo_share'])} of them echoes of "
        f"{total['clusters']:,} messages; {percent(total['own_share'])} of an echo is own words",
        f"{percent(total['redundant_share'])} of {whole(total['impressions'])} impressions redundant",
    ]
    if personal:
        lines += ["", "Most of their own:"]
        rows = [
            [whole(row["echoes"]), percent(row["own_share"]), shorten(str(row["author"]), 40)]
            for row in personal[:5]
        ]
        lines += table(["echoes", "own words", "author"], rows)
    return "\n".join(lines)


def percent(share: float | None) -> str:
    """A share in per cent, "?" where unknown."""
    return "?" if share is None else f"{share:.1%}"


def _parting(text: str, template: str) -> int:
    """The place, a few words before the two part, from which they are worth showing; 0 if that is near."""
    pairs = enumerate(zip(text, template, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(text), len(template)))
    return 0 if same < _REVIEW_WIDTH // 2 else text.rfind(" ", 0, same - 20) + 1


def _marked(post: Post) -> str:
    pieces, end = [], 0
    for start, stop in post.own:
        pieces += [post.text[end:start], "[", post.text[start:stop], "]"]
        end = stop
    return "".join([*pieces, post.text[end:]])


def saturation(row: dict[str, Any], name: str = "saturation") -> str:
    """A cluster's saturation; its bounds where there are any, behind an estimate above the lower; or "?"."""
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if low is None:
        return "?" if value is None else f"{value:.3f}"
    bounds = f"{low:.2f}..{high:.2f}"
    if value is not None and bounds == f"{low:.2f}..{low:.2f}":
        return f"{value:.3f}"
    return bounds if value is None or value == low else f"{value:.2f} ({bounds})"


def whole(value: float | None) -> str:
    """A count or a sum without decimals, "?" where unknown."""
    return "?" if value is None else f"{value:,.0f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; numbers and short columns are right-aligned, the last column is left-aligned."""
    widths = [max(map(_width, column)) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in (header, ["-" * width for width in widths], *rows):
        cells = [
            " " * (width - _width(cell)) + cell for cell, width in zip(row[:-1], widths[:-1], strict=True)
        ]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return lines


def clean(text: str) -> str:
    """Text that is safe on one line of a terminal: control characters and line breaks become spaces."""
    return " ".join("".join(" " if _breaks(c) else c for c in text).split())


def _breaks(char: str) -> bool:
    """Whether a character is a space or may upset a terminal; joiners of letters and of emoji do not."""
    return unicodedata.category(char)[0] in "CZ" and char not in "\u200c\u200d"


def shorten(text: str, width: int) -> str:
    """`clean` text cut to a width in terminal columns."""
    text = clean(text)
    if _width(text) <= width:
        return text
    end, used = 0, _width(text[0])
    while used < width:
        end += 1
        used += _width(text[end])
    return text[:end] + "…"


def _width(text: str) -> int:
    """Columns that a terminal gives to the text: two for wide characters, none for marks and joiners."""
    if text.isascii():
        return len(text)
    shown = [c for c in text if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
    return len(shown) + sum(unicodedata.east_asian_width(c) in "WF" for c in shown)
