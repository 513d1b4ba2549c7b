"""Single runs of the load programs, and what several of them come to."""

import json
import os
import re
import sqlite3
import statistics
import time
from pathlib import Path

from .processes import Failure, call

SCRIPTS = Path(__file__).resolve().parent.parent / "wrk"


def wrk(script, port, token, seconds, path="/", connections=64, **environment):
    """Runs a script against a server of this machine and returns its figures."""
    command = ["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", SCRIPTS / script]
    settings = {"TOKEN": token, **{name: str(value) for name, value in environment.items()}}
    printed = call([*command, f"http://127.0.0.1:{port}{path}"], env={**os.environ, **settings})
    figures = re.search(r"^FIGURES (.*)$", printed, re.MULTILINE)
    if not figures:
        raise Failure(f"{script} told no figures:\n{printed}")
    return checked(json.loads(figures.group(1)), script)


def checked(figures, name):
    """Figures of answers that were refused are no figures."""
    if figures["refused"] or figures["broken"]:
        raise Failure(f"{name}: {figures['refused']} answers were refused and {figures['broken']} did not come")
    return figures


def act(programs, port, token, data, seconds, connections=64, **options):
    """Performs actions and returns the figures of the client."""
    command = [programs / "examples" / "act", "--address", f"127.0.0.1:{port}", "--token", token, "--ids", data.ids]
    command += ["--connections", connections, "--seconds", seconds]
    for name, value in options.items():
        command += [f"--{name}", value]
    figures = json.loads(call(command))
    for kind in ("actions", "reads"):
        if figures[kind]["refused"]:
            raise Failure(f"{kind} were refused: {figures[kind]['refused']}")
    return figures


def pgbench(cluster, database, seconds, connections=64):
    """PostgreSQL's own simple-update run. Times are means: it keeps no quantiles without a log."""
    command = [cluster.programs / "pgbench", "-N", "-M", "prepared", "-c", connections, "-j", min(2, connections)]
    printed = call([*command, "-T", seconds, cluster.url(database)])
    rate = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
    if not rate:
        raise Failure(f"pgbench told no rate:\n{printed}")
    return {"per_second": float(rate.group(1))}


def pgbench_database(cluster):
    """A database for pgbench, of scale 10."""
    if not cluster.has("pgbench"):
        cluster.create("pgbench")
        call([cluster.programs / "pgbench", "-i", "-q", "-s", "10", cluster.url("pgbench")])
    return "pgbench"


def answered(question):
    """How long it takes until an answer is there."""
    begun = time.perf_counter()
    question()
    return {"ms": 1000 * (time.perf_counter() - begun)}


def counted(cluster, data, sql):
    """How long a statement takes in the engine's own client, which is connected before."""
    if data.url.startswith("sqlite://"):
        connection = sqlite3.connect(data.url.removeprefix("sqlite://"))
        try:
            return answered(lambda: connection.execute(sql).fetchall())
        finally:
            connection.close()
    printed = call([cluster.programs / "psql", "-XAtq", data.url, "-c", "\\timing on", "-c", sql])
    took = re.search(r"^Time: ([0-9.]+) ms", printed, re.MULTILINE)
    if not took:
        raise Failure(f"psql told no time:\n{printed}")
    return {"ms": float(took.group(1))}


def in_turn(times, **kinds):
    """Runs each kind in turn so many times, and returns the medians of each kind's figures."""
    figures = {name: [] for name in kinds}
    for _ in range(times):
        for name, run in kinds.items():
            figures[name].append(run())
    return {name: medians(runs) for name, runs in figures.items()}


def medians(runs):
    """The median of every figure; figures within figures too."""
    figures = {}
    for name, value in runs[0].items():
        all_of_it = [run[name] for run in runs]
        figures[name] = medians(all_of_it) if isinstance(value, dict) else statistics.median(all_of_it)
    return figures
