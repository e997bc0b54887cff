"""A node's picture, from its configuration: sources, the agreement's terms, and the record they go into."""

from __future__ import annotations

from typing import NamedTuple

from steerclear.interfaces.cli.node_file import SEGMENTS_FOLDER, NodeConfig, NodeFileError
from steerclear.interfaces.feeds import open_sources
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.exchange import Exchange
from steerclear.services.keep_reports import ReportKeeper
from steerclear.services.report_sources import SourceError, SourceUsageError
from steerclear.services.run_picture import PictureRun, ReplayRange, StepRecord
from steerclear.tactical import Terms


class NodePicture(NamedTuple):
    """The running picture, and the reports it keeps."""

    run: PictureRun
    reports: ReportKeeper

    def close(self) -> None:
        """Seal what was kept; the picture has ended."""
        self.reports.close()


def open_picture(config: NodeConfig, exchange: Exchange) -> NodePicture:
    """Open the sources of a node's file. Raises NodeFileError naming the source that cannot be used."""
    section = config.file.picture
    if section is None:
        raise NodeFileError("the node's file has no [picture]")
    try:
        opened = open_sources(section.sources, sensors=section.sensors, date=section.date)
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
    return NodePicture(PictureRun(opened, terms, record, exchange.clock, replay), reports)
