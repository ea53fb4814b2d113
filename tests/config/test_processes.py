"""What `manage.py up` starts, and that it ends with it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

STAND_INS = """
from pathlib import Path
from config import processes
processes._python = lambda *arguments: "exec sleep {seconds}"
processes._announce = lambda port, when_ready: when_ready()
raise SystemExit(processes.run(port=1, folder=Path("/"), audit_log="", when_ready=lambda: print("ready", flush=True)))
"""
ROOT = Path(__file__).resolve().parent.parent.parent


def sleeping(seconds):
    return [one for one in Path("/proc").glob("[0-9]*/cmdline") if seconds.encode() in read(one) and b"-c" not in read(one)]


def read(file):
    try:
        return file.read_bytes()
    except OSError:
        return b""


def until(happened):
    deadline = time.monotonic() + 20
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.05)
    return happened()


def test_they_end_when_the_window_is_closed_in_which_they_were_started():
    # Nobody else sleeps so long.
    seconds = f"1000.{time.time_ns()}"
    process = subprocess.Popen([sys.executable, "-c", STAND_INS.format(seconds=seconds)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        # A signal that comes before both are known to have started is not for them.
        started = 0
        while started < 2:
            line = process.stdout.readline()
            assert line, "It ended before both had started."
            started += b"started (pid" in line
        # What is written from here on goes nowhere.
        process.stdout.close()
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=20) in (-signal.SIGTERM, signal.SIGTERM, 128 + signal.SIGTERM)
        assert until(lambda: sleeping(seconds) == [])
    finally:
        process.kill()
