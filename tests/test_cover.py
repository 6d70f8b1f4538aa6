import random

import numpy as np
import pytest

from echodetect import Audience
from echodetect.cover import Cover, greedy

from . import naive_whatif as naive


def world(seed, people=7):
    rng = random.Random(seed)
    follows = {
        f"a{i}": {c for c in range(25) if rng.random() < rng.choice([0.1, 0.4])} for i in range(people)
    }
    pairs = [(author, viewer) for author, viewers in follows.items() for viewer in (viewers or [None])]
    return follows, Audience.from_edges([a for a, _ in pairs], [v for _, v in pairs])


@pytest.mark.parametrize("seed", range(20))
def test_takes_who_adds_most(seed):
    follows, audience = world(seed)
    names = sorted(follows)
    cover = Cover(audience)
    for _ in range(2):  # it begins anew each time
        taken = greedy(cover, audience.places(names).tolist())
        assert [(names[item], gain) for item, gain in taken] == naive.greedy(follows)


@pytest.mark.parametrize("seed", range(20))
def test_reaches_its_bound_whatever_the_number(seed):
    follows, audience = world(seed)
    taken = greedy(Cover(audience), audience.places(sorted(follows)).tolist())
    for count in range(1, len(follows) + 1):
        reach = sum(gain for _, gain in taken[:count])
        assert reach >= (1 - 1 / np.e) * naive.best_reach(follows, count)


def test_numbers_alone_add_each_author_once():
    cover = Cover(Audience.from_counts(["a", "b"], [5, 9]))
    assert greedy(cover, [0, 1, 0, -1]) == [(1, 9), (0, 5), (2, 0), (3, 0)]
    assert greedy(None, [0, 1]) == [(0, 0), (1, 0)]


def test_what_does_not_fit_is_left():
    _, audience = world(1)
    taken = greedy(Cover(audience), [0, 1, 2, 3], lambda item: item % 2 == 0)
    assert sorted(item for item, _ in taken) == [0, 2]
