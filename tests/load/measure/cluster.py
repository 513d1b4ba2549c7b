"""A PostgreSQL cluster of its own, on a real disk, with every commit flushed."""

import glob
import os
import shutil
from pathlib import Path

from .processes import Failure, call, cpu_seconds_of_family, free_port

# `fsync` and `synchronous_commit` are named so that nothing else can turn them off.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "127.0.0.1",
    "max_connections": "400",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
}


class Cluster:
    """The cluster in a folder; made when it is not there."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.programs = programs()
        self.port = None

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            shutil.chown(self.folder, "postgres")
        if not self.data.exists():
            self.call("initdb", "--auth=trust", "--username=hazards", "--encoding=UTF8", "--locale=C", "-D", self.data)
        self.port = free_port()
        settings = {**SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self.call("pg_ctl", "start", "-w", "-s", "-l", self.folder / "log", "-o", options, "-D", self.data)
        return self

    def __exit__(self, *_):
        self.call("pg_ctl", "stop", "-m", "fast", "-s", "-D", self.data)

    def call(self, program, *arguments):
        command = [self.programs / program, *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # The server keeps what it inherits open, so its output goes nowhere that is waited for.
        if program == "pg_ctl":
            if os.system(" ".join(quoted(part) for part in command) + " >/dev/null 2>&1") != 0:
                raise Failure(f"pg_ctl failed, see {self.folder / 'log'}")
            return ""
        return call(command, cwd="/")

    def url(self, database):
        return f"postgres://hazards@127.0.0.1:{self.port}/{database}"

    def sql(self, statement, database="postgres"):
        return call([self.programs / "psql", "-XAtq", self.url(database), "-c", statement]).strip()

    def has(self, database):
        return self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'") == "1"

    def create(self, database):
        self.sql(f"DROP DATABASE IF EXISTS {database}")
        self.sql(f"CREATE DATABASE {database}")

    def cpu_seconds(self):
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        return cpu_seconds_of_family(pid)


def programs():
    """The folder of the newest server's programs."""
    installed = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=version)
    found = installed[-1] if installed else shutil.which("initdb")
    if not found:
        raise Failure("PostgreSQL is not installed: no initdb below /usr/lib/postgresql or in PATH")
    return Path(found).parent


def version(path):
    return float(Path(path).parts[-3])


def quoted(part):
    return "'" + str(part).replace("'", "'\\''") + "'"
