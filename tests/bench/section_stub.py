"""A section that measures nothing, for the runner's tests."""


def run(budget):
    return {"section": "stub", "quick": budget.quick, "value": 3}


def table(result):
    return f"value {result['value']}"
