"""What can be wrong with a plan's file."""


class PlanFileError(ValueError):
    """The file cannot become a plan; the message says where in it, what is wrong and what to do. The data's fault."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
