"""Whose an aircraft is: what is known of every track, who was asked, what they said, and who has been told."""

from steerclear.services.identify.standings import case_standing, cases, find_case

__all__ = ["case_standing", "cases", "find_case"]
