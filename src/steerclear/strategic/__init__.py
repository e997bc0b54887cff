"""Plans before take-off: what a plan conflicts with, who gives way, and the smallest change that clears it.

Pure deciders; volumes of airspace prepared for comparison, and which of many meet.
"""
