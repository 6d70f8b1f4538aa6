"""Whose words? The verbatim share and the spans of own words beside the generator's truth, script by script.

    python benchmarks/spans.py [--size 20000] [--seeds 1 2 3] [--scale 500000] [--check]

The generator is watched while it spells: what it says of the message's words and what of a person's own, word
by word, is the truth. `echodetect.detect` gets id, author, time and text only. Over posts that copy a message
(low overlap left out, as everywhere) and are in a cluster:

error
    mean absolute error of the verbatim share
P, R, F1
    of characters: of those in letters and digits (marks among them) that a span holds, the share that is the
    person's own; of those that are, the share that a span holds. Typos in Thai, Chinese and Japanese are left
    out: which of two equal characters is the doubled one nobody can say.
exact
    share of the posts with own words whose spans are the truth's, to the character
--scale
    how long `report.spans` takes beside `detect`, on so many posts, nearly all in clusters
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import unicodedata
from collections.abc import Sequence
from typing import Any

import common

import echodetect
from echodetect import simulate as simulate_function
from echodetect.data.edits import EDITS

simulate_module = sys.modules["echodetect.simulate"]
Spans = list[tuple[int, int]]

SCRIPTS = {
    "Latin": ("nl", "en", "de", "fr", "es"), "Cyrillic": ("ru",), "Greek": ("el",), "Arabic": ("ar",),
    "Devanagari": ("hi",), "Thai": ("th",), "Han": ("zh",), "Japanese": ("ja",),
}  # fmt: skip
JOINED = ("th", "zh", "ja")
SHOWN = ("id", "author", "posted_at", "text")
MOST_ERROR, LEAST_F1 = 0.03, 0.95
LINK = re.compile(r" (?:https?://)?lnk\.example/\S+\Z")


class Listener:
    """A language that remembers what was said in it, word by word."""

    def __init__(self, tongue: Any) -> None:
        self._tongue = tongue
        self.said: list[tuple[list[str], str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tongue, name)

    def say(self, words: Sequence[str], stop: str | None = None) -> str:
        """Words as a sentence."""
        text = self._tongue.say(words, stop)
        self.said.append((list(words), text))
        return text


def own_of(kind: str, words: list[str], said: list[str], share: float, tongue: Any) -> list[bool]:
    """Which of the words said are no words of the message."""
    if kind.startswith("comment"):
        return [said != words] * len(said)
    if kind == "moved clause":
        for cut in range(1, len(words)):
            moved = round((1 - share) * tongue.count(words))
            if said == words[cut:] + words[:cut]:
                if tongue.count(words[:cut]) == moved:
                    return [at >= len(words) - cut for at in range(len(said))]
                if tongue.count(words[cut:]) == moved:
                    return [at < len(words) - cut for at in range(len(said))]
        raise AssertionError(said)
    return [one != other for one, other in zip(said, words, strict=False)]


def spans_of(kind: str, words: list[str], listener: Listener, text: str, share: float) -> Spans:
    """Own words as spans of the text, neighbours joined."""
    spans: Spans = []
    gap = 0 if listener.joined else 1
    for said, sentence in sorted(listener.said, key=lambda each: text.index(each[1])):
        start, joined = text.index(sentence), False
        for word, own in zip(said, own_of(kind, words, said, share, listener), strict=True):
            if own and joined:
                spans[-1] = (spans[-1][0], start + len(word))
            elif own:
                spans.append((start, start + len(word)))
            joined, start = own, start + len(word) + gap
    return spans


def watched(size: int, seed: int, language: str) -> tuple[list[dict[str, Any]], dict[str, Spans]]:
    """Generated posts of one language, and the truth about each text without its link."""
    truth: dict[str, Spans] = {}

    def listening(kind: str) -> Any:
        def edit(tongue: Any, words: list[str], own: list[str], dice: list[int]) -> tuple[str, float]:
            listener = Listener(tongue)
            text, share = EDITS[kind](listener, words, own, dice)
            if (
                kind in ("comment before", "comment after", "comment both", "moved clause")
                or "changed" in kind
            ):
                listener.said = listener.said[-1:] if kind == "moved clause" else listener.said
                truth[text] = spans_of(kind, words, listener, text, share)
            elif kind == "typo" and not listener.joined:
                truth[text] = spans_of(kind, words, listener, text, share)
            elif kind != "typo":
                truth[text] = []
            return text, share

        return edit

    simulate_module.EDITS = {kind: listening(kind) for kind in EDITS}
    try:
        rows = simulate_function(size, seed=seed, languages=[language])
    finally:
        simulate_module.EDITS = EDITS
    return rows, truth


def characters(text: str, spans: Spans) -> set[int]:
    return {
        at for start, end in spans for at in range(start, end) if unicodedata.category(text[at])[0] in "LNM"
    }


def measure(size: int, seed: int, language: str) -> list[float]:
    """Posts, sum of errors, characters found and own, found, own; posts with own words, those exact."""
    rows, truth = watched(size, seed, language)
    report = echodetect.detect([{name: row[name] for name in SHOWN} for row in rows])
    spans: dict[int, Spans] = {}
    for span in report.spans:
        spans.setdefault(span["row"], []).append((span["start"], span["end"]))
    totals = [0.0] * 7
    for at, (row, message) in enumerate(zip(rows, report.messages, strict=True)):
        if row["message"] is None or message["cluster"] is None:
            continue
        totals[0] += 1
        totals[1] += abs(message["verbatim"] - row["verbatim"])
        text = row["text"] if row["text"] in truth else LINK.sub("", row["text"])
        if text not in truth:
            continue
        mine = spans.get(at, [])
        found, own = characters(row["text"], mine), characters(row["text"], truth[text])
        totals[2] += len(found & own)
        totals[3] += len(found)
        totals[4] += len(own)
        if truth[text]:
            totals[5] += 1
            totals[6] += mine == truth[text]
    return totals


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=4_000, help="posts of each language and seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--scale", type=int, default=0, help="posts to time; 0 for none")
    parser.add_argument(
        "--check", action="store_true", help=f"fail at an error > {MOST_ERROR} or F1 < {LEAST_F1}"
    )
    options = parser.parse_args(arguments)
    table, failed = [], []
    for script, languages in SCRIPTS.items():
        every = [measure(options.size, seed, language) for seed in options.seeds for language in languages]
        posts, error, both, found, own, some, exact = (sum(column) for column in zip(*every, strict=True))
        precision, recall = both / found, both / own
        f1 = 2 * precision * recall / (precision + recall)
        table.append((script, int(posts), error / posts, precision, recall, f1, exact / some))
        if error / posts > MOST_ERROR or f1 < LEAST_F1:
            failed.append(script)
    print(common.table(("script", "posts", "error", "P", "R", "F1", "exact"), table))
    if options.scale:
        languages = [language for group in SCRIPTS.values() for language in group[:1]]
        rows = simulate_function(options.scale, echo_share=1, languages=languages, backend="polars")
        start = time.perf_counter()
        report = echodetect.detect(rows)
        middle = time.perf_counter()
        count = len(report.spans)
        seconds = middle - start, time.perf_counter() - middle
        head = ("posts", "in clusters", "with own words", "spans", "detect s", "spans s")
        inside = int((report.labels >= 0).sum())
        own = int((report.messages["verbatim"] < 1).sum())
        print("\n" + common.table(head, [(options.scale, inside, own, count, *seconds)]))
        print(common.circumstances())
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return int(options.check and bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
