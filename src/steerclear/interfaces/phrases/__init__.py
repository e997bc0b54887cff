"""Fixed phrases with parameters, in every language of the catalogue."""

from steerclear.interfaces.phrases.catalogue import Catalogue, load_catalogue
from steerclear.interfaces.phrases.errors import CatalogueError, PhraseError

__all__ = ["Catalogue", "CatalogueError", "PhraseError", "load_catalogue"]
