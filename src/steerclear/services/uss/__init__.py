"""A USS of ASTM F3548-21: plans through a DSS, tells its peers, watches its own flights and those of others."""
