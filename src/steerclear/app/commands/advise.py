"""`steerclear advise` with the picture of the bands, and with recordings instead of a node."""

from __future__ import annotations

from steerclear.interfaces.agreement_file import decode_agreement
from steerclear.interfaces.cli.advise import Recorded, advise_command
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.model.advice import Advice


def _draw(advice: Advice) -> str:
    from steerclear.interfaces.advice_picture import draw_advice  # noqa: PLC0415 only a picture needs it

    return draw_advice(advice)


def _replay(asked: Recorded) -> Advice:
    # Only recordings need the readers and the picture in this process.
    from steerclear.interfaces.feeds import open_sources  # noqa: PLC0415
    from steerclear.services.advise import advise_recorded  # noqa: PLC0415
    from steerclear.services.faults import LineRequestError  # noqa: PLC0415
    from steerclear.services.report_sources import SourceError, SourceUsageError  # noqa: PLC0415

    try:
        agreement = None if asked.agreement is None else decode_agreement(asked.agreement.read_bytes())
    except (OSError, ValueError) as error:
        raise CommandError(ExitCode.AGREEMENT_UNREADABLE, f"{asked.agreement}: {error}") from None
    try:
        opened = open_sources(asked.sources, sensors=asked.sensors, date=asked.date)
        return advise_recorded(opened, agreement, asked.at_s, asked.track)
    except SourceUsageError as error:
        raise CommandError(ExitCode.USAGE, str(error)) from None
    except SourceError as error:
        raise CommandError(ExitCode.SOURCE_UNREADABLE, str(error)) from None
    except LineRequestError as error:
        raise CommandError(ExitCode.REFUSED, str(error)) from None


advise = advise_command(_draw, _replay)
