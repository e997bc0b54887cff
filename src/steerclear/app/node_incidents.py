"""A node's incidents, from its configuration: policy, folder, and what goes into a bundle beside the journal."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_bytes

import msgspec

from steerclear.interfaces.cli.node_file import SEGMENTS_FOLDER, NodeConfig
from steerclear.interfaces.feeds import public_address
from steerclear.services.exchange import Exchange
from steerclear.services.export_record import AgreementFiles
from steerclear.services.incident.bundle_files import ConfigurationNote
from steerclear.services.incident.freeze import INCIDENTS_FOLDER, IncidentKeeper
from steerclear.services.incident.write_bundle import FreezeInputs

_SALT_BYTES = 16
_LEFT_OUT = ("outlets", "f3548")
"""Tables of the node's file that may hold addresses with passwords in them, and secrets."""
_CUT_OUT = ("names, passwords and queries in the addresses of picture.sources",)


def incident_keeper(
    config: NodeConfig, exchange: Exchange, files: tuple[AgreementFiles, ...], seal: Callable[[], object]
) -> IncidentKeeper:
    """The keeper of a node; `seal` binds the picture's reports to the journal."""
    inputs = FreezeInputs(
        agreements=files,
        segments=config.data_folder / SEGMENTS_FOLDER,
        configuration=configuration_note(config),
        marking=config.file.incidents.marking,
        new_salt=lambda: token_bytes(_SALT_BYTES),
    )
    return IncidentKeeper(exchange, config.file.incidents, config.data_folder / INCIDENTS_FOLDER, inputs, seal)


def configuration_note(config: NodeConfig) -> ConfigurationNote:
    """The node's file without what is secret."""
    values = msgspec.to_builtins(config.file)
    for name in _LEFT_OUT:
        values.pop(name, None)
    picture = values.get("picture")
    if picture is not None:
        picture["sources"] = [public_address(source) for source in picture["sources"]]
    return ConfigurationNote(sha256=config.sha256, values=values, left_out=(*_LEFT_OUT, *_CUT_OUT))
