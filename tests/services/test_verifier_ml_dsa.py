"""The second verifier's own ML-DSA-44 judges every signature as the library does, and reads notes as `tlog` does."""

from __future__ import annotations

from base64 import b64decode, b64encode
from contextlib import suppress
from hashlib import sha256, shake_256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.services.bundle_verifier import verify
from steerclear.tlog import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    MlDsa44Cosigner,
    TlogError,
    cosign_checkpoint,
    encode_note,
    open_checkpoint,
    sign_checkpoint,
    sign_note,
    verifier_for,
)

PRIVATE = MLDSA44PrivateKey.from_seed_bytes(b"\x03" * 32)
KEY = PRIVATE.public_key().public_bytes_raw()
MESSAGE = b"a checkpoint"
SIGNATURE = PRIVATE.sign(MESSAGE)
Z, HINTS, COUNTS = 32, 32 + 4 * 576, 32 + 4 * 576 + 80
"""Where the parts of a signature begin: c, z, places of the hints, how many of them up to each polynomial."""

# Known answers 0 and 1 of the published set for ML-DSA-44, pure and deterministic (post-quantum-cryptography/KAT, as
# the library's own tests carry it): seed of the key, SHA-256 of the public key, message, context, signature.
KNOWN_ANSWERS = [
    (
        "f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68",
        "18288249b90bcbd48d473d2a507cc3c1e95e040f639ac3333a8ed1891de14552",
        "6dbbc4375136df3b07f7c70e639e223e",
        "480c658c0cb3e040bde084345cef0df7",
        "58gvyjFVc++MxxYM6V2S+nmsIVIVI94OZwB2ggfpt7n66cvb+Pl7Btee1PXqRRMIbEsGXOkpauDNmxM/ZcMU/O9tU3sdLXB353m+JMFJ2ChM"
        "gvSTewgV1lbkBK1K2H143bxJPGrOeiqrlEYkPzfGTXxEEhIwfQej++JXMZTAt17VXDmKLGM5hP05clIyD+/9ediS3Qq2yctmHkf+jW52oP9O"
        "g6vtWuo/7/kS98WgZzcMoDfYgmD95VsOsyINRKEqOVeLiRznlI2z84mw69pyHWZOF5DEC5uBZ8DZygPjWdpKtnWrARsMV6ftVc/YwlDluJBH"
        "HB5YHTs+s6bzx5Ijrg6IGIb0/rKFRChV4QYHCl70Cnp0telb/TFtD9z0ZLOy9wiy2dzWzFZdC1SwfjGe5BOi5DC72FXHTpR3/Abrvc7snHoq"
        "wK+HW94BbGF0LGL0K71Io6UQibMP1aYr93CR7aKc1yJ2XiTvJpO/NGZcsRjZ4H6EbDcDRhAVzxw3/eraBWrZHmfMdxOcjCfFxsAIlaSKjz1b"
        "sLNxntrbm7ZmtlXiGIVenRn6x48Xm/WY994kNzBWkapbjsV/Izen4tHwB9kgCQ6/dluYz3hPJNpPGQidH437A+Xr5naJjUBnxfxRI4svysz6"
        "3UeV2WiZtFEJfSdZWSjQ+wtk+xkHOaUdf+Bjzg3ZmnRRDwgMHvT2HNEdmFnk7VUPbx5Osj8WTeHVr48FD1bqvaFeHVR2bD+9ww9Dz9gXTjyM"
        "pidIZe18en0aQQq1FUm1tzbgyC7Zr4JBrYomY3jKoGJlMoPnkIUTS024kX98jU2O6UtaQqqBSLafH3GarZ+zFaRnjpH0tLEmjZblCSHHpo1I"
        "Mu4QGLzayEpGqlICHqGuzny4XstXu3BiMd9GtvjVjz0ogLybXUeK+C6vuGG2oPfiZvP/Z8MJK6Mm5tgn529aNMUruCyaBqgmUMngYmw9vhoK"
        "dIv4m8FN/eMxhbBjqSR8WZfi4I6EBKvBjP330v2IcOuNlk/dl8MyW+C7saduwiCqaLQA7OjpWrzZTtwBczmNL2ut0j4zsnvygnbXZXaB1+X8"
        "nxt0FKqw9FuLMUn86JwgAZ5w3gf8MSnf7jXdAZNqtCXD+N7Z1UEqplnCCCG0jPzXsq3SUa9B3iqJyUFH2Y3pvAwcy4DL0iArHGE082w+S5Uz"
        "dfQFVBmHwEyAnN9+5CZF8Q6gLxk1Re2Lc7SMdJZQg0AaCdzRw5Nmqp8b9SDRkHQZnzuELOmsvFtj6sizg8vfxoUT7zsFxwHC6GzVObQzIRbA"
        "HZnPOh5lIoFP648+EGamPebEgqaEv3bcdnOsd1NC+6WElP07M/42blqmzSb1iT4Oe7SjdtSKTwjcHyOlidnEVXp2/XiCos7Z9YiyJ5vX6WB1"
        "JaFtGwcH8EQjdSGho4o6lWFTuZ32T9OEt61R061/yr2GyNH1PPf7rSepM97Q//53lVM4KGxjToi7Gk7vhKXVZSwBiV/Qwac93kIAzhHcNW+H"
        "ZkLmGgo4KvZgxnfWvL6pxaFM7oiV/05ahcPfwKcjbqK2gKfA5FoX4Wp2UMjp/WvBXBKS4o8OXk6oi4Urb9GdBWTvaZY8cH0jb1G/inscrtkW"
        "VJ4Jx3vhU5jAf6bvoHpZNtvWxJgm3ghtfZ85QWn/TZiN67MuGnYhwM8NZeJcQZXJ4QkgvRQDcZeOdDM1OxAjnt97O0vOh5nlaDmXBupMPgIe"
        "j1tYAHtOj5Km9icjTuwm19YrKKwgjtWt87fcCHv6zBWAAGlyayTlE4HouT2+KnevHoEXqqcTTG7i1BVzXM7WldCZPvGu9G7d4wdA9a5Vuq8g"
        "t3PgW8LWqTZVy642eU3AmklzWSNtBc5l/YLaFzBqUfXE+X1jWBEJupQOflYLC42SJXa+4GhUgexTi+bq4jZ2gE174bJ3VAO8WBat0l7z1IwV"
        "qw66OZEPQpRWbghkNh2XRJw/H0m9jIrK/itbiqSBC80Ria8/v0HHxXKBWL8AuMuTPRVGmpgp68BYw7djiVUuFWqFfSQo9gQLOgWw1V8WvrQm"
        "3vWwLh2XdBy9DeEWliO1l+oNxvKv2KJZ0prjPmwglA15BsCZkTjKczO0f/JT6rr5EhU9ylK7IB4R6YqmCyU+fwP8CEVTiF/vioeQlLUsRt4i"
        "XxMVpUZOC45sq9XcT+fX/iX1Abf7Ep4U72dTE1pL44hZFDk1BOmRWYZvWvPm/k3rjZZenqAGQTmOxDF/PKhAPP2EQtiIlKLkEoRkv1fAkxmM"
        "aumEAkoXXdrtyzG1xTIBn+pPj9LT09zGKD+1LKdTg6RmR3esyj/RWLTQgONUao7DPOP6eUd3wDeDiXh2u1Fm3FR0VHBD1i2QrG+BjrtFnRxh"
        "RrtXdpMn8rXzZu4HBh9JxdnVkUrKeQAWKqoar4/ZynK6cqVrGkzkAGUZde3JwgbtTB5YiE5vJGgLZL4aamEUg6cqfPt//4XINl6ogGh7RoSE"
        "Ax8Gq0Gedv4+tr+USDFdeBpGuHqz69SQ5r4X94BIgaD2xTVHaY1T1k2HY/NajopFOS9DsaHbzPjnkq33nRGG864dXZ4SEgSxmMweSOqFW5cV"
        "2KrUh9wZcIaR9BBItzvtDG9kRoilf553cMfQpSxpQOLY65r3EB7V2X9et/IuJd12EXU4/CwI/d/GF4ELdkbzTHOPKctj1vrwga7+NLpE3bVh"
        "e879Y9CN3UjEPVY9KeYYBHn55dPrDTwG5wDvVTWxqKwu7FZTgqs15imOoQH/1Kiv1F1kKzJtH7RzKdFsWCCTXO3dYzoB8LWYhD9GFPoN/7gt"
        "mvRcaXAaE43UAIxruoThyx4JQ6yQ+PDmZc/hoVegdaHZpeLxDPFdAbjFV4zAIFavfIh72TYAhYHPhSKQESKmPB/yQE3DGNWjvUB/iTUcY6Q7"
        "Euq5vy+Wmr2Q32o0flkY9qWtyxyXnm2BDkwzTqHd2qNlEg3AxcivFCyzoVeBiMbXW44+2nFan4VH3W5PFHQIBTLibmturG1YNSDj4f8yNEq5"
        "7LUFwQNWn+gna8M9H2rCgLG1rAlUm4ywYYD9H68cfxb4GLHrgVEjDe4QoQjf0YlaGuH7vmsItZxSbqaZKa6NyGNaXqkQGXaOnby/2foKFxsg"
        "KElOcXqWx9bj/QYlUFFSd4KOj8vV6er5/gcSISUqPEZQYniMrLi7vdHd4OHw+gAAAAAAAAAAAAAAAAAAAAAAAAAAAAkXJjs=",
    ),
    (
        "6de62e3465a55c9c78a07d265be8540b3e58b0801a124d07ff12b438d5202ea0",
        "8d91b9927e331d039df029d6960679e87f4f8411231ef874ec4ba85ec780d18e",
        "d69cfc64f84d4f33e4c54e166b7ff9283a394986a539b23987a10f39d2d9689b",
        "0121cb32acd1871135cb34e29c1a0e26",
        "h/GHuh8S77XKvk1gyer1DNPPSzmROSZsesJf+UT7DFj8Rj6z2PYuKS9R5C9u6t2M+fbzp4JkKj292HZtonp+Z4Q+yK48SxBTEE8U3F7G3wpd"
        "VV6CXVOY8qkzoH7BkjiDxtIO/nivgvtjNOPi36CY2k5AB0mASBn+lqfM06Vdt7tM8nunWoewCJkLPfCU9zwL5eEZKTRMztN28ZnL3HCKE0B1"
        "3ev0HrMVoOyKd5AiC9B4bkcfgT0k5JvIdCKTpr3k2SM7ShseqrAcr6fdIAzdtAuRRAT52fSvJ6KWsWym+IGTLsiv6RI5apYRdUrlypkOEoh1"
        "tikaGOSXyDJDMM5GIPrY52ga4z0Yfx5k2OF8TT5XyJ5/wBXIhgDu8v6UmxGEGEuAu1zyenP5tLyavDRxE4u+lCvcE9peaGC1Lla4bNjsIJYp"
        "U+32k7RQev3/dN3Tb3RpWyahRqdzgMrumQsoDl0jupMy6//Ecbejp1uT+AZNwRZniFtE2wrYKWDnwCrT6UToKK8tJOQCfSAulasQUkD91Zap"
        "/a1bawXx1Ocb6YfDIIA7JrF/DQuvcNNZAGdJjsNHQqrgQBGqdI0gi1bp2W3t89ZDcuBEbDjGrQ28cFgiZV/bWUkTW9FoVflfUgt4pvQ8cQ7w"
        "paH5YNJaTyTUydaLLlLZyWZFRAJEqTuLFo69rznOLSeivn4mJcsYkkt2JUqTCdS1gdKHulotanSHGryyLWH9ALmmTBF/29+B78Lp6d4HzdWj"
        "nQCFyFhsbJK+FE+ZV8up0MwOL7KatT7/GfXsMJY9GlwqW8MVQUUn3zAfqx1YTZtpslIiSBdSjFt/e7SWMGaF+e2E7rpg09pPvBRWYIKcTVjO"
        "M8s61+/gv8/9fm8GaxigL2lob79tLkhu4TWDtJ6Umk7itVV8p5k+HFYo7RaGKxTxQoV+ZQe2GlN6ukvfw718wLSvD0kGKuwonzh0izjpjfqY"
        "UhWBocYSdzJkaPWq64iLyTcOPM7eTNAy9/9r7zymSqsuCZRCru3BFFyIEgxrnn1NSb8Wj3gYnsEeNJ8rIsWqBMqzg9gplf5nui2WNbKSefe0"
        "Ye0SWTjlBNzB2YkRPCeW/D89YT6Y06/CE1qPHQHUo6WuOYrGQNnA+RXj1ZFyTtnun/OzhzUKl+rSMqgNT9po6IOPMHUCsX4h0wERIYxRyhb9"
        "vaQYztz8nIhP2C+ZzdS6fT8IUg1ZAngLSvDHSAK9sgmjKp6fZp1NjSnpdIBC/beRRhM2tK9sOYJgnOdDRwkTD1FuMdlZkX2B7ZadsRpwE0P6"
        "xIAvmN78eNV0JJac2oOhzmEtT5cMel7/KAMJTXdEaxUKZivE4B+zf6rhODMunObrQ2Y304uyz+FReoieC8upZlcnqBDLlFMkjGvlifEpjc5r"
        "7fLOk9U9W5P3kf3IcKbYMhRvXUKyqq+IAyZ6D/O0Fb79N9vBYyNa0Td47BJNTEs16ZYMITK2KMkSTlLay2dhqYhx4lslZIBqUgTFaYnvww68"
        "t6/kkDPD5KRc0MEr7eckvPaL+VPrBBw7qvV6CFbBd3liVY4n3SvRwbd433KGrXaheGyPsZKKRK2R9GXVByCY8gkvXN8mkBPmSWfrSv8tfUi3"
        "JN1hUCxRVqUOgqbN0jNCX4RzsB6CWFF1DXYisd8nYtBWcD7l3gU9a7yTDXNBZgIYaJv4wgw4W/S9DnZe3rhVH50VLPQRzhmFF4z8GRZqhdV3"
        "nL6+JtxXLT/LrdMTiFJ7Tn0DJmT3Z5KL1rSKrhpaIbO3fjRBt5JzWQ0hvphdiqf0s4H6j3elye+q0gCPA1fAXZxkvACs9DfEgSefDPyIvtjl"
        "3Nf3pKf/Gkw8j/eJWO2xzgS/5vCEMms8hRWfl32eOXHyBbrTN47kShenSlLvgYRPh2hsalmQjKp4hKnWHXzXiB9egi5QJL393vHku31AS9wy"
        "e7PDaHXvhwCQPyTg+03U3zmZfQkHisizgOYR0aB343tHEwGpdiL4qJYxic9KfbAYTJTzaJyiIUjCmPgbuSjc3bCso/lITqzC18Uqn8uYvp+L"
        "NSs332nNRiG+6XQIPmfUiBcq4blzzSrsB7DYUL8NULmS1Rj8sqUJIbXdXjrfT6Y+9hsnFB4d3Nvu4w3oFhIhRr7IM8kDW3Jr7ZQyaTU5Y1ex"
        "3SrNC1z3OcjdkaDZPgOcylhCi7UW7rktY819Y8pZ8GwuhmWeMlu4HcvRO/xCGDn63VU/u4JgNXNg4EXNHv6pPH25ypsRj5ycyzGlP4bEENk5"
        "625sfkudPO8VrBlkrQSFxPIlNvTIpojdOgwBz3ghlJBVYQ0UlNNfPJqfsq3PjuXXLK7Ed2ihwDVBS99KySblFXFJ4kNIyWMovSThucKqg7QU"
        "L+KU+sRZvALgFbkJwAeQEGBHCtQyWx0z1sQ6c71k5fjADiABPnaiiwMWXNagyVnj3tsSKiRmn0LC7AEHFNPXxgZ+5m5CUV3owM/gJPL6u0kB"
        "8Hb3QcFFpODJJeq9cOYzRc7riBDjJ9M9rw4zhTKRotoNimGqgOXCQ626acHERb30RTIFW2vDyPqiXHR+GPCLDKmhFu/33154jCga2x/RszGO"
        "5/E7ufo8woeaaY2LsmheySGdep27pxPc4Botya+QrdVnCEt7cu2Bt/d1cRE+fP5JxWbS6zWmL/5QRF0T2ebLWSg+SoYYT4DcAOwCWQc/FD+h"
        "m7Aneiot2NZJyG/IlHVjKtC4yr4eAbPJk7i++QNQlkOSSW5/outpWrYjiBjuCnAvUWX74RvC0MI2imkrkF8pL3tODsEcctSzoxt18/bjUoCl"
        "3J8dacZ14O3HDRcHSfjQGHfZJnVd1KoOcwVxFFjGa6FraRePWVwzlnVLNfkUxqedx9yA1+iphDIcVzX1EBvN1mnPjt2jvtkj28UwMrkuf582"
        "RDOQgpS6eK6mGQpVRBhWysDDeNLjBOIlo/WPzHVCovDgEtyfA9N5LPnL1/bJLKyNN8HL/OqCD0+iIytcJzOBXXrPUUoaGPQmgjBmzfScAC8l"
        "wSCECkYbxzdMbhYjrmcWMlpgo4eTBVXuv5n6f1o3G0cWuNlKOcZ3/fE7xtbyU5N/xR7OR0JFDmkRVL/Jx1KYfJNYpB4EFCczN0BJTU6Bh4yV"
        "mcLZ3f3/AwsSHyk5TFJhZ3Fzqqy6w9Te7vQSFjEybXiCn8bH+PoPIEJmaXB+iI6RuMnY7v0AAAAAAAAAAAAAAAAAABMnM0I=",
    ),
]


