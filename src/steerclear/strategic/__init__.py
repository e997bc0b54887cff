"""Plans before take-off: volumes of airspace prepared for comparison, and which of many meet."""
