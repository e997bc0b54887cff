"""What the separation room refuses, each with whose fault it is and what to do next."""


class SeparationError(ValueError):
    """Base of all refusals of this room."""


class InvalidStateError(SeparationError):
    """The data's fault: a row of the given states is not a possible aircraft state.

    Attributes:
        row: index of the first offending row.
        field: name of the offending argument.
    """

    def __init__(self, message: str, *, row: int, field: str) -> None:
        super().__init__(message)
        self.row = row
        self.field = field


class InvalidMinimumError(SeparationError):
    """The caller's fault: a minimum, a lookahead, a volume or an option is out of its stated range."""


class TooManyPairsError(SeparationError):
    """The scan found more pairs than the caller allows; nothing is returned rather than a part of the answer."""