def library_holds(key: bytes, signature: bytes, message: bytes, context: bytes = b"") -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(key).verify(signature, message, context or None)
    except (InvalidSignature, ValueError):
        return False
    return True


def both_hold(key: bytes, signature: bytes, message: bytes, context: bytes = b"") -> bool:
    verdict = verify.ml_dsa_holds(key, signature, message, context)
    assert verdict is library_holds(key, signature, message, context)
    return verdict


def changed(place: int, value: int, signature: bytes = SIGNATURE) -> bytes:
    return signature[:place] + bytes([value]) + signature[place + 1 :]


# --- Signatures


@pytest.mark.requirement("SC-REC-09")
@pytest.mark.parametrize("answer", KNOWN_ANSWERS, ids=["0", "1"])
def test_the_published_answers_hold(answer: tuple[str, str, str, str, str]) -> None:
    key = MLDSA44PrivateKey.from_seed_bytes(bytes.fromhex(answer[0])).public_key().public_bytes_raw()
    assert sha256(key).hexdigest() == answer[1]
    message, context, signature = bytes.fromhex(answer[2]), bytes.fromhex(answer[3]), b64decode(answer[4])
    assert both_hold(key, signature, message, context)
    assert not both_hold(key, signature, message)
    assert not both_hold(key, signature, message + b"x", context)
    assert not both_hold(KEY, signature, message, context)


