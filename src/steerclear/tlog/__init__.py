"""Merkle log, checkpoints, signed notes, cosignatures and proofs: bytes in, bytes out."""
