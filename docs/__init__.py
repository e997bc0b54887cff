"""Documents, and the program that writes those pages that are drawn from the code."""
