"""The comparisons. Each returns the rows of its table."""

import threading
import time
from contextlib import contextmanager

from .exports import exports
from .processes import Failure, cpu_seconds, resident_mb, tell
from .runs import act, answered, counted, in_turn, pgbench, pgbench_database, wrk
from .servers import fetch, typical_hazard, typical_page


class Comparison:
    """Everything that a section needs."""

    def __init__(self, data, servers, cluster, programs, seconds, runs, sizes, engines):
        self.data = data
        self.servers = servers
        self.cluster = cluster
        self.programs = programs
        self.seconds = seconds
        self.runs = runs
        self.sizes = sizes
        self.engines = engines

    @contextmanager
    def service(self, engine, size):
        """The service over a data set, with a token."""
        data = self.data.on(engine, size)
        token = self.servers.token(data)
        with self.servers.service(data) as service:
            # The first requests open files and fill caches.
            wrk("point.lua", service.port, token, 1, IDS=data.ids)
            yield service, data, token

    def point(self, service, data, token, connections=64):
        return wrk("point.lua", service.port, token, self.seconds, connections=connections, IDS=data.ids)

    def page(self, service, token, name="three_filters", connections=64):
        return wrk("lists.lua", service.port, token, self.seconds, connections=connections, LIST=name)

    def actions(self, port, data, token, connections=64):
        figures = act(self.programs, port, token, data, self.seconds, connections)
        return {**figures["actions"], "refused": 0, "requests": figures["sent"]}


def reads(comparison):
    """Point reads and pages, each against a handler that only answers with the same bytes."""
    size = comparison.sizes[min(1, len(comparison.sizes) - 1)]
    rows = [("engine", "what", "hazards", "service /s", "p50 ms", "p99 ms", "bare /s", "ratio")]
    for engine in comparison.engines:
        with comparison.service(engine, size) as (service, data, token):
            path = typical_hazard(service.port, data, token)
            page, length = typical_page(service.port, token)
            kinds = [
                ("point read", path, lambda: comparison.point(service, data, token)),
                (f"page of {length}", page, lambda: comparison.page(service, token)),
            ]
            for what, path, run in kinds:
                with comparison.servers.bare(f"http://127.0.0.1:{service.port}{path}", token) as bare:
                    both = in_turn(
                        comparison.runs,
                        service=run,
                        bare=lambda: wrk("one.lua", bare.port, token, comparison.seconds),
                    )
                ours, theirs = both["service"], both["bare"]
                ratio = ours["per_second"] / theirs["per_second"]
                rows.append((engine, what, size, *speed(ours), theirs["per_second"], ratio))
    return rows


def pages(comparison):
    """A page of 50 under three filters, and other lists, as the ledger grows."""
    rows = [("engine", "list", "hazards", "/s", "p50 ms", "p99 ms", "of the first")]
    for engine in comparison.engines:
        for name in ("three_filters", "newest", "mixed", "search"):
            first = None
            for size in comparison.sizes[-2:]:
                with comparison.service(engine, size) as (service, _, token):
                    found = in_turn(comparison.runs, it=lambda: comparison.page(service, token, name))["it"]
                first = first or found["per_second"]
                rows.append((engine, name, size, *speed(found), found["per_second"] / first))
    return rows


def actions(comparison):
    """Accepted actions at 64 connections, durable, against one transaction a request and against pgbench."""
    size = comparison.sizes[min(1, len(comparison.sizes) - 1)]
    rows = [("engine", "hazards", "service /s", "p50 ms", "p99 ms", "yardstick", "yardstick /s", "ratio")]
    for engine in comparison.engines:
        if engine == "sqlite":
            data = comparison.data.on(engine, size)
            token = comparison.servers.token(data)

            def ours(data=data, token=token):
                with comparison.servers.service(data) as service:
                    return comparison.actions(service.port, data, token)

            def theirs(data=data, token=token):
                with comparison.servers.one_by_one(data) as alone:
                    return comparison.actions(alone.port, data, token)

            both = in_turn(comparison.runs, ours=ours, theirs=theirs)
            name = "one transaction a request"
        else:
            database = pgbench_database(comparison.cluster)
            with comparison.service(engine, size) as (service, data, token):
                both = in_turn(
                    comparison.runs,
                    ours=lambda: comparison.actions(service.port, data, token),
                    theirs=lambda: pgbench(comparison.cluster, database, comparison.seconds),
                )
            name = "pgbench -N -M prepared"
        ratio = both["ours"]["per_second"] / both["theirs"]["per_second"]
        rows.append((engine, size, *speed(both["ours"]), name, both["theirs"]["per_second"], ratio))
    return rows


