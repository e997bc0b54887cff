"""`steerclear advise` with the picture of the bands."""

from __future__ import annotations

from steerclear.interfaces.cli.advise import advise_command
from steerclear.model.advice import Advice


def _draw(advice: Advice) -> str:
    from steerclear.interfaces.advice_picture import draw_advice  # noqa: PLC0415 only a picture needs it

    return draw_advice(advice)


advise = advise_command(_draw)
