"""InterUSS's test framework run against this project's servers: `make qualify`.

`python -m qualify` starts the servers and plays rounds of scenarios, each in the framework's own environment
(`qualify.inside`), and writes `docs/interuss.md`.
"""
