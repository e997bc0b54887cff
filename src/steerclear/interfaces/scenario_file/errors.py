"""What can be wrong with a scenario file."""


class ScenarioError(ValueError):
    """The file is no scenario that can be run; the message says where in it and what to do. The data's fault."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
