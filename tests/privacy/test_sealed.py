"""A commitment binds to one content and one salt, and to nothing else."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.privacy.limits import MAX_SEALED_BYTES
from steerclear.privacy.sealed import SealError, commitment_of, opens

SALTS = st.binary(min_size=32, max_size=32)


@pytest.mark.requirement("SC-SEAL-02")
@given(SALTS, st.binary(min_size=1, max_size=300), SALTS, st.binary(min_size=1, max_size=300))
def test_only_what_was_sealed_opens_it(salt, content, other_salt, other):
    commitment = commitment_of(salt, content)
    assert commitment == sha256(salt + content).hexdigest()
    assert opens(commitment, salt, content)
    assert opens(commitment, other_salt, other) == ((salt, content) == (other_salt, other))
    assert opens(commitment_of(other_salt, content), salt, content) == (salt == other_salt)


@pytest.mark.requirement("SC-SEAL-02")
def test_no_byte_moves_between_salt_and_content():
    salt, content = bytes(range(32)), b"abc"
    commitment = commitment_of(salt, content)
    assert not opens(commitment, salt + content[:1], content[1:])
    assert not opens(commitment, salt[:31], salt[31:] + content)


@pytest.mark.parametrize(("salt", "content"), [(b"", b"x"), (bytes(33), b"x"), (bytes(32), b"")])
def test_what_is_no_seal_is_refused(salt, content):
    with pytest.raises(SealError):
        commitment_of(salt, content)


def test_what_no_notice_could_open_is_not_sealed():
    with pytest.raises(SealError, match="in parts"):
        commitment_of(bytes(32), bytes(MAX_SEALED_BYTES + 1))
