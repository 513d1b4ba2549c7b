"""Starting, watching and stopping processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """Something that was needed did not work; the message says what."""


def tell(text):
    """Progress, apart from the figures."""
    print(text, file=sys.stderr, flush=True)


def call(command, loud=False, **options):
    """Runs a command to its end and returns what it printed. A loud one tells its progress meanwhile."""
    errors = None if loud else subprocess.PIPE
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=errors, text=True, **options
    )
    if done.returncode != 0:
        told = f"{done.stderr or ''}\n{done.stdout}".strip()
        raise Failure(f"{command[0]} ended with {done.returncode}:\n{told}")
    return done.stdout


def free_port():
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """CPU time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_seconds_of_family(pid):
    """CPU time of a process, of the children it waited for, and of those that live."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = sum(int(field) for field in fields[11:15])
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It ended between the two looks.
        if int(fields[1]) == pid:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


def resident_mb(pid):
    """Memory that a process holds now, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise Failure(f"process {pid} has no VmRSS")


class Process:
    """A server on a port of its own, stopped at the end of the `with` block."""

    def __init__(self, command, port, log, environment=None):
        self.port = port
        self.log = Path(log)
        with open(self.log, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
            )
        self.wait_until_it_listens()

    @property
    def pid(self):
        return self.process.pid

    def wait_until_it_listens(self):
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise Failure(f"{self.process.args[0]} ended at once:\n{self.log.read_text()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        raise Failure(f"{self.process.args[0]} does not listen on {self.port}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
