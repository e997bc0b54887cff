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
    passed: dict[str, int] = {}
    failed: list[dict[str, str]] = []
    for case, step in steps:
        for check in step.passed_checks:
            passed[check.name] = passed.get(check.name, 0) + 1
        for check in step.failed_checks:
            failed.append(
                {
                    "case": case,
                    "step": step.name,
                    "check": check.name,
                    "summary": check.summary,
                    "details": check.details[:2_000],
                }
            )
    error = report.get("execution_error")
    return {
        "scenario": report.scenario_type,
        "passed": passed,
        "failed": failed,
        "error": f"{error.type}: {error.message}" if error else None,
        "notes": {key: note.message for key, note in (report.get("notes") or {}).items()},
        "took_s": (report.end_time.datetime - report.start_time.datetime).total_seconds(),
    }
