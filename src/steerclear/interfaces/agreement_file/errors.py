"""What can be wrong with an agreement file."""


class AgreementError(ValueError):
    """The agreement file or its signatures cannot be used; the message says where it stands and what to do."""
