"""Identification beside a running picture: every step of a replay is identified, after its alerts are on record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from steerclear.model.identification import IdentificationState
from steerclear.model.intent import IntentState, OperationalIntent
from steerclear.model.track import TrackReport
from steerclear.model.vocabulary import NoticeSubject
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.declare_items import cancel
from steerclear.services.identify import cases, known
from steerclear.services.identify.events import IDENTIFICATION
from steerclear.services.identify.known import KnownAirspace
from steerclear.services.identify.watch import IdentifyTracks
from steerclear.services.keep_reports import ReportKeeper
from steerclear.services.report_sources import OpenedSources, SourceStatus
from steerclear.services.run_picture import PictureRun, ReplayRange, StepRecord
from steerclear.store.errors import StoreFailedError
from steerclear.tactical import Terms
from tests.services.identify.questions import desks, questions, settle
from tests.services.parties import START_S
from tests.services.plans import circle, flight, name, tell
from tests.strategic.sky import NOW_S, corridor, place


def reports(seconds: int) -> Iterator[list[TrackReport]]:
    for second in range(seconds):
        at = place(50.0 * second, 0.0)
        yield [
            TrackReport(
                source="radar",
                time_s=START_S + second,
                receipt_time_s=START_S + second,
                latitude_deg=at.latitude_deg,
                longitude_deg=at.longitude_deg,
                pressure_altitude_m=1_000.0,
                east_mps=50.0,
                north_mps=0.0,
                up_mps=0.0,
                source_track="12",
            )
        ]


class Recording:
    """One aircraft that says nothing of itself."""

    def __init__(self, seconds: int) -> None:
        self.status = SourceStatus(name="radar", format="test", location="memory")
        self._seconds = seconds

    def batches(self) -> Iterator[list[TrackReport]]:
        return reports(self._seconds)


def replay(desk, folder, identify, seconds=30):
    opened = OpenedSources((Recording(seconds),))
    keeper = ReportKeeper.open(folder, desk.store, desk.clock)
    run = PictureRun(
        opened,
        Terms.from_agreement(desk.exchange.agreement),
        StepRecord(keeper, AlertAnnouncer(desk.exchange)),
        desk.clock,
        ReplayRange(speed=1e6),
        identify,
    )
    run.run()
    keeper.close()
    return run


@pytest.mark.requirement("SC-IDN-10")
def test_a_replayed_aircraft_that_nobody_knows_is_asked_about(tmp_path):
    north, south = desks()
    run = replay(north, tmp_path, north.identify)
    settle(north, south)
    assert run.trouble is None
    [(track, found)] = run.identify.known()
    assert found.state is IdentificationState.UNIDENTIFIED
    [question] = questions(south)
    assert question.track_id == track.track_id == cases(north.exchange)[0].track_id
    assert [row.kind for row in north.store.journal(0, 1_000)].count(IDENTIFICATION) == 1
    for one in (north, south):
        one.close()


@pytest.mark.requirement("SC-IDN-13")
def test_what_cannot_be_recorded_is_trouble_and_is_tried_again_with_the_next_step(tmp_path, monkeypatch):
    north, south = desks()
    real, failed = IdentifyTracks.step, []

    def step(self, tracks, now_s):
        if len(failed) < 3 and tracks:
            failed.append(now_s)
            raise StoreFailedError("the disk is gone")
        return real(self, tracks, now_s)

    monkeypatch.setattr(IdentifyTracks, "step", step)
    run = replay(north, tmp_path, north.identify)
    assert len(failed) == 3
    assert run.trouble is None
    assert len(cases(north.exchange)) == 1
    for one in (north, south):
        one.close()


@pytest.mark.requirement("SC-IDN-13")
def test_a_fault_in_identification_does_not_end_the_picture_that_warns_of_collisions(tmp_path, monkeypatch, caplog):
    north, south = desks()
    seen = []

    def step(self, tracks, now_s):
        seen.append(now_s)
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(IdentifyTracks, "step", step)
    run = replay(north, tmp_path, north.identify)
    assert run.view().ended
    assert len(seen) > 20
    assert "fault of this software" in run.trouble
    assert "identification failed" in caplog.text
    for one in (north, south):
        one.close()


@pytest.mark.requirement("SC-IDN-01")
def test_flights_known_by_f3548_are_expected_and_headed_for_like_any_other():
    north, south = desks(areas=())
    intent = OperationalIntent(
        intent_id="00000001-0000-4000-8000-000000000001",
        revision=1,
        party="uss-7",
        state=IntentState.ACTIVATED,
        title="Survey",
        volumes=(corridor(),),
    )
    known: list[OperationalIntent] = [intent]
    airspace = KnownAirspace(north.exchange, lambda: known)
    airspace.refresh(NOW_S)
    assert [flight.key for flight in airspace.flights.flights] == [("uss-7", intent.intent_id)]
    assert [boundary.item_id for boundary in airspace.boundaries.boundaries] == [intent.intent_id]
    known.clear()
    airspace.refresh(NOW_S + 1.0)
    assert airspace.flights.flights == ()
    for one in (north, south):
        one.close()


@pytest.mark.requirement("SC-IDN-01")
def test_what_is_followed_is_what_would_be_read_anew_and_what_is_over_is_not_looked_at_again(monkeypatch):
    north, south = desks()
    read: list[str] = []
    real = known.expected_of

    def counted(standing, now_s):
        read.append(standing.key)
        return real(standing, now_s)

    monkeypatch.setattr(known, "expected_of", counted)
    followed = KnownAirspace(north.exchange)
    now_s = north.clock.time_s
    for number in range(1, 25):  # each its own hour: after a day most are long over
        from_h = number * 1.0
        at = circle(0.1 * number, from_h=from_h, until_h=from_h + 0.5)
        tell(south if number % 3 == 0 else north, flight(number, volumes=(at,)))
        if number % 5 == 0 and number % 3:
            cancel(north.exchange, NoticeSubject.FLIGHT, name(number), "north-desk", "duty officer")
        now_s = north.clock.time_s = north.clock.time_s + 3_600.0
        settle(north, south)
        read.clear()
        followed.refresh(now_s)
        looked_at = len(set(read))
        anew = KnownAirspace(north.exchange)
        anew.refresh(now_s)
        assert followed.flights.flights == anew.flights.flights
        assert followed.boundaries.boundaries == anew.boundaries.boundaries
    assert looked_at < 12
    earlier_s = now_s - 10 * 3_600.0
    followed.forget_time()
    followed.refresh(earlier_s)
    anew = KnownAirspace(north.exchange)
    anew.refresh(earlier_s)
    assert len(anew.flights.flights) > looked_at
    assert followed.flights.flights == anew.flights.flights
    for one in (north, south):
        one.close()
