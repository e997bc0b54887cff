"""Who gives way where two plans conflict, in an agreement file."""

from __future__ import annotations

from steerclear.interfaces.agreement_file.fields import Table, no_two
from steerclear.interfaces.agreement_file.readers import identifier, word_of
from steerclear.model import limits
from steerclear.model.precedence import PrecedenceBy, PrecedenceRule


def read_precedence(document: Table, party_ids: set[str]) -> tuple[PrecedenceRule, ...]:
    """The rules, in the order in which they are asked. Raises AgreementError for rules that contradict each other."""
    tables = document.tables("precedence", limits.MAX_PRECEDENCE_RULES)
    rules = tuple(_rule(table, party_ids) for table in tables)
    no_two([(table, _name(rule)) for table, rule in zip(tables, rules, strict=True)], "by")
    behind: dict[str, set[str]] = {}
    for table, rule in zip(tables, rules, strict=True):
        if rule.by is not PrecedenceBy.PARTY:
            continue
        if rule.first in _all_behind(behind, rule.before):
            raise table.fail(
                "first",
                f"{rule.before} goes before {rule.first} already; rules that go round in a circle contradict, drop one",
            )
        behind.setdefault(rule.first, set()).add(rule.before)
    return rules


def _rule(table: Table, party_ids: set[str]) -> PrecedenceRule:
    by = table.take("by", word_of(PrecedenceBy))
    if by is not PrecedenceBy.PARTY:
        table.nothing_left()
        return PrecedenceRule(by=by)
    rule = PrecedenceRule(by=by, first=table.take("first", identifier), before=table.take("before", identifier))
    for key, party in (("first", rule.first), ("before", rule.before)):
        if party not in party_ids:
            raise table.fail(key, f"{party!r} is not a party of this agreement: {', '.join(sorted(party_ids))}")
    if rule.first == rule.before:
        raise table.fail("before", "a party does not go before itself; name another party")
    table.nothing_left()
    return rule


def _name(rule: PrecedenceRule) -> str:
    return f"{rule.first} before {rule.before}" if rule.by is PrecedenceBy.PARTY else rule.by.value


def _all_behind(behind: dict[str, set[str]], party: str) -> set[str]:
    found: set[str] = set()
    open_ = [party]
    while open_:
        for other in behind.get(open_.pop(), set()) - found:
            found.add(other)
            open_.append(other)
    return found