@pytest.mark.requirement("SC-REC-09")
@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300), st.one_of(st.just(b""), st.binary(max_size=255)), st.binary(max_size=255), st.data())
def test_what_the_library_signs_holds_for_its_message_and_context_only(
    message: bytes, context: bytes, other: bytes, data: st.DataObject
) -> None:
    signature = PRIVATE.sign(message, context or None)
    assert both_hold(KEY, signature, message, context)
    assert both_hold(KEY, signature, message, other) is (other == context)
    assert not both_hold(KEY, signature, message + b"\0", context)
    place = data.draw(st.integers(0, len(KEY) - 1))
    assert not both_hold(KEY[:place] + bytes([KEY[place] ^ 1]) + KEY[place + 1 :], signature, message, context)


@pytest.mark.requirement("SC-REC-09")
@settings(max_examples=200, deadline=None)
@given(st.sampled_from([(0, Z), (Z, HINTS), (HINTS, COUNTS), (COUNTS, 2420)]), st.data())
def test_a_changed_byte_in_any_part_is_judged_as_the_library_does(part: tuple[int, int], data: st.DataObject) -> None:
    place = data.draw(st.integers(part[0], part[1] - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != SIGNATURE[place]))
    assert not both_hold(KEY, changed(place, value), MESSAGE)


