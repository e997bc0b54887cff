"""Surveillance feeds, recorded and live: every format becomes track reports in SI, or a counted reason why not.

`open_sources` is the one way in. Nothing heavy (pyarrow, libasterix, httpx) is imported before a source needs it.
"""

from steerclear.interfaces.feeds.opening import open_sources, public_address

__all__ = ["open_sources", "public_address"]
