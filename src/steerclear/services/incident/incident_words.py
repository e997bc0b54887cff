"""What an incident bundle proves and what it does not, in words that a person can repeat."""

from __future__ import annotations

from steerclear.services.incident.bundle_files import IncidentHead
from steerclear.services.verify_record import RecordReport


def statements(
    head: IncidentHead, records: dict[str, RecordReport], withheld: tuple[str, ...], *, honest: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(proven, not proven) of a bundle that was checked."""
    party, peers = head.party, ", ".join(sorted(records))
    proven = (
        f"{party} froze this bundle of incident {head.incident.incident_id}; nothing in it was changed since, but parts"
        " may have been withheld.",
        f"The records of the line with {peers} hold by themselves: what both sides said, neither can deny.",
        f"{head.rows} rows of the journal of {party} and {len(head.segments)} files of raw reports are as {party} had"
        " them when it froze the bundle.",
    )
    not_proven = [
        f"That the journal and the raw reports are what happened: they are the word of {party}, as of when the hash of"
        " this bundle stood in the record; the other party's bundle is its own word.",
        "That any clock was right.",
        *(f"What is withheld: {what}." for what in withheld),
        *head.notes,
    ]
    for peer, report in sorted(records.items()):
        not_proven += [f"Line with {peer}: {words}" for words in report.not_proven if words.startswith("That the last")]
    if not honest:
        not_proven.append(
            "That the verifiers in the bundle are honest: they are other files than this software ships or is."
        )
    return proven, tuple(not_proven)
