import numpy as np
import pytest

from echodetect.windows import peaks

from . import naive_saturation as naive


@pytest.mark.parametrize("seed", range(6))
def test_peaks_are_those_of_plain_loops(seed):
    rng = np.random.default_rng(seed)
    cluster = np.sort(rng.integers(0, 40, 400))
    author, time = rng.integers(0, rng.choice([1, 3, 9]), 400), rng.integers(0, 30, 400)
    for window in (0, 1, 5, 100):
        found = peaks(cluster, author, time, window)
        expected = []
        for c in np.unique(cluster):
            rows = np.flatnonzero(cluster == c)
            posts = [(a, t, 1.0) for a, t in zip(author[rows].tolist(), time[rows].tolist(), strict=True)]
            expected.append(naive.peak(posts, window)[0])
        assert found.tolist() == expected
