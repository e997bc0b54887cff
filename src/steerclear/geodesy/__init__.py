"""WGS84, vertical datums, local frames, footprints and index cells: numbers and arrays only."""
