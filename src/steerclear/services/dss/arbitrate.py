"""What an arbitrator declares about a service: whether it is down."""

from __future__ import annotations

from concurrent.futures import Future

from steerclear.model.airspace import Availability, UssAvailability
from steerclear.services.dss.directory import Directory
from steerclear.services.dss.faults import not_current
from steerclear.store.airspace import AirspaceTransaction


def get_availability(directory: Directory, uss: str) -> Future[Availability]:
    """What is declared about a service; unknown, without a version, where nothing is."""
    return directory.read(lambda transaction: transaction.availability(uss) or _undeclared(uss))


def set_availability(directory: Directory, uss: str, state: UssAvailability, old_version: str) -> Future[Availability]:
    """Declare a service's availability against the version that was read. The future raises DirectoryRefusalError."""
    version = directory.minted().ovn

    def work(transaction: AirspaceTransaction) -> Availability:
        standing = transaction.availability(uss) or _undeclared(uss)
        if standing.version != old_version:
            raise not_current("old_version is not the current version of this availability: read it again")
        declared = Availability(uss=uss, state=state, version=version)
        transaction.declare(declared)
        return declared

    return directory.write(work)


def _undeclared(uss: str) -> Availability:
    return Availability(uss=uss, state=UssAvailability.UNKNOWN, version="")