@pytest.mark.requirement("SC-REC-09")
@pytest.mark.parametrize("length", [0, 1, 31, 32, 84, 2336, 2419, 2421, 4840])
def test_signatures_and_keys_of_another_length_do_not_hold(length: int) -> None:
    assert not both_hold(KEY, (SIGNATURE * 2)[:length], MESSAGE)
    assert not both_hold((KEY * 4)[:length], SIGNATURE, MESSAGE)
    assert not both_hold(KEY, SIGNATURE[: Z + 576] + SIGNATURE[Z:], MESSAGE), "one polynomial too many"
    with pytest.raises(ValueError, match="255"):
        PRIVATE.sign(MESSAGE, b"c" * 256)
    assert not verify.ml_dsa_holds(KEY, SIGNATURE, MESSAGE, b"c" * 256)


# --- Signatures that only a verifier's own checks stop. Under a key whose t is 0 anyone can sign: c falls out of the
# equation, so z and the hints can be chosen at will, and c is computed last. What a key owner would never produce
# comes to the verifier this way: hints anywhere, z at its very bound.

OPEN_KEY = b"\x07" * 32 + bytes(1280)


def forged(z: list[list[int]], hint_bytes: bytes, read_as: list[set[int]], message: bytes = MESSAGE) -> bytes:
    """A signature under OPEN_KEY whose c is right when the hints are read as given."""
    matrix, _, key_hash = verify.ml_dsa_key(OPEN_KEY)
    values, packed = [verify.to_ntt(poly) for poly in z], b""
    for row, places in zip(matrix, read_as, strict=True):
        w = verify.from_ntt([sum(a * b for a, b in zip(*pairs, strict=True)) for pairs in columns(row, values)])
        high = [verify.high_part(value, place in places) for place, value in enumerate(w)]
        packed += sum(value << 6 * place for place, value in enumerate(high)).to_bytes(192, "little")
    spoken = shake_256(key_hash + b"\0\0" + message).digest(64)
    coded = b"".join(
        sum((2**17 - value) % 2**18 << 18 * place for place, value in enumerate(poly)).to_bytes(576, "little")
        for poly in z
    )
    return shake_256(spoken + packed).digest(32) + coded + hint_bytes


