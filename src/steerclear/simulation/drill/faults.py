"""What can be wrong with a scenario that only shows when its agreement is made or it is run."""


class DrillError(ValueError):
    """The scenario cannot be run as it is written; the message says what and where."""
