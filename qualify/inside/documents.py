"""Scenario documentation made as it is asked for.

The framework reads the names of cases, steps and checks, and how grave a failed check is, from documents that are not
in its package. Here every name that a scenario's code asks for exists, and every failed check is grave: it ends its
scenario, whose later checks could be misled by it.
"""

from __future__ import annotations

import inspect
from typing import Any

from monitoring.uss_qualifier.common_data_definitions import Severity
from monitoring.uss_qualifier.scenarios import scenario as framework
from monitoring.uss_qualifier.scenarios.documentation import parsing
from monitoring.uss_qualifier.scenarios.documentation.definitions import (
    TestCaseDocumentation,
    TestCheckDocumentation,
    TestScenarioDocumentation,
    TestStepDocumentation,
)


def document_on_demand() -> None:
    """Let every scenario have the documentation that it asks for."""
    framework.get_documentation = _document_of
    parsing.get_documentation = _document_of
    scenario = framework.GenericTestScenario
    begin_case, begin_step, check = scenario.begin_test_case, scenario.begin_test_step, scenario.check

    def begin_documented_case(self: Any, name: str) -> None:
        if self.documentation.get_case_by_name(name) is None:
            self.documentation.cases.append(TestCaseDocumentation(name=name, steps=[]))
        begin_case(self, name)

    def begin_documented_step(self: Any, name: str) -> None:
        if self._current_case is not None and self._current_case.get_step_by_name(name) is None:
            self._current_case.steps.append(TestStepDocumentation(name=name, checks=[]))
        begin_step(self, name)

    def documented_check(self: Any, name: str, participants: Any = None) -> Any:
        step = self._current_step
        if step is not None and all(known.name != name for known in step.checks):
            step.checks.append(
                TestCheckDocumentation(name=name, applicable_requirements=[], has_todo=False, severity=Severity.High)
            )
        return check(self, name, participants)

    scenario.begin_test_case = begin_documented_case
    scenario.begin_test_step = begin_documented_step
    scenario.check = documented_check


def _document_of(scenario: type) -> TestScenarioDocumentation:
    """A new document: what one run adds is not in the next one's."""
    document = TestScenarioDocumentation(
        name=scenario.__name__, local_path=inspect.getfile(scenario), resources=None, cases=[]
    )
    if "begin_cleanup" in inspect.getsource(scenario.cleanup):
        document.cleanup = TestStepDocumentation(name="Cleanup", checks=[])
    return document
