"""The line's protocol without I/O: bytes or commands in, bytes or events out.

Each direction of a line is one append-only Merkle log, named `steerclear/<agreement>/<sender>-to-<receiver>`. An entry
is a DSSE envelope signed with the sender's online key; inside it are the log's name, its place, the leaf hash of the
entry before, the time of issue, what its sender had seen of the other log (size and root), and one message.

Sending: `outgoing.compose` writes the next entry; the log itself is the outbox, for what the peer has not cosigned is
still to be posted. A post (`batch`) carries entries in order under the sender's signed checkpoint, which ends there.
Receiving: `incoming.accept` checks a post to the last bit against what is held. Its caller stores entries and cosigned
checkpoint in one transaction, and only then answers with that checkpoint: the machine receipt. A repeated or late post
is answered with the receipt again and changes nothing. `outgoing.read_receipt` checks the answer.
Answers by people are entries of the other direction (`lifecycle`): received, acknowledged and unanswered never mix.
Whatever is wrong has a name, an owner and a rule in `faults`; a fault changes nothing.
"""
