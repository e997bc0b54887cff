"""What a scenario's report comes to: checks by name, and each that failed with its reason."""

from __future__ import annotations

from typing import Any


def summary_of(action: Any) -> dict[str, Any]:
    """Of one scenario that ran, or that the framework did not run."""
    skipped = action.get("skipped_action")
    if skipped:
        return {"scenario": skipped.declaration.get_child_type(), "not_run": skipped.reason}
    report = action.test_scenario
    steps = [(case.name, step) for case in report.cases for step in case.steps]
    if report.get("cleanup"):
        steps.append(("Cleanup", report.cleanup))
    failed = [
        {"case": case, "step": step.name, "check": check.name, "summary": check.summary}
        for case, step in steps
        for check in step.failed_checks
    ]
    error = report.get("execution_error")
    if error:
        failed.append({"case": "", "step": "", "check": "", "summary": f"{error.type}: {error.message}"[:1_000]})
    return {
        "scenario": report.scenario_type,
        "cases": len(report.cases),
        "passed": sum(len(step.passed_checks) for _, step in steps),
        "failed": failed,
        "took_s": round((report.end_time.datetime - report.start_time.datetime).total_seconds(), 1),
    }
