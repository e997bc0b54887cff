"""Plans: what a declared plan conflicts with, who gives way, and the smallest change that clears it. Pure deciders."""
