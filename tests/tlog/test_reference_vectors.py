"""Published answers: the eight leaves of the Certificate Transparency tests and the paths other logs give for them."""

import pytest

from steerclear.tlog import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    extend,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]

# Subtree hashes by the leaves they cover; "456" is the ragged right part of the tree of seven.
H = {
    "0": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "1": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "2": "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "3": "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "4": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "5": "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
    "6": "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    "7": "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
    "01": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "23": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "45": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "67": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0123": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "456": "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
    "4567": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
}

ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    H["0"],
    H["01"],
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    H["0123"],
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

# (index, size): path, leaf upwards
INCLUSION = {
    (0, 1): "",
    (0, 2): "1",
    (2, 3): "01",
    (0, 5): "1 23 4",
    (4, 5): "0123",
    (5, 6): "4 0123",
    (0, 7): "1 23 456",
    (3, 7): "2 01 456",
    (5, 7): "4 6 0123",
    (6, 7): "45 0123",
    (0, 8): "1 23 4567",
    (5, 8): "4 67 0123",
    (6, 8): "7 45 0123",
    (7, 8): "6 45 0123",
}

# (old size, new size): path
CONSISTENCY = {
    (1, 1): "",
    (1, 2): "1",
    (1, 7): "1 23 456",
    (1, 8): "1 23 4567",
    (2, 5): "23 4",
    (2, 8): "23 4567",
    (3, 4): "2 3 01",
    (3, 7): "2 3 01 456",
    (4, 7): "456",
    (5, 7): "4 5 6 0123",
    (5, 8): "4 5 67 0123",
    (6, 7): "45 6 0123",
    (6, 8): "45 67 0123",
    (7, 8): "6 7 45 0123",
}


def hashes(names: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(H[name]) for name in names.split())


def stored() -> dict[tuple[int, int], bytes]:
    _, nodes = extend(Frontier(), [leaf_hash(leaf) for leaf in LEAVES])
    return {(node.level, node.index): node.hash for node in nodes}


@pytest.mark.requirement("SC-LOG-01")
def test_leaf_hashes_and_roots_are_the_published_ones() -> None:
    assert EMPTY_ROOT.hex() == ROOTS[0]
    for index, leaf in enumerate(LEAVES):
        assert leaf_hash(leaf).hex() == H[str(index)]
    for size, root in enumerate(ROOTS):
        leaves = [leaf_hash(leaf) for leaf in LEAVES[:size]]
        assert extend(Frontier(), leaves)[0].root().hex() == root
        assert root_of(leaves).hex() == root


@pytest.mark.requirement("SC-LOG-01")
@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int) -> None:
    nodes = stored()
    proof = inclusion_proof(index, size, lambda asked: [nodes[node] for node in asked])
    assert proof == hashes(INCLUSION[index, size])
    verify_inclusion(index, size, leaf_hash(LEAVES[index]), bytes.fromhex(ROOTS[size]), proof)


@pytest.mark.requirement("SC-LOG-01")
@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old: int, new: int) -> None:
    nodes = stored()
    proof = consistency_proof(old, new, lambda asked: [nodes[node] for node in asked])
    assert proof == hashes(CONSISTENCY[old, new])
    verify_consistency(old, new, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]), proof)
