"""What an item must be to be declared at all, whatever stands against it: named, a shape, short enough to be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from steerclear.dialogue.entry import encode_content
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.limits import MAX_MESSAGE_ID_CHARS
from steerclear.dialogue.notices import too_long_s
from steerclear.model.agreement import Agreement
from steerclear.model.limits import MAX_IDENTIFIER_CHARS
from steerclear.model.messages import Notice, NoticeChange
from steerclear.model.plans import DeclaredItem
from steerclear.model.vocabulary import Disclosure
from steerclear.model.volumes import Volume4D
from steerclear.services.faults import LineRequestError
from steerclear.services.plan_notices import Telling, notice_of
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.volumes import prepare

UUID_VERSION: Final = 4
_LONGEST: Final = {
    "message_id": "m" * MAX_MESSAGE_ID_CHARS,
    "to_function": "f" * MAX_IDENTIFIER_CHARS,
    "from_desk": "d" * MAX_IDENTIFIER_CHARS,
    "from_function": "f" * MAX_IDENTIFIER_CHARS,
}
"""What an opening may carry beside the item."""


def check_name(item_id: str) -> None:
    """Raises LineRequestError unless a name is a UUID of version 4."""
    try:
        named = UUID(item_id)
    except ValueError:
        named = None
    if named is None or named.version != UUID_VERSION or str(named) != item_id:
        raise LineRequestError(f"{item_id!r} must be a UUID of version 4 in lower case, like the ones uuid4 makes")


def check_shapes(volumes: Sequence[Volume4D]) -> None:
    """Raises LineRequestError for off-nominal volumes that are none."""
    for number, volume in enumerate(volumes):
        try:
            prepare(volume)
        except VolumeError as fault:
            raise LineRequestError(f"off-nominal volume {number}: {fault}") from None


def check_can_be_opened(item: DeclaredItem, salt: bytes) -> None:
    """Raises LineRequestError for what could be sealed and never be opened."""
    opened = Telling(disclosure=Disclosure.SEALED, salt=salt, opened=True)
    notice = msgspec.structs.replace(notice_of(item, opened, NoticeChange.OPENED, 1), **_LONGEST)
    try:
        encode_content(notice, bytes(len(salt)))
    except LineFaultError as fault:
        raise LineRequestError(f"sealed, it could not be opened later; declare it in parts: {fault.detail}") from None


def check_length(agreement: Agreement, item: DeclaredItem, notices: Sequence[tuple[str, Notice]]) -> None:
    """Raises LineRequestError where it lasts longer than agreed: its own window, for a coarse one is wider anyway."""
    for _, notice in notices[:1]:
        exact = msgspec.structs.replace(notice, from_s=item.from_s, until_s=item.until_s)
        long_s = too_long_s(agreement, exact)
        if long_s is not None and notice.change is not NoticeChange.CANCELLED:
            raise LineRequestError(f"it lasts {long_s:.0f} s longer than a notice may hold; declare it in parts")
