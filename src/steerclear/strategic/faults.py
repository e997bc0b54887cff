"""What the strategic room refuses, each with whose fault it is and what to do next."""


class StrategicError(ValueError):
    """Base of all refusals of this room."""


class VolumeError(StrategicError):
    """The data's fault: a volume is not one that can be flown or compared; the message names the field and why.

    Attributes:
        field: name of the offending field of `Volume4D`.
    """

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class InvalidBufferError(StrategicError):
    """The caller's fault: a buffer is negative or out of its stated range."""


class VolumeIndexError(StrategicError):
    """The caller's fault: a key is in the index already, or the index is full."""
