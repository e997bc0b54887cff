"""InterUSS's prober, a pytest suite for a DSS: run as it is, with request bodies of our own.

Some of its tests read their request from files that are not in the package. Those are made here: what is wrong with
each follows from the test's name and the answer that it expects.
"""

from __future__ import annotations

import json
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, Final

from qualify.resources import EAST, NORTH, SOUTH, WEST, Declared, rectangle

LEFT_OUT: Final = {
    "aux_/test_token_validation.py": "an endpoint of InterUSS's own DSS for remote ID tokens, not of F3548-21",
}
PROBER_WITHIN_S: Final = 900.0
BASE_URL: Final = "https://uss.example.com/utm"


def run_prober(python: str, folder: Path, dss_url: str, token_url: str) -> dict[str, Any]:
    """Play the prober's tests of strategic coordination and of the version; what each module came to."""
    where = [python, "-c", "import monitoring.prober as p; print(p.__path__[0])"]
    prober = Path(subprocess.run(where, capture_output=True, check=True, text=True).stdout.strip())
    requests = folder / "scd" / "resources"
    requests.mkdir(parents=True)
    for name, body in bodies(time.time()).items():
        (requests / name).write_text(json.dumps(body, indent=1))
    results = folder / "prober.xml"
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\n")  # else pytest finds ours above the framework's environment
    options = {
        "-c": str(settings),
        "--rootdir": str(prober),
        "--dss-endpoint": dss_url,
        "--scd-auth1": f"DummyOAuth({token_url},uss1)",
        "--scd-auth2": f"DummyOAuth({token_url},uss2)",
        "--rid-auth": f"DummyOAuth({token_url},uss1)",
        "--scd-api-version": "1.0.0",
        "--junitxml": str(results),
    }
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(prober / "scd"), str(prober / "aux_")]
    command += [f"--ignore={prober / one}" for one in LEFT_OUT]
    command += [part for option in options.items() for part in option]
    with (folder / "prober.log").open("wb") as log:
        subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False, timeout=PROBER_WITHIN_S)
    return {"modules": read_results(results), "left_out": LEFT_OUT}


def read_results(path: Path) -> dict[str, dict[str, Any]]:
    """By module: how many tests passed, and each that did not with its first words."""
    modules: dict[str, dict[str, Any]] = {}
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = case.get("classname", "").rpartition(".")[2]
        module = modules.setdefault(name, {"passed": 0, "failed": [], "not_run": []})
        wrong = next((one for one in case if one.tag in {"failure", "error", "skipped"}), None)
        if wrong is None:
            module["passed"] += 1
            continue
        said = {"test": case.get("name"), "summary": (wrong.get("message") or "").split("\n")[0][:300]}
        module["not_run" if wrong.tag == "skipped" else "failed"].append(said)
    return modules


def bodies(now_s: float) -> dict[str, Any]:
    """The requests, by the names of their files."""
    sound = _intent(now_s)
    far = {"vertices": [{"lat": 95.0, "lng": 7.3}, {"lat": 46.2, "lng": 190.0}, {"lat": 46.3, "lng": 7.4}]}
    line = {"vertices": [{"lat": SOUTH, "lng": WEST}, {"lat": SOUTH, "lng": EAST}]}
    collapsed = {"vertices": [{"lat": SOUTH, "lng": WEST}] * 4}
    huge = rectangle(SOUTH - 5, NORTH + 5, WEST - 5, EAST + 5)
    wide = rectangle(SOUTH, SOUTH + 0.3, WEST, WEST + 0.4)
    feet = _volume(now_s)
    feet["volume"]["altitude_upper"]["units"] = "FT"
    above_sea = _volume(now_s)
    above_sea["volume"]["altitude_upper"]["reference"] = "AGL"
    unfinished = _intent(now_s)
    del unfinished["uss_base_url"], unfinished["state"]
    badly_timed = _intent(now_s)
    badly_timed["extents"][0]["time_start"]["value"] = "tomorrow at noon"
    upside_down = _intent(now_s)
    upside_down["extents"][0]["volume"]["altitude_upper"]["value"] = -100.0
    return {
        "op_ref_area_too_large.json": _query(_volume(now_s, outline=huge)),
        "op_ref_start_end_times_past.json": _query(_volume(now_s - 7_200.0)),
        "op_ref_incorrect_units.json": _query(feet),
        "op_ref_incorrect_altitude_ref.json": _query(above_sea),
        "op_uss_base_url_non_tls.json": {**sound, "uss_base_url": BASE_URL.replace("https", "http")},
        "op_bad_subscription.json": _subscribed(sound, "not a subscription"),
        "op_new_and_existing_subscription.json": {**sound, "subscription_id": "00000179-e36d-40be-838b-eca6ca350000"},
        "op_end_time_past.json": _intent(now_s - 7_200.0),
        "op_request_1.json": sound,
        "op_request_2.json": _intent(now_s, outline=line),
        "op_request_3.json": _query(_volume(now_s, outline=collapsed)),
        "op_request_4.json": _query(_volume(now_s, outline=wide)),
        "op_400_version1.json": unfinished,
        "op_bad_state_version0.json": {**sound, "state": "Activated"},
        "op_bad_lat_lon_range.json": _intent(now_s, outline=far),
        "op_area_too_large_put.json": _intent(now_s, outline=huge),
        "op_bad_time_format.json": badly_timed,
        "op_bad_volume.json": upside_down,
        "op_missing_initial.yaml": _intent(now_s, lower_m=500.0, upper_m=620.0),
        "op_missing_preexisting_unknown.yaml": _intent(now_s, lower_m=500.0, upper_m=570.0),
        "op_missing_update.json": _subscribed(_intent(now_s, lower_m=510.0, upper_m=630.0), None),
        "op_missing_query.json": _query(_volume(now_s, lower_m=595.0, upper_m=700.0)),
        "op_big_operation.json": _query(_volume(now_s, outline=huge)),
    }


def _volume(
    now_s: float, outline: Declared | None = None, lower_m: float = 100.0, upper_m: float = 200.0
) -> dict[str, Any]:
    return {
        "volume": {
            "outline_polygon": outline or rectangle(SOUTH, NORTH, WEST, EAST),
            "altitude_lower": {"value": lower_m, "reference": "W84", "units": "M"},
            "altitude_upper": {"value": upper_m, "reference": "W84", "units": "M"},
        },
        "time_start": _moment(now_s),
        "time_end": _moment(now_s + 3_600.0),
    }


def _moment(at_s: float) -> dict[str, str]:
    return {"value": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s)), "format": "RFC3339"}


def _intent(now_s: float, **volume: Any) -> dict[str, Any]:
    return {
        "extents": [_volume(now_s, **volume)],
        "key": [],
        "state": "Accepted",
        "uss_base_url": BASE_URL,
        "new_subscription": {"uss_base_url": BASE_URL, "notify_for_constraints": False},
    }


def _subscribed(intent: dict[str, Any], subscription: str | None) -> dict[str, Any]:
    """The same without a subscription to be made; the test fills in one that exists where there is none."""
    without = {key: value for key, value in intent.items() if key != "new_subscription"}
    return without if subscription is None else {**without, "subscription_id": subscription}


def _query(volume: dict[str, Any]) -> dict[str, Any]:
    return {"area_of_interest": volume}
