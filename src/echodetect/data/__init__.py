"""The data that the package carries: the written sample, and word packs of twelve languages."""
