"""Outside formats and protocols, one package each: decode, call one service, encode."""
