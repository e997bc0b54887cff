"""This machine's clock: what the kernel says of it, and what the peers' receipts do."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from typing import Final

from steerclear.app.doctor.findings import broken, soon, well
from steerclear.dialogue.limits import MAX_CLOCK_SKEW_S
from steerclear.interfaces.cli.doctor import Finding

NOTICEABLE_OFFSET_S: Final = 2.0
"""Receipts tell whole seconds and take their way; less than this may be no offset at all."""

_TIMEX_BYTES: Final = 256
"""More than any Linux has in `struct timex`."""
_STATUS_AT: Final = 40
"""Where its `status` lies with 64-bit longs."""
_UNSYNCHRONISED: Final = 0x40


def examine_clock(offsets_s: dict[str, float]) -> Iterator[Finding]:
    """Synchronised as far as the kernel knows, and near the peers' clocks."""
    synchronised = kernel_synchronised()
    if synchronised is None:
        yield well("clock.kernel", "this system does not say whether its clock is synchronised")
    elif synchronised:
        yield well("clock.kernel", "the kernel keeps the clock synchronised")
    else:
        yield soon(
            "clock.kernel",
            "nothing keeps this machine's clock right",
            "turn a time service on, as with: timedatectl set-ntp true",
        )
    for peer, offset_s in sorted(offsets_s.items()):
        told = f"{peer}'s clock is {abs(offset_s):.1f} s {'ahead of' if offset_s > 0 else 'behind'} ours"
        remedy = f"compare both clocks with a time service, and tell {peer}"
        if abs(offset_s) > MAX_CLOCK_SKEW_S:
            yield broken(f"clock.{peer}", f"{told}: messages are refused", remedy)
        elif abs(offset_s) > NOTICEABLE_OFFSET_S:
            yield soon(f"clock.{peer}", told, remedy)
        else:
            yield well(f"clock.{peer}", "the peer's receipts agree with our clock")


def kernel_synchronised() -> bool | None:
    """Whether the kernel counts its clock as synchronised; None where it cannot be asked."""
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_long) != 8:
        return None
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)  # all zero: only asks
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return not ctypes.c_int.from_buffer(timex, _STATUS_AT).value & _UNSYNCHRONISED
