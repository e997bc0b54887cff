"""The examination of a node behind `steerclear doctor`: one module per part of the node, findings in a fixed order."""

from steerclear.app.doctor.examination import examine

__all__ = ["examine"]
