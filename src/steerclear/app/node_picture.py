"""A node's picture, from its configuration: sources, the agreement's terms, and the record they go into."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from steerclear.interfaces.cli.node_file import SEGMENTS_FOLDER, NodeConfig, NodeFileError
from steerclear.interfaces.feeds import open_sources
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.exchange import Exchange
from steerclear.services.identify.known import OtherIntents
from steerclear.services.identify.watch import IdentifyTracks
from steerclear.services.keep_reports import ReportKeeper
from steerclear.services.picture_runs import announce_run, run_started
from steerclear.services.report_sources import SourceError, SourceUsageError
from steerclear.services.run_picture import PictureRun, ReplayRange, StepRecord
from steerclear.services.software import software_name
from steerclear.tactical import PictureLimits, Terms


class NodePicture(NamedTuple):
    """The running picture, and the reports it keeps."""

    run: PictureRun
    reports: ReportKeeper
    record: StepRecord

    def close(self) -> None:
        """Seal what was kept; the picture has ended."""
        self.reports.close()


def open_picture(config: NodeConfig, exchange: Exchange, intents: OtherIntents | None = None) -> NodePicture:
    """Open the sources of a node's file; `intents` are flights known by other ways than the line.

    Raises NodeFileError naming the source that cannot be used.
    """
    section = config.file.picture
    if section is None:
        raise NodeFileError("the node's file has no [picture]")
    try:
        opened = open_sources(section.sources, sensors=section.sensors, date=section.date, folder=config.folder)
    except (SourceError, SourceUsageError) as fault:
        raise NodeFileError(f"picture.sources: {fault}") from None
    terms = Terms.from_agreement(
        exchange.agreement,
        scan_period_s=section.scan_period_s,
        expected_sources=tuple(source.status.name for source in opened.live),
        sites=opened.sites,
    )
    replay = ReplayRange(
        speed=section.speed,
        from_s=None if section.from_ is None else section.from_.timestamp(),
        until_s=None if section.until is None else section.until.timestamp(),
    )
    reports = ReportKeeper.open(config.data_folder / SEGMENTS_FOLDER, exchange.journal, exchange.clock)
    record = StepRecord(reports, AlertAnnouncer(exchange))
    announce = partial(_announce, exchange, terms, reports, live=bool(opened.live))
    announce()
    identify = IdentifyTracks(exchange, intents)
    run = PictureRun(opened, terms, record, exchange.clock, replay, identify, announce)
    return NodePicture(run, reports, record)


def _announce(exchange: Exchange, terms: Terms, reports: ReportKeeper, *, live: bool) -> None:
    """Journal what is needed to run this picture again; its reports begin a segment, in which time goes forward."""
    reports.seal()
    version = exchange.version_in_force(exchange.clock.now_s()) or exchange.versions.known[0]
    run = run_started(
        terms=terms,
        limits=PictureLimits(),
        agreement_sha256=version.sha256.hex(),
        software=software_name(),
        live=live,
        place=reports.place(),
        now_s=exchange.clock.now_s(),
    )
    announce_run(exchange.journal, run)
