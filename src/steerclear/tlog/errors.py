"""What can go wrong in the log, told apart by whose fault it is."""

from enum import StrEnum


class Fault(StrEnum):
    """Who has to act when an error of this room is raised."""

    OURS = "ours"
    PEER = "peer"
    DATA = "data"


class TlogError(Exception):
    """Base of every error of this room; `fault` says who has to act."""

    fault: Fault = Fault.OURS


class MalformedInputError(TlogError):
    """The bytes are not in the agreed format, or above a limit: refuse them, tell whoever sent them."""

    fault = Fault.DATA


class SignatureError(TlogError):
    """The bytes are well formed but not signed by the key we trust: refuse them, check which key the peer uses."""

    fault = Fault.PEER


class ProofError(TlogError):
    """A proof does not connect the hashes it claims to connect: refuse it, keep the bytes as evidence."""

    fault = Fault.PEER


class RequestError(TlogError, ValueError):
    """Our own caller asked for something the tree cannot have (an index beyond its size, a bad key name)."""


class StoredHashesError(TlogError):
    """The reader of stored hashes gave back something else than one 32-byte hash per node: our store is damaged."""
