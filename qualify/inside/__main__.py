"""Plays one round of InterUSS's scenarios: `python -m qualify.inside ROUND.json RESULT.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from implicitdict import ImplicitDict
from loguru import logger
from monitoring import uss_qualifier
from monitoring.monitorlib import inspection
from monitoring.uss_qualifier import scenarios
from monitoring.uss_qualifier.configurations.configuration import ExecutionConfiguration
from monitoring.uss_qualifier.reports.report import SkippedActionReport, TestSuiteActionReport
from monitoring.uss_qualifier.resources.definitions import ResourceCollection
from monitoring.uss_qualifier.resources.resource import create_resources
from monitoring.uss_qualifier.scenarios.scenario import find_test_scenarios
from monitoring.uss_qualifier.suites.definitions import TestSuiteActionDeclaration
from monitoring.uss_qualifier.suites.suite import ExecutionContext, TestSuiteAction

from qualify.inside.documents import document_on_demand
from qualify.inside.openapi import lay_out_openapi
from qualify.inside.summaries import summary_of


def play(round_: dict[str, Any]) -> dict[str, Any]:
    """The scenarios of a round, in order, and what each of their checks came to."""
    document_on_demand()
    lay_out_openapi(round_["openapi"])
    declared = ImplicitDict.parse({"resource_declarations": round_["resources"]}, ResourceCollection)
    resources = create_resources(declared.resource_declarations, round_["name"], stop_when_not_created=True)
    suite = {
        "name": round_["name"],
        "resources": {name: one["resource_type"] for name, one in round_["resources"].items()},
        "actions": [{"test_scenario": one} for one in round_["scenarios"]],
    }
    links = {name: name for name in round_["resources"]}
    action = ImplicitDict.parse(
        {"test_suite": {"suite_definition": suite, "resources": links}}, TestSuiteActionDeclaration
    )
    context = ExecutionContext(ImplicitDict.parse({"scenarios_filter": None}, ExecutionConfiguration), [])
    reports = _each(TestSuiteAction(action, resources), context)
    return {
        "known": [inspection.fullname(one).removeprefix(f"{uss_qualifier.__name__}.") for one in _all_scenarios()],
        "scenarios": [summary_of(one) for one in reports],
        "reports": reports,
    }


def _each(suite: TestSuiteAction, context: ExecutionContext) -> list[Any]:
    """Their own suite would stop at the first scenario that ends in an error; here each is played."""
    context.begin_action(suite)
    reports: list[Any] = []
    for action in suite.test_suite.actions:
        skipped = isinstance(action, SkippedActionReport)
        reports.append(TestSuiteActionReport(skipped_action=action) if skipped else action.run(context))
    return reports


def _all_scenarios() -> list[type]:
    inspection.import_submodules(scenarios)
    return find_test_scenarios(scenarios)


def main(asked: str, answered: str) -> None:
    """Write the result; the framework's own report lies beside it."""
    logger.remove()
    logger.add(sys.stderr, level="INFO", format="{time:HH:mm:ss} {message}")
    result = play(json.loads(Path(asked).read_text()))
    reports = result.pop("reports")
    Path(answered).write_text(json.dumps(result, indent=1))
    Path(answered).with_suffix(".report.json").write_text(json.dumps(reports, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
