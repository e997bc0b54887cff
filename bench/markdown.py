"""Tables as Markdown, padded so that the same text also reads well on a terminal; and how numbers are written."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a Markdown table; the first `left` columns are flush left, the others flush right."""
    widths = [max(3, *(len(line[k]) for line in [head, *rows])) for k in range(len(head))]

    def written(line: Sequence[str]) -> str:
        cells = (
            word.ljust(width) if k < left else word.rjust(width)
            for k, (word, width) in enumerate(zip(line, widths, strict=True))
        )
        return "| " + " | ".join(cells) + " |"

    rule = [("-" * width) if k < left else ("-" * (width - 1) + ":") for k, width in enumerate(widths)]
    return "\n".join([written(head), written(rule), *(written(row) for row in rows)])


def milliseconds(seconds: float) -> str:
    """Return a duration in ms with three significant digits: 0.152, 31.4, 2,700."""
    value = seconds * 1e3
    if value >= 99.95:
        digits = len(str(int(value))) - 3
        return f"{round(value, -digits if digits > 0 else 0):,.0f}"
    return f"{value:.3g}" if value < 0.0995 else f"{value:.{2 if value < 9.995 else 1}f}"


def ratio(times: float) -> str:
    """Return a factor with two significant digits and its sign: 1.3×, 24×, 1,900×."""
    if times >= 99.5:
        digits = len(str(int(times))) - 2
        return f"{round(times, -digits):,.0f}×"
    return f"{times:.1f}×" if times < 9.95 else f"{times:.0f}×"


def count(number: int) -> str:
    """Return a count with thousands separated."""
    return f"{number:,}"


def named_numbers(numbers: dict[str, float], goals: dict[str, float]) -> str:
    """Return numbers whose names end in their unit, a line each, with a goal where there is one."""
    lines = []
    for name, value in numbers.items():
        what, unit = (name.removesuffix("_per_s"), "/s") if name.endswith("_per_s") else name.rsplit("_", 1)
        goal, verdict = "", ""
        if name in goals:
            enough = value >= goals[name] if unit == "/s" else value <= goals[name]
            goal = f"{'≥' if unit == '/s' else '≤'} {_plain(goals[name])}"
            verdict = "met" if enough else "not met"
        lines.append([what.replace("_", " "), _plain(value), UNITS.get(unit, unit), goal, verdict])
    return table(["what", "measured", "unit", "goal", ""], lines)


UNITS = {"us": "µs"}


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.3g}"
