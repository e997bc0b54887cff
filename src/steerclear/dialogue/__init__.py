"""The line's protocol without I/O: bytes or commands in, bytes or events out."""
