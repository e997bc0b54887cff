"""Live picture and alerts: (picture, reports, now) -> (picture, alerts)."""
