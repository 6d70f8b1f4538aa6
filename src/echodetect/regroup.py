"""From verified links to a report: the part of the way that a stricter threshold takes anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from echodetect.audience import Audience
from echodetect.clusters import bridged, completed, stars
from echodetect.corpus import Corpus
from echodetect.errors import spelled
from echodetect.forms import cut_forms
from echodetect.frames import Caller
from echodetect.report import Report
from echodetect.scores import score
from echodetect.verify import Edges, Verifier

__all__ = ["Regroup"]

_Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Regroup:
    """What of a detection does not depend on the threshold: plain data, so that a report can be pickled.

    windows: suffix of the columns to microseconds. workers: threads. counts: rows that were odd or set aside,
    by reason. waiting: left, right and turn of the pairs that are compared if nothing links their texts. The
    others as `detect` takes them.
    """

    caller: Caller
    corpus: Corpus
    embedded: bool
    windows: dict[str, int]
    min_length: int
    min_authors: int
    min_embedded: int
    audience: Audience | None
    workers: int
    counts: dict[str, int]
    waiting: tuple[_Index, _Index, _Index]

    def verifier(self, similarity: float, *of: _Index) -> Verifier:
        """What decides at this similarity whether two of these texts (int64) are linked."""
        texts, lengths = self.corpus.texts.listed(*of), self.corpus.lengths
        return Verifier(texts, lengths, similarity, self.embedded, self.min_embedded, self.workers)

    def report(self, edges: Edges, similarity: float) -> Report:
        """The report of links that were verified at this similarity."""
        corpus = self.corpus
        left, right, turn = self.waiting
        verifier = self.verifier(similarity, edges.left, edges.right, left, right)
        verify = verifier.edges
        links = bridged(len(corpus.texts), edges, left, right, turn, verify)
        links = links.joined(completed(corpus.lengths, links, verify))
        representative, more = stars(
            corpus.posts, links, verify, corpus.plainness, corpus.cut, corpus.lengths
        )
        links = links.joined(more)
        representative, more = cut_forms(
            verifier.texts, representative, *corpus.carried, links, verify, corpus.plainness
        )
        links = links.joined(more)
        scores = score(
            corpus,
            representative,
            links,
            similarity=similarity,
            windows=self.windows,
            min_authors=self.min_authors,
            workers=self.workers,
            audience=self.audience,
        )
        first, *further = [suffix[1:] or spelled(length) for suffix, length in self.windows.items()]
        parameters = {
            "similarity": similarity,
            "embedded": self.embedded,
            "window": [first, *further] if further else first,
            "min_length": self.min_length,
            "min_authors": self.min_authors,
            "min_embedded": self.min_embedded,
        }
        again = partial(self.stricter, edges)
        return Report(self.caller, corpus, scores, links, parameters, self.counts, again)

    def stricter(self, edges: Edges, similarity: float) -> Report:
        """The report at a similarity above the one at which these links were verified."""
        return self.report(self.verifier(similarity, edges.left, edges.right).stricter(edges), similarity)
