"""`make demo`: recorded traffic of two parties, alerts over a signed line, a record that verifies.

Exit code 0 only when every claim of the summary was checked and holds.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from demo.desk import Desk, Silence
from demo.nodes import DemoError, Node
from demo.parties import ACKNOWLEDGE_WITHIN_S, COMMANDER, PARTIES, STOP_RUNGS, Place, prepare, write_node_file
from demo.proof import edited_by_one_letter, refusal, verified_logs
from demo.recordings import STRETCHES, Stretch, flown_tracks
from demo.review import Reviewed, freeze_on_both, reviewed
from demo.stop import StopTold, play_stop, stop_rows
from demo.story import Told, notices_sent, summary_rows, timeline, told_by, unanswered
from steerclear.interfaces.timeline_page import Claim, LogProof, render_timeline
from steerclear.store.key_files import PublicKeys

OUTPUT = Path("demo-output")
SETTLE_WITHIN_S = ACKNOWLEDGE_WITHIN_S + 15.0


def main() -> int:
    """Run the demonstration."""
    console = Console()
    began_s = time.monotonic()
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    try:
        console.print("[bold]Two parties, one sky[/]: keys, an agreement signed by both, a node each")
        places, public = prepare(OUTPUT)
        silence = Silence()
        told: dict[str, Told] = {}
        stops: list[StopTold] = []
        with _progress(console) as progress:
            for stretch in STRETCHES:
                _configure(places, public, stretch)
                told = _play(places, stretch, silence, progress, stops)
        proofs = verified_logs(OUTPUT / "record-north.zip")
        review = reviewed(OUTPUT, told=True)
        claims = (*_claims(told, proofs, silence, stops[0]), *_review_claims(review))
        (OUTPUT / "timeline.html").write_bytes(render_timeline(timeline(told, proofs, claims)))
    except DemoError as fault:
        console.print(f"[red]The demonstration stopped:[/] {fault}")
        return 1
    _show(console, told, proofs, claims, stops[0])
    console.print(f"Timeline: {OUTPUT / 'timeline.html'}   ({time.monotonic() - began_s:.0f} s)")
    return 0 if all(claim.holds for claim in claims) else 1


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:12}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}"),
        console=console,
    )


def _configure(places: dict[str, Place], public: dict[str, PublicKeys], stretch: Stretch) -> None:
    for party, other in (PARTIES, PARTIES[::-1]):
        write_node_file(places[party], places[other], public[other], stretch)


def _play(
    places: dict[str, Place], stretch: Stretch, silence: Silence, progress: Progress, stops: list[StopTold]
) -> dict[str, Told]:
    """Run both nodes over one stretch, with an officer at each desk; what they knew at the end.

    In the first stretch a safety stop is told while the recording plays.
    """
    nodes = {party: Node(place) for party, place in places.items()}
    try:
        for node in nodes.values():
            node.wait_until_ready()
        desks = [Desk(node, silence) for node in nodes.values()]
        task = progress.add_task(stretch.name, total=1.0, detail="")
        nodes["north"].post("/peers/south/line-check")
        if not stops:
            stops.append(play_stop(nodes["north"], nodes["south"]))
        _wait_for_feeds(nodes, stretch, progress, task)
        _wait_until_settled(nodes, progress, task)
        for desk in desks:
            desk.close()
            if desk.trouble:
                raise DemoError(f"the desk of {desk.node.place.party} could not work: {desk.trouble}")
        if stretch is STRETCHES[-1]:
            # The nodes were restarted between the stretches; the window holds both runs of each picture.
            freeze_on_both(nodes, OUTPUT)
        for party, other in (PARTIES, PARTIES[::-1]):
            (OUTPUT / f"record-{party}.zip").write_bytes(nodes[party].record(other))
        return {
            party: told_by(party, node.journal(), node.get("/messages", limit=1_000)) for party, node in nodes.items()
        }
    finally:
        codes = {party: node.stop() for party, node in nodes.items()}
        if any(codes.values()) and sys.exc_info()[0] is None:
            raise DemoError(f"a node did not end cleanly: exit codes {codes}")


def _wait_for_feeds(nodes: dict[str, Node], stretch: Stretch, progress: Progress, task: TaskID) -> None:
    """Return when both nodes have played the whole stretch."""
    span_s = stretch.until_s - stretch.from_s
    give_up_s = time.monotonic() + 4 * span_s / stretch.speed + 30
    while time.monotonic() < give_up_s:
        pictures = [node.get("/picture") for node in nodes.values()]
        reached_s = min(picture["now_s"] or stretch.from_s for picture in pictures)
        progress.update(
            task,
            completed=min(1.0, (reached_s - stretch.from_s) / span_s),
            detail=f"{pictures[0]['tracks']} tracks, {pictures[0]['open_alerts']} open alerts",
        )
        if not all(node.alive for node in nodes.values()):
            raise DemoError("a node ended before its recording did; see node.log in demo-output")
        if all(picture["ended"] for picture in pictures):
            progress.update(task, completed=1.0)
            return
        time.sleep(0.2)
    raise DemoError(f"{stretch.name} was not played to its end in time")


def _wait_until_settled(nodes: dict[str, Node], progress: Progress, task: TaskID) -> None:
    """Return when every notice is acknowledged or its time has passed, and both machines hold everything."""
    give_up_s = time.monotonic() + SETTLE_WITHIN_S
    while time.monotonic() < give_up_s:
        peers = [peer for node in nodes.values() for peer in node.get("/status")["peers"]]
        waiting = sum(peer["waiting"] for peer in peers)
        pending = sum(peer["owed_by_us"] - peer["unanswered"] for peer in peers)
        progress.update(task, detail=f"{waiting} on their way, {max(pending, 0)} to be read")
        if waiting == 0 and pending <= 0:
            return
        time.sleep(0.2)
    raise DemoError("the line did not settle: messages are still waiting")


def _claims(told: dict[str, Told], proofs: tuple[LogProof, ...], silence: Silence, stop: StopTold) -> tuple[Claim, ...]:
    """Everything the demonstration says of itself, each checked here."""
    sent = {party: notices_sent(told[party]) for party in PARTIES}
    kept = [line for party in PARTIES for line in sent[party] if line["message_id"] == silence.message_id]
    open_lines = [line for party in PARTIES for line in unanswered(told[party])]
    others = [line for line in open_lines if line["message_id"] != silence.message_id]
    refused = refusal(edited_by_one_letter(OUTPUT / "record-south.zip"))
    same = {proof.log: proof.root for proof in verified_logs(OUTPUT / "record-south.zip")}
    total = sum(len(lines) for lines in sent.values())
    return (
        Claim(
            text="Both sides predicted losses of separation between their aircraft and told each other.",
            holds=all(
                any(line["message"]["alert"]["kind"] == "separation" for line in sent[party]) for party in PARTIES
            ),
            detail=f"{len(sent['north'])} notices from north, {len(sent['south'])} from south",
        ),
        Claim(
            text="Every notice was received: the other machine proved with its cosignature that it holds it.",
            holds=all(line["received_s"] is not None for party in PARTIES for line in sent[party]),
            detail=f"{total} of {total}",
        ),
        Claim(
            text="Every notice that asked for it was acknowledged by a named function in the agreed time, but for one.",
            holds=not others,
            detail=f"within {ACKNOWLEDGE_WITHIN_S:.0f} s; {len(others)} others unanswered",
        ),
        Claim(
            text="One loss of separation was deliberately left without an answer; it stands as unanswered.",
            holds=len(kept) == 1 and kept[0]["state"] == "unanswered" and kept[0]["received_s"] is not None,
            detail=kept[0]["message"]["alert"]["reason"] if kept else "no such notice",
        ),
        Claim(
            text="A safety stop that nobody took climbed the ladder: each rung once, in time, and told to both sides.",
            holds=stop.in_time and stop.paged == tuple(STOP_RUNGS),
            detail=", ".join(f"{function} {took_s:.1f} s" for function, took_s in stop.raised),
        ),
        Claim(
            text="Its acknowledgement, its relay and its answer are three things, each said by the commander.",
            holds=all(
                given is not None and given["function"] == COMMANDER
                for given in (stop.message["answer"], stop.message["relay"]["given"], stop.message["response"]["given"])
            ),
            detail="late, and shown as late" if stop.message["unanswered_since_s"] else "",
        ),
        Claim(
            text="The record verifies offline, and both sides hold the same one.",
            holds=all(same.get(proof.log) == proof.root for proof in proofs),
            detail=", ".join(f"{proof.log}: {proof.size} entries" for proof in proofs),
        ),
        Claim(
            text="With one letter of it changed, the verifier refuses the record and says where.",
            holds=refused is not None,
            detail=refused or "it was accepted",
        ),
    )


def _review_claims(review: Reviewed) -> tuple[Claim, ...]:
    """What is claimed of the frozen evidence."""
    return (
        Claim(
            text="Both sides froze their evidence of it, south on north's report alone; each holds the other's hash.",
            holds=review.told and review.verified == PARTIES,
            detail=f"bundles that hold: {', '.join(review.verified)}",
        ),
        Claim(
            text="Replayed from the bundles, the shipped code makes every recorded decision again, the same.",
            holds=review.decisions > 0 and review.same == review.decisions and not review.different,
            detail=(
                f"{review.same} of {review.decisions} decisions, {review.steps} steps, {review.span_s:,.0f} s of two"
                f" pictures in {review.took_s:.1f} s"
                if not review.different
                else "; ".join(review.different[:3])
            ),
        ),
    )


def _show(
    console: Console,
    told: dict[str, Told],
    proofs: tuple[LogProof, ...],
    claims: tuple[Claim, ...],
    stop: StopTold,
) -> None:
    tracks = sum(len(flown_tracks(stretch)) for stretch in STRETCHES)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in (*summary_rows(told, proofs, tracks), *stop_rows(stop)):
        table.add_row(name, value)
    console.print(table)
    for claim in claims:
        mark = "[green]✓[/]" if claim.holds else "[red]✗[/]"
        console.print(f"{mark} {claim.text} [dim]{claim.detail}[/]", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
