"""The picture of the detection results: time of one scan against the number of aircraft, both logarithmic."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

PANELS = (("en_route", "En route: 5 NM, 1,000 ft, 300 s"), ("drones", "Drones: 50 m, 30 m, 60 s"))
STYLES = {
    "steerclear_1": ("#0072b2", "o", "-"),
    "steerclear_2": ("#0072b2", "s", "--"),
    "well_clear_2": ("#56b4e9", "^", ":"),
    "kdtree": ("#009e73", "D", "-"),
    "minisky": ("#e69f00", "v", "-"),
    "bluesky_compiled": ("#d55e00", "P", "-"),
    "bluesky_numpy": ("#7f7f7f", "X", "-"),
}
"""Colours that people with any colour vision can tell apart; markers for those who print in grey."""

MILLISECONDS = 1e3


def detection(result: dict[str, Any], goals_s: dict[int, float], stem: Path) -> None:
    """Write stem.svg and stem.png."""
    titles = {who["name"]: who["title"] for who in result["contestants"]}
    panels = [panel for panel in PANELS if any(row["family"] == panel[0] for row in result["rows"])]
    settings = {"svg.hashsalt": "steerclear", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(settings):
        figure, axes = plt.subplots(
            1, len(panels), figsize=(5.6 * len(panels), 5.2), sharey=True, squeeze=False, layout="constrained"
        )
        for ax, (family, title) in zip(axes[0], panels, strict=True):
            _panel(ax, [row for row in result["rows"] if row["family"] == family], titles)
            ax.set_title(title, loc="left", fontsize=11)
        axes[0, 0].set_ylabel("one scan, median (ms)")
        shown = [n for n in goals_s if any(row["family"] == "en_route" and row["n"] == n for row in result["rows"])]
        if panels[0][0] == "en_route" and shown:
            goals_ms = [goals_s[n] * MILLISECONDS for n in shown]
            axes[0, 0].plot(shown, goals_ms, "_", color="black", markersize=16, label="goal (99th percentile)")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
        facts = result["machine"]
        figure.suptitle(
            f"Every conflict among N aircraft · {facts['cpu']}, {facts['cores']} cores, {facts['date'][:10]}",
            fontsize=10,
            color="#555555",
        )
        figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
        figure.savefig(stem.with_suffix(".png"), dpi=130)
        plt.close(figure)


def _panel(ax: Axes, rows: list[dict[str, Any]], titles: dict[str, str]) -> None:
    for name, (colour, marker, line) in STYLES.items():
        measured = [row for row in rows if row["results"].get(name, {}).get("status") == "measured"]
        if not measured:
            continue
        sizes = [row["n"] for row in measured]
        times = [row["results"][name]["median_s"] * MILLISECONDS for row in measured]
        ours = name.startswith(("steerclear", "well_clear"))
        ax.plot(sizes, times, line, marker=marker, color=colour, linewidth=2.2 if ours else 1.4, label=titles[name])
        stopped = [row["n"] for row in rows if row["n"] > max(sizes)]
        if stopped:
            ax.annotate(
                "stopped",
                (sizes[-1], times[-1]),
                xytext=(7, 0),
                textcoords="offset points",
                color=colour,
                fontsize=8,
                va="center",
            )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("aircraft N")
    ax.grid(visible=True, which="major", color="#dddddd", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.margins(x=0.12)
