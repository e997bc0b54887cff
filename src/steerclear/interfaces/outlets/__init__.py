"""The ways in which a node reaches its own people: a command, the services apprise knows, a file."""

from steerclear.interfaces.outlets.errors import OutletsError
from steerclear.interfaces.outlets.languages import is_spoken, shipped_languages
from steerclear.interfaces.outlets.opening import OutletTerms, open_outlets

__all__ = ["OutletTerms", "OutletsError", "is_spoken", "open_outlets", "shipped_languages"]
