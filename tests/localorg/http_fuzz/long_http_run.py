"""Sends many requests from the shell: `python tests/localorg/http_fuzz/long_http_run.py [HOW_MANY] [SEED]`."""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path
from random import Random

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[3])]

from verdict import Trial  # noqa: E402 - found through the path set above

from langchain_sfconnect.localorg import LocalOrg  # noqa: E402


def main(count: int, seed: int) -> int:
    chance, begun, failures = Random(seed), time.perf_counter(), 0
    with LocalOrg() as org, Trial.of(org) as trial:
        maker = trial.maker()
        for number in range(count):
            request = maker.make(chance)
            try:
                trial.judge(request)
            except Exception:
                failures += 1
                print(f"request {number}: {request}\n{traceback.format_exc()}")
        outcomes = trial.outcomes
    print(f"{count} requests, seed {seed}, in {time.perf_counter() - begun:.0f} s: {failures} failures")
    for outcome, number in outcomes.most_common():
        print(f"{number:8}  {outcome}")
    return min(failures, 1)


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]] + [50_000, 1][len(sys.argv) - 1 :]
    sys.exit(main(*arguments[:2]))
