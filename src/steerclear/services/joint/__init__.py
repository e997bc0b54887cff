"""Both sides' evidence of one incident on one timeline: what happened, who could have known it when, what differs."""
