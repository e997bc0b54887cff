"""Exit codes of every `steerclear` command; scripts may rely on them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's end says to the shell."""

    OK = 0
    """Done; for a live watch also when it was ended with Ctrl-C, which is how one ends it."""
    FAULT = 1
    """Our fault: an error nobody foresaw."""
    USAGE = 2
    """The command line means nothing: an unknown option, a value out of range, options that do not go together."""
    SOURCE_UNREADABLE = 3
    """At least one source could not be used at all."""
    SOURCE_DAMAGED = 4
    """At least one source broke off; what was read before is in the result."""
    AGREEMENT_UNREADABLE = 5
    """The agreement cannot be read or does not hold."""
    NODE_UNREACHABLE = 6
    """The node does not run, or does not answer."""
    REFUSED = 7
    """The node understood and refused: no such message, not to be answered like this, not by this role."""
    RECORD_REFUSED = 8
    """The bundle of the joint record does not hold; the message says where."""
    CONFIGURATION = 9
    """The node's file, its keys, certificates or agreement cannot be used as they are."""
    DOCTOR_FOUND = 10
    """`steerclear doctor` found at least one thing to see to."""
    FINDINGS = 11
    """A check found something against a plan; or it was not declared because nobody has said to have read that."""
    PLAN_UNREADABLE = 12
    """The file of a plan, zone or of what it is compared with cannot be read, or is none."""
    REPLAY_DIFFERS = 13
    """A replay decided something otherwise than is recorded, or there was nothing that it could decide."""
    DRILL_MISSED = 20
    """A drill was run and something that must be seen was not, or a weakened mechanism did not fail as it must."""
    SCENARIO_UNREADABLE = 21
    """The scenario cannot be read, or does not fit together; the message says where."""
    INTERRUPTED = 130
    """Interrupted before its end, as with Ctrl-C; the result of a recording covers what was read, others have none."""