def connections(comparison):
    """Point reads, pages and accepted actions at 1, 16, 64 and 256 connections, with what each request costs."""
    size = comparison.sizes[min(1, len(comparison.sizes) - 1)]
    costs = ("RSS MB", "service CPU ms", "PostgreSQL CPU ms", "pgbench /s")
    rows = [("engine", "what", "connections", "/s", "p50 ms", "p99 ms", *costs)]
    for engine in comparison.engines:
        with comparison.service(engine, size) as (service, data, token):
            for count in (1, 16, 64, 256):
                kinds = {
                    "point read": lambda count=count: comparison.point(service, data, token, count),
                    "page of 50": lambda count=count: comparison.page(service, token, connections=count),
                    "action": lambda count=count: comparison.actions(service.port, data, token, count),
                }
                kinds = {what: costing(comparison, service, run) for what, run in kinds.items()}
                bench = {}
                if engine == "postgres":
                    database = pgbench_database(comparison.cluster)
                    bench = {"pgbench": lambda: pgbench(comparison.cluster, database, comparison.seconds, count)}
                found = in_turn(comparison.runs, **kinds, **bench)
                for what in kinds:
                    ours = found[what]
                    beside = (ours["postgres"], "") if bench else ("", "")
                    if bench and what == "action":
                        beside = (ours["postgres"], found["pgbench"]["per_second"])
                    rows.append((engine, what, count, *speed(ours), ours["memory"], ours["service"], *beside))
    return rows


def costing(comparison, service, run):
    """A run that also tells CPU milliseconds a request, and the memory that the service holds at its end."""

    def run_with_costs():
        before = cpu_seconds(service.pid), comparison.cluster.cpu_seconds()
        figures = run()
        after = cpu_seconds(service.pid), comparison.cluster.cpu_seconds()
        spent = [1000 * (late - early) / figures["requests"] for early, late in zip(before, after)]
        return {**figures, "service": spent[0], "postgres": spent[1], "memory": resident_mb(service.pid)}

    return run_with_costs


def growth(comparison):
    """What a read, a page and an action cost as the ledger grows."""
    rows = [("engine", "hazards", "what", "/s", "p50 ms", "p99 ms", "of the smallest")]
    for engine in comparison.engines:
        first = {}
        for size in comparison.sizes:
            with comparison.service(engine, size) as (service, data, token):
                found = in_turn(
                    comparison.runs,
                    read=lambda: comparison.point(service, data, token),
                    page=lambda: comparison.page(service, token),
                    action=lambda: comparison.actions(service.port, data, token),
                )
            for what, figures in found.items():
                first.setdefault(what, figures["per_second"])
                rows.append((engine, size, what, *speed(figures), figures["per_second"] / first[what]))
    return rows


def statistics(comparison):
    """Hazards counted by area and industry, one question at a time, against a bare count on the same store."""
    question = "/v1/statistics/hazards?group_by=area,industry"
    count = "SELECT area, industry, count(*) FROM hazard_measures GROUP BY area, industry"
    rows = [("engine", "hazards", "service ms", "bare count ms", "ratio", "of the smallest")]
    for engine in comparison.engines:
        first = None
        for size in comparison.sizes:
            with comparison.service(engine, size) as (service, data, token):
                # More than the other sections: a question is short.
                both = in_turn(
                    comparison.runs * comparison.seconds,
                    service=lambda: answered(lambda: fetch(service.port, question, token)),
                    bare=lambda: counted(comparison.cluster, data, count),
                )
            ours, theirs = both["service"]["ms"], both["bare"]["ms"]
            first = first or ours
            rows.append((engine, size, ours, theirs, ours / theirs, ours / first))
    return rows


def soak(comparison):
    """Mixed load at 64 connections on the largest ledger, 1,000 connections idle meanwhile."""
    size = comparison.sizes[-1]
    each = ("p50 ms", "p99 ms")
    rows = [("engine", "hazards", "reads /s", *each, "actions /s", *each, "RSS MB", "idle kept")]
    for engine in comparison.engines:
        with comparison.service(engine, size) as (service, data, token):
            highest = [0.0]
            ended = threading.Event()

            def watch():
                while not ended.is_set():
                    highest[0] = max(highest[0], resident_mb(service.pid))
                    time.sleep(0.1)

            def run():
                options = {"reads": 80, "idle": 1000}
                return act(comparison.programs, service.port, token, data, comparison.seconds, **options)

            watcher = threading.Thread(target=watch)
            watcher.start()
            try:
                found = in_turn(comparison.runs, it=run)["it"]
            finally:
                ended.set()
                watcher.join()
            if found["idle_kept"] != found["idle"]:
                raise Failure(f"{found['idle'] - found['idle_kept']} idle connections were closed")
            both = (*speed(found["reads"]), *speed(found["actions"]))
            rows.append((engine, size, *both, highest[0], found["idle_kept"]))
    return rows


def speed(figures):
    return figures["per_second"], figures["p50_ms"], figures["p99_ms"]


SECTIONS = {
    "reads": reads,
    "pages": pages,
    "actions": actions,
    "connections": connections,
    "growth": growth,
    "statistics": statistics,
    "exports": exports,
    "soak": soak,
}


def run(names, comparison, show):
    """Runs these sections one after the other."""
    for name in names:
        tell(f"== {name}")
        section = SECTIONS[name]
        show(name, section.__doc__, section(comparison))
