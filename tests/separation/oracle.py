"""Reader of the reference results in tests/separation/data, computed with NASA DAIDALUS (see the data's README)."""

import csv
import gzip
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"


def read_columns(name, wanted):
    with gzip.open(DATA / name, "rt", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if wanted(row)]
    columns = {}
    for key in rows[0]:
        values = [row[key] for row in rows]
        try:
            columns[key] = np.array([float(value) if value else np.nan for value in values])
        except ValueError:
            columns[key] = np.array(values)
    return columns
