"""Which of several sources is out of alignment: those that agree with each other are believed, the odd one is not.

Pure: comparisons of pairs of sources in, one finding per source out. The believed ones are the largest group of sources
connected by agreement, if it has at least two members and no other group is as large. Between two sources alone there
is no majority; then a source whose positions turn about its own known site is the one that is off (what a radar
measures can be turned about it; what aircraft report cannot), and so is one whose plots without identity were laid over
the other's traffic. Where neither tells, both are said to be off against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from steerclear.tactical.comparison import Comparison, Verdict


class Edge(NamedTuple):
    """How two sources compare, with the numbers both ways."""

    first: str
    second: str
    first_seen: Comparison
    """The first source judged against the second."""
    second_seen: Comparison
    by_plots: str | None = None
    """The one of the two of which only plots without identity could be compared."""

    @property
    def agree(self) -> bool:
        """Whether they agree, in either's frame and against it in none."""
        verdicts = self.first_seen.verdict, self.second_seen.verdict
        return Verdict.AGREES in verdicts and Verdict.OFF not in verdicts

    @property
    def off(self) -> bool:
        """Whether one is out of alignment with the other."""
        return Verdict.OFF in (self.first_seen.verdict, self.second_seen.verdict)

    def of(self, name: str) -> Comparison:
        """The comparison that judges this one of the two."""
        return self.first_seen if name == self.first else self.second_seen

    def other(self, name: str) -> str:
        """The other of the two."""
        return self.second if name == self.first else self.first


class Finding(NamedTuple):
    """What is known of the alignment of one source."""

    verdict: Verdict
    against: tuple[str, ...]
    """The sources it was compared with: those that agree with it, or those that it is off against."""
    comparison: Comparison | None
    disputed: bool = False
    """Two disagree, and nothing tells which of them is off."""
    why: str = ""


def findings(names: tuple[str, ...], edges: Mapping[tuple[str, str], Edge]) -> dict[str, Finding]:
    """One finding for each name; `edges` by (first, second)."""
    believed = _believed(names, edges)
    return {name: _finding(name, edges, believed) for name in names}


def _finding(name: str, edges: Mapping[tuple[str, str], Edge], believed: frozenset[str]) -> Finding:
    mine = [edge for edge in edges.values() if name in (edge.first, edge.second)]
    agree = [edge for edge in mine if edge.agree]
    off = [edge for edge in mine if edge.off]
    against = [edge for edge in off if edge.other(name) in believed]
    if agree and (name in believed or not against):
        return _agreeing(name, agree)
    if against:
        return _off(name, against, disputed=False)
    if off:
        return _between_two(name, off)
    if not mine:
        return Finding(Verdict.NOT_KNOWN, (), None, why="no other source to compare it with")
    nearest = max(mine, key=lambda edge: edge.of(name).aircraft)
    why = f"{nearest.of(name).why} ({name} and {nearest.other(name)})"
    return Finding(Verdict.NOT_KNOWN, (), nearest.of(name), why=why)


def _between_two(name: str, off: list[Edge]) -> Finding:
    """There is no majority: what the kind of fault tells, else both are off."""
    guilty = [edge for edge in off if _guilty(edge) in (name, None)]
    if guilty:
        return _off(name, guilty, disputed=all(_guilty(edge) is None for edge in guilty))
    others = " and ".join(sorted(edge.other(name) for edge in off))
    why = f"what it could be compared with is out of alignment itself: {others}"
    return Finding(Verdict.NOT_KNOWN, (), None, why=why)


def _agreeing(name: str, agree: list[Edge]) -> Finding:
    best = max(agree, key=lambda edge: edge.of(name).used)
    return Finding(Verdict.AGREES, tuple(sorted(edge.other(name) for edge in agree)), best.of(name))


def _off(name: str, against: list[Edge], *, disputed: bool) -> Finding:
    best = max(against, key=lambda edge: edge.of(name).used)
    return Finding(Verdict.OFF, tuple(sorted(edge.other(name) for edge in against)), best.of(name), disputed=disputed)


def _guilty(edge: Edge) -> str | None:
    """Which of two that disagree is off; None where nothing tells."""
    if edge.by_plots is not None:
        return edge.by_plots
    turned = [
        name
        for name in (edge.first, edge.second)
        if edge.of(name).rotated and edge.of(name).at_site and not edge.of(name).displaced
    ]
    return turned[0] if len(turned) == 1 else None


def _believed(names: tuple[str, ...], edges: Mapping[tuple[str, str], Edge]) -> frozenset[str]:
    group = {name: {name} for name in names}
    for edge in edges.values():
        if edge.agree and group[edge.first] is not group[edge.second]:
            joined = group[edge.first] | group[edge.second]
            for name in joined:
                group[name] = joined
    groups = {frozenset(members) for members in group.values()}
    largest = sorted(groups, key=len)
    if len(largest[-1]) < 2 or (len(largest) > 1 and len(largest[-2]) == len(largest[-1])):
        return frozenset()
    return largest[-1]
