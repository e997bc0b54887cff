"""Two bundles of one line, held side by side: of both parties, or of one party at two times.

Both are checked first. What is then left to differ is how far each goes, which receipts it has, what it withholds; or
the two contradict each other: different entries signed for one place, which only the log's own sender can have done.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.services.record_bundle import Bundle, RecordError
from steerclear.services.record_log import RecordLog
from steerclear.services.verify_record import CheckedRecord, ReadVersions, check_record


class Agree(StrEnum):
    """How one thing in two bundles compares."""

    EQUAL = "equal"
    FIRST_HAS_MORE = "first_has_more"
    """The second is a beginning of the first."""
    SECOND_HAS_MORE = "second_has_more"
    CONTRADICTION = "contradiction"
    """No history has both."""


class SignedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest signed checkpoint of a bundle that covers the entry where the two part."""

    size: int
    root: bytes
    cosigned_s: int | None
    """When the receiver cosigned it; None for the sender's own head."""


class LogComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One log in both bundles."""

    log: str
    sender: str
    verdict: Agree
    entries: tuple[int, int]
    first_difference: int | None = None
    """Place of the first entry that differs."""
    proof: tuple[SignedCheckpoint | None, SignedCheckpoint | None] = (None, None)
    """For a contradiction: what each side's bundle has signed over it; beside the entries, which are signed too."""
    receipts_only_in_first: tuple[int, ...] = ()
    """Sizes of receipts over entries that both bundles have, which the other lacks."""
    receipts_only_in_second: tuple[int, ...] = ()
    withheld_only_in_first: tuple[str, ...] = ()
    withheld_only_in_second: tuple[str, ...] = ()


class RecordComparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two bundles of one line."""

    exported_by: tuple[str, str]
    exported_s: tuple[int, int]
    agreements: Agree
    """Versions of the agreement."""
    logs: tuple[LogComparison, ...]

    @property
    def contradict(self) -> bool:
        """Whether no history can have both bundles."""
        return Agree.CONTRADICTION in (self.agreements, *(log.verdict for log in self.logs))


def compare_records(first: Bundle, second: Bundle, read_versions: ReadVersions) -> RecordComparison:
    """Compare two bundles of one line. Raises RecordError when one does not hold, or they are of two lines.

    The `where` of an error of the second bundle begins with "second: ".
    """
    one = check_record(first, read_versions)
    try:
        two = check_record(second, read_versions)
    except RecordError as error:
        raise RecordError(f"second: {error.where}", error.what) from None
    logs_one, logs_two = _logs(one), _logs(two)
    if logs_one.keys() != logs_two.keys():
        names = " and ".join(sorted(logs_one.keys() | logs_two.keys()))
        raise RecordError("second: manifest.note", f"the bundles are of different lines: {names}")
    return RecordComparison(
        exported_by=(one.terms.us, two.terms.us),
        exported_s=(one.exported_s, two.exported_s),
        agreements=_agree(
            [version.sha256 for version in one.versions.known], [version.sha256 for version in two.versions.known]
        )[0],
        logs=tuple(_compare(logs_one[name], logs_two[name]) for name in sorted(logs_one)),
    )


def _logs(checked: CheckedRecord) -> dict[str, RecordLog]:
    return {log.log.origin: log for log in (checked.ours, checked.theirs)}


def _agree(one: list[bytes], two: list[bytes]) -> tuple[Agree, int | None]:
    """How two lists that only grow compare, and where they part."""
    for place, (left, right) in enumerate(zip(one, two, strict=False)):
        if left != right:
            return Agree.CONTRADICTION, place
    if len(one) == len(two):
        return Agree.EQUAL, None
    return (Agree.FIRST_HAS_MORE if len(one) > len(two) else Agree.SECOND_HAS_MORE), None


def _compare(one: RecordLog, two: RecordLog) -> LogComparison:
    verdict, place = _agree(one.leaves, two.leaves)
    common = min(len(one.leaves), len(two.leaves)) if place is None else place
    sizes = [{receipt.size for receipt in log.receipts if receipt.size <= common} for log in (one, two)]
    hidden = [{sequence for sequence in log.withheld if sequence < common} for log in (one, two)]
    return LogComparison(
        log=one.name,
        sender=one.log.sender,
        verdict=verdict,
        entries=(len(one.leaves), len(two.leaves)),
        first_difference=place,
        proof=(None, None) if place is None else (_covering(one, place), _covering(two, place)),
        receipts_only_in_first=tuple(sorted(sizes[0] - sizes[1])),
        receipts_only_in_second=tuple(sorted(sizes[1] - sizes[0])),
        withheld_only_in_first=tuple(map(one.log.message_id, sorted(hidden[0] - hidden[1]))),
        withheld_only_in_second=tuple(map(one.log.message_id, sorted(hidden[1] - hidden[0]))),
    )


def _covering(read: RecordLog, place: int) -> SignedCheckpoint | None:
    for receipt in read.receipts:
        if receipt.size > place:
            return SignedCheckpoint(size=receipt.size, root=receipt.root, cosigned_s=receipt.time_s)
    # The sender's own bundle ends with a head that it signed over all of its log; else every entry is receipted.
    return SignedCheckpoint(size=len(read.leaves), root=read.roots[len(read.leaves)], cosigned_s=None)
