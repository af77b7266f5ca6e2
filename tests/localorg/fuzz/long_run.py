"""Asks many statements from the shell: `python tests/localorg/fuzz/long_run.py [HOW_MANY] [SEED]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[3])]

from statements import make  # noqa: E402 - found through the path set above
from trial import Report, org, run  # noqa: E402


def main(count: int, seed: int) -> int:
    chance, report, begun = Random(seed), Report(), time.perf_counter()
    with org() as engine:
        run(engine, (make(chance) for _ in range(count)), report)
    told(report, count, time.perf_counter() - begun)
    return bool(report.failures)


def told(report: Report, count: int, seconds: float) -> None:
    print(f"{count} statements in {seconds:.0f} s, {len(report.messages)} distinct refusals")
    for outcome, number in sorted(report.outcomes.items()):
        print(f"{number:8}  {outcome}")
    print("slowest:")
    for spent, statement in report.slowest:
        print(f"{spent * 1000:8.1f} ms  {len(statement.text):6} signs  {statement.kind}: {statement.text[:100]!r}")
    print(f"failures: {len(report.failures)}")
    for statement, what in report.failures[:40]:
        print(f"  {what[:200]}\n    {statement.language}: {statement.text[:300]!r}")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*(numbers + [10_000, 1][len(numbers) :])))
