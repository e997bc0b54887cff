"""How the kernels of this room are compiled and kept: as those of `geodesy.compiling`."""

from steerclear.geodesy.compiling import filter_kernel, inlined, inner_kernel, kernel, sources_digest

__all__ = ["filter_kernel", "inlined", "inner_kernel", "kernel", "sources_digest"]
