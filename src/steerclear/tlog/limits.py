"""Every limit on what `tlog` accepts from outside, with the reason for its size."""

HASH_BYTES = 32
"""SHA-256, the hash of RFC 6962 trees."""

MAX_ENTRY_BYTES = 65_535
"""tlog-tiles gives an entry a uint16 length; attachments go in by their SHA-256."""

MAX_TREE_SIZE = 2**63 - 1
"""Largest size that every store and every peer can hold in a signed 64-bit integer."""

MAX_PROOF_HASHES = 63
"""tlog-witness allows at most 63 proof lines; no proof of a 2**63 tree needs more."""

MAX_NOTE_BYTES = 65_536
"""Bytes of one signed note: a checkpoint under 16 ML-DSA-44 cosignatures (2,432 bytes each, in base64) fits."""

MAX_SIGNATURES = 64
"""Signature lines looked at in one note; the format asks every verifier to accept at least 16."""

MAX_KEY_NAME_BYTES = 255
"""A cosigned message holds names and origins in a one-byte length."""

MAX_SIGNATURE_BYTES = 5_120
"""Key id and payload of one signature line after base64; post-quantum signatures reach nearly 5 kB."""

ED25519_PUBLIC_KEY_BYTES = 32
"""RFC 8032; any other length is no Ed25519 key."""

ED25519_SIGNATURE_BYTES = 64
"""RFC 8032."""

ML_DSA_44_PUBLIC_KEY_BYTES = 1_312
"""FIPS 204, table 2; any other length is no ML-DSA-44 key."""

ML_DSA_44_SIGNATURE_BYTES = 2_420
"""FIPS 204, table 2."""

MAX_VERIFIER_KEY_CHARS = 8_192
"""One verifier key in text form; an ML-DSA-44 public key alone takes 1,752 characters."""

MAX_TIMESTAMP_S = 2**63 - 1
"""Bound that tlog-cosignature puts on a timestamp."""
