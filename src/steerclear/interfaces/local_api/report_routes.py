"""How effective the mechanism was over a period, by this node's own journal and raw reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from litestar import get
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from steerclear.dialogue.limits import MAX_TIME_S
from steerclear.interfaces.local_api.gate import AnyRequest, Gate
from steerclear.services.effectiveness.from_journal import EffectivenessError, read_journal
from steerclear.services.effectiveness.make_report import make_report
from steerclear.services.effectiveness.report import EffectivenessReport
from steerclear.services.exchange import Exchange

FlightSeconds = Callable[[float, float], float | None]
"""(from, until) -> seconds that aircraft were seen flying; None where that is not known."""

Moment = Annotated[float, QueryParameter(ge=0, le=MAX_TIME_S)]


def report_routes(path: str, exchange: Exchange, gate: Gate, flight_s: FlightSeconds | None) -> list[HTTPRouteHandler]:
    """The report of a period, for whoever may read."""

    @get(path, sync_to_thread=True)
    def effectiveness(request: AnyRequest, from_s: Moment, until_s: Moment) -> EffectivenessReport:
        """Every measure of effectiveness over a period, each with its count; what was not measured is said to be so."""
        gate.reader(request)
        us, now_s = exchange.us.party_id, exchange.clock.now_s()
        try:
            seen = read_journal(exchange.journal, us, exchange.versions, exchange.lines, (from_s, until_s), now_s)
            seen.flight_s = None if flight_s is None else flight_s(from_s, until_s)
            return make_report([seen], from_s, until_s)
        except EffectivenessError as error:
            raise ClientException(str(error)) from None

    return [effectiveness]
