"""`python -m qualify --framework PYTHON`: play the rounds."""
from __future__ import annotations

import json, subprocess, sys, shutil
from pathlib import Path

from qualify.rounds import ONE_DSS, POOL, dss_round
from qualify.servers import running_servers

ROOT = Path(__file__).resolve().parent.parent

def play(python, folder, round_, findings=()):
    asked, answered = folder / "round.json", folder / "result.json"
    round_["findings"] = list(findings)
    round_["openapi"]="/work/shared/reference/f3548-21-utm.yaml"
    asked.write_text(json.dumps(round_, indent=1))
    with (folder / "framework.log").open("wb") as log:
        subprocess.run([python, "-m", "qualify.inside", str(asked), str(answered)], cwd=ROOT, stdout=log, stderr=log, check=True, timeout=1800, env={"PATH":"/usr/bin:/bin","PYTHONPATH":str(ROOT), "GIT_COMMIT_HASH":"0.37.0"})
    return json.loads(answered.read_text())

if __name__ == "__main__":
    work = Path(sys.argv[2]); shutil.rmtree(work, ignore_errors=True)
    from qualify.rounds import uss_round
    what=sys.argv[3]
    with running_servers(work) as s:
        url = s.start_dss("dss")
        if what=="dss":
            r = play(sys.argv[1], work, dss_round("DSS on SQLite", s.token_url, [url], 0, ONE_DSS + POOL))
        elif what=="mock":
            from qualify.mock import start_mock_uss
            n=s.start_uss("north",url); m=start_mock_uss(s, sys.argv[1], "mock", url)
            r = play(sys.argv[1], work, uss_round("mock", s.token_url, url, ("north",n+"/flight_planning/v1"),("mock",m+"/flight_planning/v1"), ("mock", m)))
        else:
            n=s.start_uss("north",url); so=s.start_uss("south",url)
            r = play(sys.argv[1], work, uss_round("two", s.token_url, url, ("north",n+"/flight_planning/v1"),("south",so+"/flight_planning/v1")))
    for one in r["scenarios"]:
        print(one["scenario"], sum(one.get("passed", {}).values()), len(one.get("failed", [])), one.get("error"), one.get("not_run"))
        for f in one.get("failed", []):
            print("    ", f["case"], "/", f["step"], "/", f["check"], ":", f["summary"])
