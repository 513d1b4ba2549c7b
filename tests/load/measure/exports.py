"""Taking the whole ledger along, against what the engine's own client writes of the same rows."""

import os
import subprocess
import threading
import time
import urllib.request

from .processes import resident_mb

FORMATS = ("csv", "xlsx", "jsonl")
ROWS = (
    "SELECT hazards.number, hazards.status, enterprises.name, hazards.reported_at, hazards.document FROM hazards "
    "JOIN enterprises ON enterprises.id = hazards.enterprise_id ORDER BY hazards.reported_at DESC, hazards.id DESC"
)


class Peak:
    """The most memory that a process held while the `with` block ran."""

    def __init__(self, pid):
        self.pid = pid
        self.mb = 0.0
        self.ended = threading.Event()
        self.watch = threading.Thread(target=self.look)

    def look(self):
        while not self.ended.wait(0.05):
            self.mb = max(self.mb, resident_mb(self.pid))

    def __enter__(self):
        self.watch.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.watch.join()


def taken(service, pid, token, kind):
    """One export to its end: seconds, MB that came, and the most memory that the service held."""
    path = f"http://127.0.0.1:{service.port}/v1/hazards/export?format={kind}"
    request = urllib.request.Request(path, headers={"Authorization": f"Bearer {token}"})
    begun, size = time.monotonic(), 0
    with Peak(pid) as peak, urllib.request.urlopen(request) as answer:
        while piece := answer.read(1 << 16):
            size += len(piece)
    return time.monotonic() - begun, size / 1e6, peak.mb


def written(cluster, data):
    """The same rows, written by the engine's own client: seconds, MB, and the most memory that the client held."""
    if data.url.startswith("sqlite"):
        command = ["sqlite3", "-csv", data.url.removeprefix("sqlite://"), ROWS]
    else:
        command = [cluster.programs / "psql", "-XAtq", data.url, "-c", f"COPY ({ROWS}) TO STDOUT WITH CSV"]
    begun, size = time.monotonic(), 0
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE) as client:
        while piece := client.stdout.read(1 << 16):
            size += len(piece)
        _, _, used = os.wait4(client.pid, 0)
        client.returncode = 0
    return time.monotonic() - begun, size / 1e6, used.ru_maxrss / 1024


def exports(comparison):
    """The whole ledger as a file, one export at a time, against the engine's own client over the same rows."""
    rows = [("engine", "hazards", "what", "rows /s", "MB", "peak RSS MB")]
    for engine in comparison.engines:
        for size in comparison.sizes:
            with comparison.service(engine, size) as (service, data, token):
                done = [(kind, taken(service, service.process.pid, token, kind)) for kind in FORMATS]
                client = "sqlite3 -csv" if engine == "sqlite" else "COPY"
                done.append((client, written(comparison.cluster, data)))
            for what, (seconds, megabytes, peak) in done:
                rows.append((engine, size, what, size / seconds, megabytes, peak))
    return rows