def columns(row: list[list[int]], values: list[list[int]]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return list(zip(zip(*row, strict=True), zip(*values, strict=True), strict=True))


def coded_hints(places: list[list[int]]) -> bytes:
    counts = [sum(map(len, places[: index + 1])) for index in range(4)]
    return bytes([place for poly in places for place in poly]).ljust(80, b"\0") + bytes(counts)


def small_z(seed: int) -> list[list[int]]:
    stream = shake_256(seed.to_bytes(8)).digest(4 * 256 * 3)
    return [
        [int.from_bytes(stream[3 * (256 * poly + i) :][:3]) % 261_987 - 130_993 for i in range(256)]
        for poly in range(4)
    ]


hint_places = st.lists(st.lists(st.integers(0, 255), max_size=20, unique=True).map(sorted), min_size=4, max_size=4)


@pytest.mark.requirement("SC-REC-09")
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**64 - 1), hint_places)
def test_hints_anywhere_are_used_as_the_library_uses_them(seed: int, places: list[list[int]]) -> None:
    signature = forged(small_z(seed), coded_hints(places), [set(poly) for poly in places])
    assert both_hold(OPEN_KEY, signature, MESSAGE)


@pytest.mark.requirement("SC-REC-09")
def test_every_coefficient_can_bear_a_hint() -> None:
    """All 1,024 places, 80 at a time: the ranges at the two ends and at 0, where a hint wraps around, come too."""
    for start in range(0, 1024, 80):
        chosen = range(start, min(start + 80, 1024))
        places = [[place % 256 for place in chosen if place // 256 == poly] for poly in range(4)]
        for seed in range(4):
            assert both_hold(OPEN_KEY, forged(small_z(seed), coded_hints(places), [*map(set, places)]), MESSAGE)


@pytest.mark.requirement("SC-REC-09")
@pytest.mark.parametrize("value", [130_993, -130_993, 130_994, -130_994, 131_071, -131_071, 131_072])
def test_z_holds_below_its_bound_and_not_at_it(value: int) -> None:
    z = small_z(1)
    z[2][17] = value
    signature = forged(z, coded_hints([[], [], [], []]), [set()] * 4)
    assert both_hold(OPEN_KEY, signature, MESSAGE) is (abs(value) < 2**17 - 78)


@pytest.mark.requirement("SC-REC-09")
def test_the_high_part_is_that_of_the_standard_at_every_border() -> None:
    q, step = 8_380_417, 2 * 95_232
    borders = {border + near for border in range(0, q + step, step // 2) for near in (-1, 0, 1)} | {q - 1}
    for value in borders & set(range(q)):
        # FIPS 204, algorithms 36 (decompose) and 40 (use hint), word for word.
        low = value % step if value % step <= step // 2 else value % step - step
        high, low = (0, low - 1) if value - low == q - 1 else ((value - low) // step, low)
        assert verify.high_part(value, False) == high
        assert verify.high_part(value, True) == (high + (1 if low > 0 else -1)) % 44


EMPTY = bytes(80)
HINT_SPELLINGS: dict[str, tuple[bytes, list[set[int]], bool]] = {
    "none": (EMPTY + bytes(4), [set(), set(), set(), set()], True),
    "in order": (bytes([3, 9]) + bytes(78) + bytes([2, 2, 2, 2]), [{3, 9}, set(), set(), set()], True),
    "out of order": (bytes([9, 3]) + bytes(78) + bytes([2, 2, 2, 2]), [{3, 9}, set(), set(), set()], False),
    "twice": (bytes([9, 9]) + bytes(78) + bytes([2, 2, 2, 2]), [{9}, set(), set(), set()], False),
    "in two polynomials": (bytes([9, 9]) + bytes(78) + bytes([1, 2, 2, 2]), [{9}, {9}, set(), set()], True),
    "not counted": (bytes([3, 9]) + bytes(78) + bytes([1, 1, 1, 1]), [{3}, set(), set(), set()], False),
    "last byte not counted": (bytes(79) + b"\1" + bytes(4), [set(), set(), set(), set()], False),
    "counts fall": (bytes([3, 9]) + bytes(78) + bytes([2, 1, 2, 2]), [{3, 9}, set(), {9}, set()], False),
    "last count falls": (bytes([3, 9]) + bytes(78) + bytes([2, 2, 2, 0]), [{3, 9}, set(), set(), set()], False),
    "all 80": (bytes(range(80)) + bytes([80] * 4), [set(range(80)), set(), set(), set()], True),
    "81": (bytes(range(80)) + bytes([81] * 4), [{*range(80), 81}, set(), set(), set()], False),
    "255": (bytes(range(80)) + bytes([80, 80, 80, 255]), [set(range(80)), set(), set(), set()], False),
}


@pytest.mark.requirement("SC-REC-09")
@pytest.mark.parametrize("case", HINT_SPELLINGS)
def test_hints_have_one_spelling(case: str) -> None:
    coded, read_as, sound = HINT_SPELLINGS[case]
    assert both_hold(OPEN_KEY, forged(small_z(2), coded, read_as), MESSAGE) is sound


# --- Notes

ORIGIN, WITNESS = "steerclear/two-skies/north-to-south", "steerclear/two-skies/south/witness"
TIME_S = 1_800_000_000
LOG = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
CLASSIC = Ed25519Cosigner(WITNESS, Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
SECOND = MlDsa44Cosigner(WITNESS, PRIVATE)
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(range(32)))
OWN_NOTE = sign_checkpoint(CHECKPOINT, [LOG], TIME_S)
OPENED = open_checkpoint(OWN_NOTE, ORIGIN, verifier_for(LOG.key))
BOTH = cosign_checkpoint(OPENED, [CLASSIC, SECOND], TIME_S)
LOG_KEY = verify.Key(ORIGIN, 1, LOG.key.public_key)
WITNESSES = [verify.Key(WITNESS, 4, CLASSIC.key.public_key), verify.Key(WITNESS, 6, KEY)]


def read(note: bytes) -> verify.Checkpoint:
    return verify.read_checkpoint(note, LOG_KEY, WITNESSES, "here")


@pytest.mark.requirement("SC-REC-09")
def test_a_receipt_needs_the_cosignature_of_every_witness_key() -> None:
    assert read(BOTH) == verify.Checkpoint(7, CHECKPOINT.root, TIME_S)
    later = cosign_checkpoint(open_checkpoint(BOTH, ORIGIN, verifier_for(LOG.key)), SECOND, TIME_S + 9)
    assert read(later).cosigned_s == TIME_S + 9, "it is complete when the last has signed"
    for lacking in (OWN_NOTE, cosign_checkpoint(OPENED, CLASSIC, TIME_S), cosign_checkpoint(OPENED, SECOND, TIME_S)):
        assert read(lacking).cosigned_s is None
    assert verify.read_checkpoint(BOTH, LOG_KEY, WITNESSES[:1], "here").cosigned_s == TIME_S


@pytest.mark.requirement("SC-REC-09")
@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(BOTH) * 8 - 1))
def test_a_note_with_a_flipped_bit_is_read_as_the_first_verifier_reads_it(bit: int) -> None:
    flipped = bytearray(BOTH)
    flipped[bit // 8] ^= 1 << bit % 8
    first = second = None
    with suppress(TlogError):
        verifiers = [verifier_for(CLASSIC.key), verifier_for(SECOND.key)]
        opened = open_checkpoint(bytes(flipped), ORIGIN, verifier_for(LOG.key), verifiers)
        times_s = [opened.cosigned_s(CLASSIC.key), opened.cosigned_s(SECOND.key)]
        first = (opened.checkpoint.size, opened.checkpoint.root, None if None in times_s else TIME_S)
    with suppress(verify.Refused):
        second = tuple(read(bytes(flipped)))
    assert first == second
    assert second is None or second[2] is None, "no changed note is a receipt"


def note_with(payload: bytes, text: str | None = None) -> bytes:
    own = OWN_NOTE if text is None else encode_note(sign_note(text, [LOG], 0))
    line = b64encode(SECOND.key.key_id + payload)
    return own + f"\u2014 {WITNESS} ".encode() + line + b"\n"


def signed_by_hand(time_s: int, name: bytes = WITNESS.encode(), size: int = 7, start: int = 0) -> bytes:
    origin = ORIGIN.encode()
    return time_s.to_bytes(8) + PRIVATE.sign(
        b"subtree/v1\n\0"
        + bytes([len(name)])
        + name
        + time_s.to_bytes(8)
        + bytes([len(origin)])
        + origin
        + start.to_bytes(8)
        + size.to_bytes(8)
        + CHECKPOINT.root
    )


@pytest.mark.requirement("SC-REC-09")
def test_a_cosignature_over_anything_else_than_this_checkpoint_refuses_the_note() -> None:
    assert verify.times_signed(verify.read_note(note_with(signed_by_hand(TIME_S)), ""), WITNESSES[1], "") == [TIME_S]
    for payload in (
        signed_by_hand(0),
        signed_by_hand(2**63),
        signed_by_hand(TIME_S, name=b"steerclear/two-skies/north/witness"),
        signed_by_hand(TIME_S, size=8),
        signed_by_hand(TIME_S, start=1),
        (TIME_S + 1).to_bytes(8) + signed_by_hand(TIME_S)[8:],
        signed_by_hand(TIME_S)[:-1],
        signed_by_hand(TIME_S)[8:],
        b"short",
    ):
        with pytest.raises(verify.Refused, match="does not fit what stands there"):
            read(note_with(payload))
        with pytest.raises(TlogError):
            open_checkpoint(note_with(payload), ORIGIN, verifier_for(LOG.key), [verifier_for(SECOND.key)])
    root = b64encode(bytes(32)).decode()
    for text in ("text\n", f"{'o' * 256}\n7\n{root}\n", f"{ORIGIN}\n7\n{root}\nextension\n", f"{ORIGIN}\n07\n{root}\n"):
        with pytest.raises(verify.Refused, match="signs checkpoints, and this is none"):
            read(note_with(signed_by_hand(TIME_S), text))


# --- The agreement

NAMES = ("north", "south")


def roots(name: str) -> Ed25519Signer:
    return Ed25519Signer(name, Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()))


def agreement(*ml_dsa: str) -> verify.Version:
    """Read an agreement of two parties with these lines for their second witness keys, signed by both."""
    lines = ["[agreement]", "id = 'two-skies'", "version = 1", "in_force_from = 2026-01-01T00:00:00Z"]
    for name, line in zip(NAMES, ml_dsa, strict=True):
        lines += ["[[parties]]", f"id = '{name}'", "[[parties.desks]]", "id = 'd'", "functions = ['f']"]
        lines += ["[parties.keys]", f"root = '{b64encode(roots(name).key.public_key).decode()}'"]
        lines += [
            f"{role} = '{b64encode(roots(name + role).key.public_key).decode()}'" for role in ("signing", "witness")
        ]
        lines.append(line)
    lines += ["[line_checks]", "answer_within = '5 min'"]
    data = "\n".join(lines).encode()
    text = f"steerclear agreement\ntwo-skies 1\nsha256 {sha256(data).hexdigest()}\n"
    return verify.read_version(data, encode_note(sign_note(text, [roots(name) for name in NAMES], 0)), "here")


def key_line(key: bytes) -> str:
    return f"witness_ml_dsa = '{b64encode(key).decode()}'"


@pytest.mark.requirement("SC-REC-09")
def test_a_party_may_name_a_post_quantum_witness_key() -> None:
    parties = agreement(key_line(KEY), "").parties
    assert (parties["north"].witness_ml_dsa, parties["south"].witness_ml_dsa) == (KEY, None)


@pytest.mark.requirement("SC-REC-09")
@pytest.mark.parametrize(
    "line",
    [key_line(KEY[:-1]), key_line(KEY + b"\0"), key_line(KEY[:32]), "witness_ml_dsa = 7", "witness_ml_dsa = '?'"],
)
def test_what_is_no_post_quantum_key_refuses_the_agreement(line: str) -> None:
    with pytest.raises(verify.Refused, match="cannot be read as an agreement"):
        agreement(line, "")


@pytest.mark.requirement("SC-REC-09")
def test_no_post_quantum_key_stands_for_two_parties() -> None:
    with pytest.raises(verify.Refused, match="stands there twice, or a key of it does"):
        agreement(key_line(KEY), key_line(KEY))
