"""What may be asked of a report afterwards; `Report` is made of these and of its own tables."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect import whatif
from echodetect.advice import Advice, advise
from echodetect.chance import chance
from echodetect.corpus import Corpus
from echodetect.errors import ParameterError, check_at_least, check_count, check_window
from echodetect.frames import Caller, Column
from echodetect.posts import gather, named, nullable
from echodetect.programme import Programme, programme
from echodetect.scores import Scores
from echodetect.spans import Spans, spans

__all__ = ["Questions"]

_Index = NDArray[np.int64]


class Questions:
    """Tables and answers beyond those of the detection itself, each worked out when it is asked for."""

    _caller: Caller
    _corpus: Corpus
    _scores: Scores

    @cached_property
    def spans(self) -> Any:
        """Where own words stand: a row per stretch of them, in the caller's kind of frame.

        row (int64, the message), start, end (int64, half-open character offsets of the original text):
        ``text[start:end]`` are words that the post's author added to the template. By row and start; posts
        without words of their own, and those outside every cluster, have no rows. Of a very long text, what
        stands behind the stretch that is compared is not looked at.
        """
        found = self._spans_of(np.flatnonzero(self._scores.labels >= 0))
        return self._caller.table({"row": found.row, "start": found.start, "end": found.end})

    def _spans_of(self, rows: _Index) -> Spans:
        verbatim = self._scores.messages["verbatim"]
        assert isinstance(verbatim, Column)
        heads = self._scores.representatives[self._scores.labels[rows]]
        return spans(self._corpus, rows, heads, self._scores.kept, verbatim.values[rows])

    @cached_property
    def exposure(self) -> Any:
        """How often contacts saw each message: a row per cluster and number of times.

        cluster, times (posts of it that a contact follows, from 1), contacts (who saw so many),
        contacts_at_least (so many or more): int64, ascending, in the caller's kind of frame. Without an
        audience made from edges there are no rows.
        """
        names, exposure = ("cluster", "times", "contacts", "contacts_at_least"), self._scores.exposure
        empty = np.zeros(0, np.int64)
        return self._caller.table({n: empty if exposure is None else exposure.exposure[n] for n in names})

    @cached_property
    def timelines(self) -> Any:
        """What each timeline added: a row per cluster and known author, ascending, in the caller's kind.

        cluster (int64), author (whole numbers as they came, all else as text), posts (int64), followers
        (float64, null where unknown), redundant_reach (how many of them also follow another author of the
        cluster) and redundant_share (of the followers); both null unless edges are known, and 0 where the
        author is the only one known.
        """
        posts = gather(self._corpus, self._scores)
        known = posts.author >= 0
        span = len(self._corpus.columns.author_names) + 1
        pair, count = np.unique(posts.cluster[known] * span + posts.author[known], return_counts=True)
        figures = {
            name: np.full(pair.size, np.nan) for name in ("followers", "redundant_reach", "redundant_share")
        }
        if (exposure := self._scores.exposure) is not None:
            lines = exposure.timelines
            at = np.searchsorted(pair, lines["cluster"] * span + lines["author"])
            for name, values in figures.items():
                values[at] = lines[name]
        return self._caller.table(
            {"cluster": pair // span, "author": named(self._corpus, pair % span), "posts": count}
            | {name: nullable(values) for name, values in figures.items()}
        )

    def chance(self, permutations: int = 999, seed: int = 0) -> Any:
        """How likely each cluster's peak is without orchestration, its authors' times being what they are.

        Times are shuffled within authors: each author's moments of posting, of all their messages in the
        data, are dealt out anew among these messages, and the peak is looked for again.

        Parameters
        ----------
        permutations : int, default 999
            How often, 1 or more. The smallest probability there can be is 1 / (permutations + 1).
        seed : int, default 0
            0 or more. The same seed gives the same figures whatever the order of rows.

        Returns
        -------
        frame of the caller's kind, a row per cluster
            cluster (int64), peak (int64), expected_peak (float64, the mean of the shuffled ones),
            probability (float64): (1 + shuffles whose peak is as large) / (1 + permutations), as in Davison
            & Hinkley 1997, chapter 4, and Phipson & Smyth 2010; for each window. Null where the peak is
            unknown. Who has one message in the data keeps its time, and who has nothing but echoes trades
            the moments of these: hand over all messages.

        Raises
        ------
        ParameterError
            For permutations or a seed outside what is allowed.
        """
        permutations = check_count("permutations", permutations, 1)
        seed = check_count("seed", seed, 0)
        return self._caller.table(chance(self._corpus, self._scores, permutations, seed))

    def what_if(self, *, gap: Any = None, own_words: int = 0, one_post: bool = False) -> Any:
        """What the clusters would be had their posts been others.

        Parameters
        ----------
        gap : length of time, optional
            As `window` is given. No post of a cluster had come sooner than this after the one before it:
            those that did are moved, later, in their order.
        own_words : int, default 0
            Every post had held so many more words of its author's own: verbatim * words / (words +
            own_words).
        one_post : bool, default False
            One post only had been made; goes with neither of the others.

        Returns
        -------
        frame of the caller's kind
            A row per cluster: cluster, posts_moved (int64), effective_repeats, effective_repeats_then,
            saturation, saturation_then (float64); with an audience also redundant_impressions and
            audience_saturation so; for each window. Null where unknown.

            With `one_post`, where saturation would be 0, a row per cluster and known author: cluster,
            author, posts, saturation (of all), saturation_without (had this author alone not posted; null
            where nobody is left); with an audience followers (reached had they alone posted), rank (whom to
            ask first, second ...: always who adds most contacts), new_contacts (that they add to those of
            lower rank; of an audience without edges known for rank 1 alone). By rank, else by
            saturation_without.

        Raises
        ------
        ParameterError
            For a gap that is none, or that moves a post beyond the year 9999; own_words below 0; `one_post`
            with another; nothing asked at all.
        """
        words = check_count("own_words", own_words, 0)
        span = None if gap is None else check_window(gap, "gap")
        if not isinstance(one_post, bool | np.bool_):
            raise ParameterError("one_post", one_post, "True or False", "pass one of them")
        asked = span is not None or words > 0
        if bool(one_post) == asked:
            if asked:
                raise ParameterError("one_post", one_post, "asked alone", "ask one thing after the other")
            allowed = "True where neither gap nor own_words is given"
            raise ParameterError("one_post", one_post, allowed, "ask gap=, own_words= or one_post=True")
        if one_post:
            return self._caller.table(whatif.one_post(self._corpus, self._scores))
        return self._caller.table(whatif.changed(self._corpus, self._scores, span, words))

    def advise(self, max_repeats: float = 2.0) -> Advice:
        """The smallest change of the schedule found that brings effective repeats down to a goal.

        Of every cluster above it, posts stay where they are, those that add most contacts first, as long as
        no window (the first one) holds more; the others move, in the order in which they were posted and none
        before the one moved before it, to the first moment that is free.

        Parameters
        ----------
        max_repeats : float, default 2.0
            The most effective repeats, 1 or more: saturation at most 1 - 1 / max_repeats.

        Returns
        -------
        Advice
            Frames of the caller's kind: `clusters`, what the change brings, and `posts`, what to do. The kept
            posts reach at least 1 - 1/e of what the best choice of so many would where posts count alike and
            share one window, 1/3 where windows overlap; see `echodetect.advice`.

        Raises
        ------
        ParameterError
            For a goal below 1, infinite or no number, and a window so long that posts would move beyond 9999.
        """
        goal = check_at_least("max_repeats", max_repeats, 1)
        return advise(self._caller, self._corpus, self._scores, goal)

    def programme(self) -> Programme:
        """The whole programme: shares of echoes and of redundant impressions, per author, week and message.

        Returns
        -------
        Programme
            Frames of the caller's kind: `total`, `authors`, `weeks`, `messages`, `personal`.
        """
        return programme(self._caller, self._corpus, self._scores)
