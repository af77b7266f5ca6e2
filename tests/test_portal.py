"""Sync calls run async code wherever they are made: threads, running loops, forked children."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from langchain_sfconnect._portal import PerLoop, run

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2


def test_a_result_and_an_error_come_back() -> None:
    assert run(double, 21) == 42

    async def fail() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        run(fail)


def test_many_threads_call_at_once() -> None:
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda n: run(double, n), range(200))) == [2 * n for n in range(200)]


@pytest.mark.anyio
async def test_a_sync_call_works_under_a_running_loop() -> None:
    assert run(double, 21) == 42


def test_the_callers_context_is_visible() -> None:
    async def read() -> str:
        return variable.get()

    variable.set("caller")
    assert run(read) == "caller"


def test_a_call_from_the_background_loop_itself_is_refused() -> None:
    async def nested() -> None:
        run(double, 1)

    with pytest.raises(RuntimeError, match="await its a-twin"):
        run(nested)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # said by Python 3.12 and newer
def test_a_forked_child_gets_a_loop_of_its_own() -> None:
    run(double, 1)
    child = os.fork()
    if child == 0:
        os._exit(0 if run(double, 21) == 42 else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_an_interrupted_caller_cancels_what_it_waits_for() -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def wait() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    main = threading.get_ident()

    def interrupt_once_it_waits() -> None:
        started.wait(10)
        while sys._current_frames()[main].f_code.co_name != "wait":  # Condition.wait, inside Future.result
            pass
        signal.pthread_kill(main, signal.SIGINT)

    # A shell that starts the tests in the background has Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=interrupt_once_it_waits).start()
        with pytest.raises(KeyboardInterrupt):
            run(wait)
        assert cancelled.wait(10)
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_object_per_loop_is_closed_when_its_loop_ends() -> None:
    closed: list[int] = []

    async def close(number: int) -> None:
        closed.append(number)

    numbers = iter(range(10))
    per_loop: PerLoop[int] = PerLoop(lambda: next(numbers), close)

    async def use() -> int:
        assert per_loop.get() == per_loop.get()
        return per_loop.get()

    assert [asyncio.run(use()), asyncio.run(use())] == [0, 1]
    assert closed == [0, 1]


def test_an_object_per_loop_can_be_closed_early_and_made_again() -> None:
    closed: list[int] = []

    async def close(number: int) -> None:
        closed.append(number)

    numbers = iter(range(10))
    per_loop: PerLoop[int] = PerLoop(lambda: next(numbers), close)

    async def use() -> list[int]:
        first = per_loop.get()
        await per_loop.aclose()
        await per_loop.aclose()
        return [first, per_loop.get()]

    assert asyncio.run(use()) == [0, 1]
    gc.collect()
    assert closed == [0, 1]


def test_a_process_that_used_the_portal_ends_silently() -> None:
    code = (
        "import asyncio\n"
        "from langchain_sfconnect._portal import run, PerLoop\n"
        "async def close(x): print('closed')\n"
        "per_loop = PerLoop(object, close)\n"
        "async def use(): per_loop.get()\n"
        "run(use)\n"
    )
    done = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "closed\n", "")
