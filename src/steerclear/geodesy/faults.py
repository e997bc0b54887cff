"""What the geodesy room refuses, each with whose fault it is and what to do next."""


class GeodesyError(ValueError):
    """Base of all refusals of this room."""


class MissingReferenceError(GeodesyError):
    """The caller's fault: a conversion needs reference data (geoid, pressure, terrain) that was not given."""


class NotConvergedError(GeodesyError):
    """The data's fault: two points are so nearly antipodal that their shortest path is not determined."""


class FootprintError(GeodesyError):
    """The data's fault: these vertices, or this circle, bound no area that can be compared; the message says why."""
