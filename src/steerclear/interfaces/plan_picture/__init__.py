"""A picture of a plan: map, heights over time, findings by number; one SVG file that loads nothing."""

from steerclear.interfaces.plan_picture.drawing import draw_plan
from steerclear.interfaces.plan_picture.scene import Proposal

__all__ = ["Proposal", "draw_plan"]
