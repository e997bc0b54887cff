"""ASTM F3548-21 as it stands on the wire: the airspace's directory (DSS) and its users (USS), tokens and refusals."""
