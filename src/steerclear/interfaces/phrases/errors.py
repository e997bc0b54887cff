"""Whose fault it is when a phrase cannot be said."""

from __future__ import annotations


class CatalogueError(ValueError):
    """A language's file is wrong; its author must correct the key that is named."""


class PhraseError(ValueError):
    """There is no such phrase, or what is to fill its blanks does not; whoever says it must correct it."""
