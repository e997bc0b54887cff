"""Is the mechanism functioning? Every measure of effectiveness over a period, from a journal or verified records."""
