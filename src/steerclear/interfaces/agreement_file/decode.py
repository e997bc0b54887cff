"""Agreement files: TOML that both sides can read aloud, to the model's `Agreement`.

Everything is checked here, once, and refused with the place where it stands; whoever holds an `Agreement` need not
ask again. Unknown keys are refused too: in terms that two parties sign, a word that one of them does not understand
must not pass in silence.
"""

from __future__ import annotations

import tomllib
from typing import Any

from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.fields import Table, no_two
from steerclear.interfaces.agreement_file.limits import MAX_FILE_BYTES
from steerclear.interfaces.agreement_file.read_answering import (
    read_deadlines,
    read_ladders,
    read_line_checks,
    read_message_deadlines,
    read_notice_times,
)
from steerclear.interfaces.agreement_file.read_identification import read_identification
from steerclear.interfaces.agreement_file.read_parties import read_parties
from steerclear.interfaces.agreement_file.read_places import read_areas, read_known_places, read_zones
from steerclear.interfaces.agreement_file.read_precedence import read_precedence
from steerclear.interfaces.agreement_file.read_separation import read_minima, read_pair_minima, read_time_in_breach
from steerclear.interfaces.agreement_file.readers import (
    identifier,
    integer,
    language,
    printable,
    several_different,
    sha256_digest,
    utc_time,
    word_of,
)
from steerclear.interfaces.agreement_file.repetition import told
from steerclear.model import limits
from steerclear.model.agreement import Agreement, DisclosureDefault, LineFallback
from steerclear.model.vocabulary import Disclosure, LineCondition, NoticeSubject

MAX_VERSION = 1_000_000


def decode_agreement(data: bytes) -> Agreement:
    """The agreement that a TOML file's bytes say. Raises AgreementError naming the table, the key and the line."""
    if len(data) > MAX_FILE_BYTES:
        raise AgreementError(f"the agreement has {len(data):,} bytes; the limit is {MAX_FILE_BYTES:,}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise AgreementError(f"the agreement is not UTF-8 text (byte {fault.start}); save it as UTF-8") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise AgreementError(f"the agreement is not valid TOML: {told(str(fault), text)}") from None
    except RecursionError:
        raise AgreementError("the agreement nests lists or tables deeper than any agreement needs") from None
    return _agreement(Table(document, "", text))


def decode_document(document: dict[str, Any], text: str, path: str) -> Agreement:
    """The agreement in tables that were read already, parts of which stand under `path` in another file's text.

    Raises AgreementError naming the table, the key and, for what stands there, the line.
    """
    return _agreement(Table(document, path, text))


def _agreement(document: Table) -> Agreement:
    head = document.table("agreement")
    version = head.take("version", integer(1, MAX_VERSION))
    parties = read_parties(document)
    party_ids = {party.party_id for party in parties}
    areas = read_areas(document, party_ids)
    ladders = read_ladders(document, parties)
    agreement = Agreement(
        agreement_id=head.take("id", identifier),
        version=version,
        amends=_amends(head, version),
        title=head.take("title", printable()),
        in_force_from_s=head.take("in_force_from", utc_time),
        languages=head.take("languages", several_different(limits.MAX_LANGUAGES, language, 1), ("en",)),
        parties=parties,
        minima=read_minima(document.table("minima")),
        time_in_breach=read_time_in_breach(document.optional_table("time_in_breach")),
        areas=areas,
        pair_minima=read_pair_minima(document, areas),
        zones=read_zones(document, party_ids),
        notice_times=read_notice_times(document),
        ladders=ladders,
        deadlines=read_deadlines(document, ladders),
        message_deadlines=read_message_deadlines(document, ladders),
        line_checks=read_line_checks(document.table("line_checks")),
        disclosure=_disclosure(document),
        fallbacks=_fallbacks(document),
        precedence=read_precedence(document, party_ids),
        places=read_known_places(document),
        identification=read_identification(document.optional_table("identification")),
    )
    head.nothing_left()
    document.nothing_left()
    return agreement


def _amends(head: Table, version: int) -> bytes:
    amends = head.optional("amends", sha256_digest)
    if version > 1 and amends is None:
        raise head.fail(
            "amends",
            f"is missing; version {version} must name the SHA-256 of the file of version {version - 1} "
            "(`steerclear agreement amend` writes it)",
        )
    if version == 1 and amends is not None:
        raise head.fail("amends", "the first version amends nothing; leave this out, or count the version on")
    return amends or b""


def _disclosure(document: Table) -> tuple[DisclosureDefault, ...]:
    tables = document.tables("disclosure", len(NoticeSubject))
    rules = []
    for table in tables:
        rules.append(
            DisclosureDefault(
                subject=table.take("subject", word_of(NoticeSubject)),
                disclosure=table.take("disclosure", word_of(Disclosure)),
            )
        )
        table.nothing_left()
    no_two([(table, rule.subject.value) for table, rule in zip(tables, rules, strict=True)], "subject")
    return tuple(rules)


def _fallbacks(document: Table) -> tuple[LineFallback, ...]:
    tables = document.tables("fallbacks", len(LineCondition))
    rules = []
    for table in tables:
        rules.append(
            LineFallback(
                condition=table.take("condition", word_of(LineCondition)),
                measure=table.take("measure", printable(limits.MAX_TEXT_CHARS)),
            )
        )
        table.nothing_left()
    no_two([(table, rule.condition.value) for table, rule in zip(tables, rules, strict=True)], "condition")
    return tuple(rules)
