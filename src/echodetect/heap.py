"""What becomes of memory that numpy frees."""

from __future__ import annotations

import numpy as np

_LARGEST = 8 << 20  # bytes: above any array of a chunk of texts


def keep_freed() -> None:
    """Have glibc keep freed memory for the next chunk's arrays rather than hand it back to the system.

    What was handed back comes anew page by page, each cleared by the kernel while other threads wait for
    memory: a quarter of the folding's time on two threads. What glibc keeps depends on the largest block
    freed so far (mallopt(3), M_MMAP_THRESHOLD): here is one, never touched. With another C library nothing
    changes.
    """
    np.empty(_LARGEST, dtype=np.uint8)
