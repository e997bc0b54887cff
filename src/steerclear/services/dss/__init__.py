"""The directory of airspace (DSS of ASTM F3548-21): what is where, whose it is, and who must be told of a change.

One module a use case. Each decides on facts read in one transaction and writes in the same one.
"""
