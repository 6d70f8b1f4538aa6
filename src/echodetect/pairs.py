"""How candidate pairs are held: by ranges of left texts, inside which a pair takes 32 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Block", "Codes", "Coding", "coded"]

_Index = NDArray[np.int64]
Codes = NDArray[Any]  # uint32; uint64 where a pair takes more bits
Block = tuple[Codes, NDArray[np.int32]]  # codes by part, and where each part begins

_PAIRS = 1 << 17  # worked on at once: they stay in cache


@dataclass(frozen=True, slots=True)
class Coding:
    """How pairs are held: by ranges of left texts, so that one takes 32 bits inside its range (or else 64).

    Sorting 32 bits takes half the time of 64. text_bits: of a text. left_bits: of a left text in its range.
    """

    text_bits: int
    left_bits: int
    parts: int

    @property
    def at_once(self) -> int:
        """Pairs to part at once: few enough for the cache, yet some to each of many parts."""
        return max(_PAIRS, self.parts * 64)

    def by_part(self, left: NDArray[np.uint32], right: NDArray[np.uint32]) -> Block:
        """The codes of some pairs, by the range of the left text."""
        codes: Codes = right.copy() if self.left_bits + self.text_bits <= 32 else right.astype(np.uint64)
        codes <<= self.left_bits
        codes |= left & ((1 << self.left_bits) - 1)
        part = (left >> self.left_bits).astype(np.uint16)
        part[left == right] = self.parts  # a text that has a key twice, with another hash each: no pair
        order = part.argsort(kind="stable")  # of 16 bits this is a radix sort, three times as fast as others
        starts = np.searchsorted(part.take(order), np.arange(self.parts + 1, dtype=np.uint16))
        return codes.take(order), starts.astype(np.int32)

    def ends(self, codes: Codes, part: int) -> tuple[_Index, _Index]:
        """The texts of a range's pairs."""
        left = (codes & ((1 << self.left_bits) - 1)).astype(np.int64)
        left += part << self.left_bits
        return left, (codes >> self.left_bits).astype(np.int64)

    def joined(self, left: _Index, right: _Index) -> _Index:
        """Pairs as one number each, which ascends with the left text."""
        return (left << self.text_bits) | right

    def apart(self, pairs: _Index) -> tuple[_Index, _Index]:
        """Left and right texts of pairs joined."""
        return pairs >> self.text_bits, pairs & ((1 << self.text_bits) - 1)


def coded(count: int) -> Coding:
    """Some 32 ranges, of 1,024 texts or more; of more than 2**18 texts as many as let a pair fit 32 bits.

    That is up to 2**23 texts, and 16,384 ranges; beyond them a pair takes 64.
    """
    text_bits = max(count - 1, 1).bit_length()
    left_bits = max(min(32 - text_bits, max(text_bits - 5, 10)), text_bits - 14)
    return Coding(text_bits, left_bits, (max(count - 1, 0) >> left_bits) + 1)
