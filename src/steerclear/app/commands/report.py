"""`steerclear report` with the agreement file, the units and the page."""

from __future__ import annotations

from steerclear.app.commands.line import tools
from steerclear.app.commands.record import read_versions
from steerclear.interfaces.cli.effectiveness import report_commands
from steerclear.interfaces.effectiveness_page import render_effectiveness

report = report_commands(read_versions=read_versions, tools=tools, render=render_effectiveness)
