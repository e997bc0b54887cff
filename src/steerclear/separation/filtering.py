"""The filter: which of many candidates may meet an aircraft, in float32 and without a branch, then the exact kernel.

Frame and symbols: `placing`; paths are relative to the first aircraft's foot. The filter keeps a pair unless the chord
between the straight paths stays longer than both shares plus a slack for curvature and rounding (`search.slack_of`), or
the altitudes swept do not overlap. It may keep too many, never too few; `pairs.judge_pair` decides.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.separation.compiling import filter_kernel, inlined, kernel
from steerclear.separation.pairs import judge_pair
from steerclear.separation.placing import Traffic

Floats = NDArray[np.float64]
Single = np.float32
Singles = NDArray[np.float32]
Places = NDArray[np.int64]
Marks = NDArray[np.uint8]
Pairs = NDArray[np.int32]


class Scratch(NamedTuple):
    """Room of one thread: marks of the filter, the same as 64-bit words, and pairs of positions it kept."""

    mask: Marks
    words: NDArray[np.uint64]
    kept: Pairs


class Sink(NamedTuple):
    """What pairs are judged by and where the results go; see `pairs.judge_pair`."""

    terms: Floats
    found: Places
    pair_words: Floats
    pair_halves: Pairs
    clear_words: Floats
    clear_halves: Pairs


BLOCK: Final = 512
"""Candidates filtered at a time: the mask of a block stays in the first-level cache."""

GROUP: Final = 4
"""Neighbours in a row that share their windows; `mark_group` is written for four."""

KEPT: Final = 4 * GROUP * BLOCK
"""Pairs noted before they are judged."""

LANES: Final = 8
"""Candidates that the vector units take at once, and marks in one word of the mask."""


@filter_kernel
def excess(
    dx: Single,
    dy: Single,
    dz: Single,
    du: Single,
    dv: Single,
    dw: Single,
    reach: Single,
    half: Single,
    slack: Single,
    above: Single,
    below: Single,
) -> Single:
    """Return a number that is positive only if two aircraft cannot meet.

    Relative middle point and velocity, the sum of both shares, half the time looked at, the square slack, and by how
    much one's altitudes are above and below the other's. The least square distance over the time is compared without
    a division: at the end that the pair is nearest to, or at the turning point and multiplied by the square speed.
    """
    vv = du * du + dv * dv + dw * dw
    rv = abs(dx * du + dy * dv + dz * dw)
    room = dx * dx + dy * dy + dz * dz - (reach * reach + slack)
    travel = half * vv
    most = room + half * (travel - rv - rv) if rv >= travel else room * vv - rv * rv
    most = most if most > above else above
    return most if most > below else below


@filter_kernel
def mark(paths: Singles, p: int, low: int, count: int, bounds: Singles, mask: Marks) -> None:
    """Mark which of `count` positions from `low` may meet position p.

    `bounds`: half the time looked at, square slack, distance slack. `count` is a multiple of LANES for the vector
    units; the caller has room for it and ignores what is too much.
    """
    x, y, z, u, v, w = paths[0, p], paths[1, p], paths[2, p], paths[3, p], paths[4, p], paths[5, p]
    share, floor, roof = paths[6, p] + bounds[2], paths[7, p], paths[8, p]
    half, slack, none = bounds[0], bounds[1], np.float32(0.0)
    # Unsigned offsets: with signed ones every load would first look for an index from the end.
    start = np.uintp(low)
    for k in range(np.uintp(count)):
        c = start + k
        mask[k] = (
            excess(
                paths[0, c] - x, paths[1, c] - y, paths[2, c] - z, paths[3, c] - u, paths[4, c] - v, paths[5, c] - w,
                paths[6, c] + share, half, slack, paths[7, c] - roof, floor - paths[8, c],
            )
            <= none
        )  # fmt: skip


@filter_kernel
def mark_group(paths: Singles, p: int, low: int, count: int, bounds: Singles, mask: Marks) -> None:
    """Do as `mark` for GROUP positions from p at once, which reads each candidate once; marks lie BLOCK apart."""
    half, slack, far, none = bounds[0], bounds[1], bounds[2], np.float32(0.0)
    xa, ya, za, ua, va, wa = paths[0, p], paths[1, p], paths[2, p], paths[3, p], paths[4, p], paths[5, p]
    sa, fa, ra = paths[6, p] + far, paths[7, p], paths[8, p]
    q = p + 1
    xb, yb, zb, ub, vb, wb = paths[0, q], paths[1, q], paths[2, q], paths[3, q], paths[4, q], paths[5, q]
    sb, fb, rb = paths[6, q] + far, paths[7, q], paths[8, q]
    q = p + 2
    xc, yc, zc, uc, vc, wc = paths[0, q], paths[1, q], paths[2, q], paths[3, q], paths[4, q], paths[5, q]
    sc, fc, rc = paths[6, q] + far, paths[7, q], paths[8, q]
    q = p + 3
    xd, yd, zd, ud, vd, wd = paths[0, q], paths[1, q], paths[2, q], paths[3, q], paths[4, q], paths[5, q]
    sd, fd, rd = paths[6, q] + far, paths[7, q], paths[8, q]
    start = np.uintp(low)
    for k in range(np.uintp(count)):
        c = start + k
        x, y, z, u, v, w = paths[0, c], paths[1, c], paths[2, c], paths[3, c], paths[4, c], paths[5, c]
        s, f, r = paths[6, c], paths[7, c], paths[8, c]
        a = excess(x - xa, y - ya, z - za, u - ua, v - va, w - wa, s + sa, half, slack, f - ra, fa - r)
        b = excess(x - xb, y - yb, z - zb, u - ub, v - vb, w - wb, s + sb, half, slack, f - rb, fb - r)
        m = excess(x - xc, y - yc, z - zc, u - uc, v - vc, w - wc, s + sc, half, slack, f - rc, fc - r)
        n = excess(x - xd, y - yd, z - zd, u - ud, v - vd, w - wd, s + sd, half, slack, f - rd, fd - r)
        mask[k] = a <= none
        mask[np.uintp(BLOCK) + k] = b <= none
        mask[np.uintp(2 * BLOCK) + k] = m <= none
        mask[np.uintp(3 * BLOCK) + k] = n <= none


@kernel
def judge_kept(count: int, traffic: Traffic, scratch: Scratch, sink: Sink) -> None:
    """Judge the first `count` pairs of positions that the filter kept."""
    for k in range(count):
        a, b = scratch.kept[0, k], scratch.kept[1, k]
        judge_pair(
            traffic.states,
            a,
            b,
            traffic.order[a],
            traffic.order[b],
            sink.terms,
            sink.found,
            sink.pair_words,
            sink.pair_halves,
            sink.clear_words,
            sink.clear_halves,
        )


@inlined
def note(p: int, low: int, high: int, lane: int, scratch: Scratch, count: int) -> int:
    """Note p with each marked position of low..high, of the marks in `lane`; return how many pairs are noted now."""
    offset = lane * BLOCK
    for group in range((high - low + LANES - 1) // LANES):
        if scratch.words[offset // LANES + group] == 0:
            continue
        for k in range(LANES * group, min(LANES * group + LANES, high - low)):
            scratch.kept[0, count] = p
            scratch.kept[1, count] = low + k
            count += int(scratch.mask[offset + k])
    return count


@inlined
def note_group(p: int, members: int, low: int, high: int, scratch: Scratch, count: int) -> int:
    """Note each of `members` positions from p with its marked positions of low..high; as `note`."""
    words, stride = scratch.words, BLOCK // LANES
    for group in range((high - low + LANES - 1) // LANES):
        # Most words are empty for all members: one look spares four.
        if words[group] | words[stride + group] | words[2 * stride + group] | words[3 * stride + group] == 0:
            continue
        for lane in range(members):
            if words[lane * stride + group] == 0:
                continue
            for k in range(LANES * group, min(LANES * group + LANES, high - low)):
                scratch.kept[0, count] = p + lane
                scratch.kept[1, count] = low + k
                count += int(scratch.mask[lane * BLOCK + k])
    return count


@inlined
def try_group(
    p: int, stop: int, low: int, high: int, own: bool, bounds: Singles, paths: Singles, scratch: Scratch, count: int
) -> int:
    """Filter positions low..high, at most BLOCK, against each of p..stop, at most GROUP, and note what it keeps.

    `own`: the window begins behind p in its own row, and a member looks only at positions behind itself.
    """
    mark_group(paths, p, low, max((high - low + LANES - 1) // LANES, 2) * LANES, bounds, scratch.mask)
    if own:
        # What lies before a member in its own row is left to those before it.
        for lane in range(1, stop - p):
            for k in range(min(lane, high - low)):
                scratch.mask[lane * BLOCK + k] = 0
    return note_group(p, stop - p, low, high, scratch, count)


@kernel
def try_range(
    p: int, low: int, high: int, bounds: Singles, traffic: Traffic, scratch: Scratch, sink: Sink, count: int
) -> int:
    """Filter any number of positions against p alone; judge what is noted whenever there is no room for more."""
    while low < high:
        if count + GROUP * BLOCK > scratch.kept.shape[1]:
            judge_kept(count, traffic, scratch, sink)
            count = 0
        stop = min(high, low + BLOCK)
        mark(traffic.paths, p, low, (stop - low + LANES - 1) // LANES * LANES, bounds, scratch.mask)
        count = note(p, low, stop, 0, scratch, count)
        low = stop
    return count
