"""What becomes of memory that numpy frees: kept for the next chunk, or handed back between two stages.

Both concern glibc, the C library of most Linux systems; with another one nothing changes.
"""

from __future__ import annotations

import ctypes
import sys

import numpy as np

__all__ = ["give_back", "keep_freed"]

_LARGEST = 31 << 20  # bytes: glibc heeds no block above 32 MiB; twice as much then stays at the top of a heap


def keep_freed() -> None:
    """Have freed memory kept for the next chunk's arrays rather than handed back to the system.

    What was handed back comes anew page by page, each cleared by the kernel while other threads wait for
    memory: a quarter of the folding's time on two threads. What glibc keeps depends on the largest block
    freed so far (mallopt(3), M_MMAP_THRESHOLD): here is one, never touched.
    """
    np.empty(_LARGEST, dtype=np.uint8)


def give_back() -> None:
    """Have freed memory handed back to the system, behind a stage of which little is left.

    Each thread has a heap of its own, and what one has freed the others do not use (malloc_trim(3)).
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
