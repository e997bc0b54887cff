"""Advice as a picture, one SVG file: a compass ring, and tapes of level, speed and vertical speed with free bands.

Free is a solid line, not free is hatched and thin, so nothing hangs on a colour alone. No script, no font, no address.
"""

from steerclear.interfaces.advice_picture.drawing import draw_advice

__all__ = ["draw_advice"]
