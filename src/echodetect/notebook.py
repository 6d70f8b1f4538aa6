"""What a notebook shows of a result: HTML fragments without script, network or rules for anything else.

They take the notebook's own colours, light or dark: text is what it is there, and rules and marks are mixed
from it. Where a notebook drops the <style>, as for output that is not trusted, plain tables are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from echodetect.escape import block, inline, marked, pieces
from echodetect.render import percent, saturation, whole

if TYPE_CHECKING:
    from echodetect.report import Post

__all__ = ["cluster", "plain", "report"]

_MOST_POSTS = 30
_MOST_CHARACTERS = 1_000
_STYLE = """<style>
.echodetect { line-height: 1.45; }
.echodetect p { margin: .3em 0; }
.echodetect table { border-collapse: collapse; margin: .5em 0; }
.echodetect table :is(th, td) {
  padding: .25em .7em; vertical-align: top; text-align: start; background: none;
  border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent);
}
.echodetect table .echodetect-number {
  text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap;
}
.echodetect mark {
  color: inherit; background: rgb(255 176 0 / 28%); border-bottom: 2px solid rgb(224 140 0);
}
.echodetect .echodetect-post {
  white-space: pre-wrap; overflow-wrap: anywhere; max-width: 60em; overflow: hidden;
}
.echodetect pre { white-space: pre; overflow-x: auto; background: none; color: inherit; }
</style>"""


def report(top: Sequence[dict[str, Any]], inside: int, size: int, total: int, counts: dict[str, int]) -> str:
    """What was found, the most saturated clusters, and what was set aside.

    top: rows of `Report.clusters`; inside: how many of size messages are in one of the total clusters.
    """
    share = percent(inside / size) if size else "none"
    parts = [f"<p><b>{total:,}</b> clusters; {inside:,} of {size:,} messages ({share}) are in one.</p>"]
    if top:
        seen = "audience_saturation" in top[0]  # an audience was given
        header = ["cluster", "saturation", *["audience saturation"] * seen, "timelines", "peak", "posts"]
        rows = [
            [
                str(row["cluster"]),
                saturation(row),
                *([saturation(row, "audience_saturation")] if seen else []),
                whole(row["authors"]),
                whole(row["peak"]),
                whole(row["posts"]),
                percent(row["mean_verbatim"]),
                f'<div dir="auto">{inline(row["template"], 100)}</div>',
            ]
            for row in top
        ]
        parts.append(_table([*header, "verbatim"], ["template"], rows))
        if total > len(top):
            parts.append(f"<p>… and {total - len(top):,} more in <code>report.clusters</code></p>")
    if counts:
        odd = "".join([f"<li>{count:,} {inline(what, 100)}</li>" for what, count in counts.items()])
        parts.append(f"<details><summary>set aside or odd</summary><ul>{odd}</ul></details>")
    return _framed(parts)


def cluster(figures: dict[str, Any], posts: Sequence[Post]) -> str:
    """One cluster: its template, and its first posts with their own words marked."""
    gist = [
        f"<b>Cluster {figures['cluster']}</b>: saturation {saturation(figures)}",
        f"{whole(figures['posts'])} posts on {whole(figures['authors'])} timelines",
        f"at most {whole(figures['peak'])} in one window",
    ]
    rows = [
        [
            "" if post.time is None else f"{post.time:%Y-%m-%d %H:%M}",
            "" if post.author is None else f'<div dir="auto">{inline(str(post.author))}</div>',
            percent(post.verbatim),
            f'<div class="echodetect-post" dir="auto">{_marked(post)}</div>',
        ]
        for post in posts[:_MOST_POSTS]
    ]
    template = f'<div class="echodetect-post" dir="auto">{block(_cut(figures["template"]))}</div>'
    parts = [f"<p>{', '.join(gist)}.</p>", template]
    parts.append(_table(["time (UTC)", "author", "verbatim"], ["post, own words marked"], rows))
    if len(posts) > _MOST_POSTS:
        parts.append(f"<p>… and {len(posts) - _MOST_POSTS:,} more posts</p>")
    return _framed(parts)


def plain(text: str) -> str:
    """A view that is plain text, its columns under one another."""
    return _framed([f"<pre>{block(text)}</pre>"])


def _framed(parts: Sequence[str]) -> str:
    return f'<div class="echodetect">{_STYLE}{"".join(parts)}</div>'


def _table(numbers: Sequence[str], words: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of rows of HTML; the first columns are narrow, and set like numbers."""
    narrow = ' class="echodetect-number"'
    kinds = [narrow] * len(numbers) + [""] * len(words)
    head = "".join(
        [f'<th scope="col"{kind}>{name}</th>' for kind, name in zip(kinds, [*numbers, *words], strict=True)]
    )
    body = "".join(
        [
            "<tr>"
            + "".join([f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True)])
            + "</tr>"
            for row in rows
        ]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _marked(post: Post) -> str:
    shown = marked(pieces(post.text, post.own, [], _MOST_CHARACTERS))
    return shown + ("…" if len(post.text) > _MOST_CHARACTERS else "")


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"
