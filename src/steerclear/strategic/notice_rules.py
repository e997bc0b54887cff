"""Whether a plan keeps the agreed notice times: notified long enough before it begins, and not for longer than agreed.

POSIX UTC seconds. The notice that counts is that of the newest revision: who moves a plan notifies anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from steerclear.model.agreement import Agreement
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.plan_check import Finding, FindingKind, Weight
from steerclear.model.vocabulary import NoticeSubject

SUBJECTS: Final = {
    DeclaredKind.FLIGHT: NoticeSubject.FLIGHT,
    DeclaredKind.ZONE: NoticeSubject.ZONE,
    DeclaredKind.AGREED_ZONE: NoticeSubject.ZONE,
    DeclaredKind.SITE: NoticeSubject.PROTECTED_SITE,
    DeclaredKind.MOVEMENT: NoticeSubject.MOVEMENT,
}


def notice_findings(plan: Declared, agreement: Agreement, now_s: float) -> Iterator[Finding]:
    """What is wrong with the notice of a plan; a plan not yet declared is as if notified at `now_s`."""
    subject = plan.subject or SUBJECTS.get(plan.kind)
    rule = None if subject is None else agreement.notice_time(subject)
    if rule is None or not plan.volumes:
        return
    begins_s = min(volume.from_s for volume in plan.volumes)
    ends_s = max(volume.until_s for volume in plan.volumes)
    known_s = next((time_s for time_s in (plan.revised_s, plan.declared_s) if time_s is not None), now_s)
    given_s = begins_s - known_s
    if given_s < rule.before_s:
        yield Finding(
            kind=FindingKind.NOTICE_LATE,
            weight=Weight.NOTICE_RULE,
            said=f"the notice of {rule.subject.replace('_', ' ')} comes later than agreed",
            from_s=begins_s,
            time_s=given_s,
            time_required_s=rule.before_s,
        )
    if ends_s - begins_s > rule.valid_s:
        yield Finding(
            kind=FindingKind.VALID_TOO_LONG,
            weight=Weight.NOTICE_RULE,
            said=f"it lasts longer than a notice of {rule.subject.replace('_', ' ')} holds without renewal",
            from_s=begins_s,
            until_s=ends_s,
            time_s=ends_s - begins_s,
            time_required_s=rule.valid_s,
        )
