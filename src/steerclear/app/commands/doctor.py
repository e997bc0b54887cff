"""`steerclear doctor` with the examination of a node."""

from __future__ import annotations

from steerclear.app.doctor import examine
from steerclear.interfaces.cli.doctor import doctor_command

doctor = doctor_command(examine=examine)
