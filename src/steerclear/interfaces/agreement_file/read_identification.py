"""When the parties ask each other whose an aircraft is, and how urgently."""

from __future__ import annotations

from steerclear.interfaces.agreement_file.fields import Table
from steerclear.interfaces.agreement_file.limits import MAX_ACKNOWLEDGE_S
from steerclear.interfaces.agreement_file.quantities import DURATION_S
from steerclear.interfaces.agreement_file.readers import literally, quantity
from steerclear.model.agreement import IdentificationTerms
from steerclear.model.limits import MAX_LOOKAHEAD_S


def read_identification(table: Table | None) -> IdentificationTerms:
    """The terms; those of the model where the file says nothing. Raises AgreementError for times out of order."""
    usual = IdentificationTerms()
    if table is None:
        return usual
    within = quantity(DURATION_S, MAX_LOOKAHEAD_S)
    terms = IdentificationTerms(
        lookahead_s=table.take("lookahead", within, usual.lookahead_s),
        urgent_within_s=table.take("urgent_within", within, usual.urgent_within_s),
        immediate_within_s=table.take("immediate_within", within, usual.immediate_within_s),
        automatic=table.take("automatic", literally, usual.automatic),
        repeat_after_s=table.take("repeat_after", quantity(DURATION_S, MAX_ACKNOWLEDGE_S), usual.repeat_after_s),
    )
    if terms.urgent_within_s > terms.lookahead_s:
        raise table.fail("urgent_within", "is longer than lookahead; nothing is predicted so far ahead")
    if terms.immediate_within_s > terms.urgent_within_s:
        raise table.fail("immediate_within", "is longer than urgent_within; what is immediate is urgent too")
    table.nothing_left()
    return terms
