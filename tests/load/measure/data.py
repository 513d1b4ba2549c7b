"""Data sets: made once in the work folder, found there the next time."""

from pathlib import Path

from .processes import Failure, call, tell

# The same day every time, so that two machines measure on the same ledger.
UNTIL = "2026-11-01"


class DataSet:
    """A database with so many hazards, and ids to ask for."""

    def __init__(self, url, ids, size):
        self.url = url
        self.ids = ids
        self.size = size


class Data:
    """The data sets of a work folder."""

    def __init__(self, folder, programs, cluster):
        self.folder = Path(folder)
        self.loader = programs / "examples" / "load"
        self.cluster = cluster

    def on(self, engine, size):
        ids = self.folder / f"{engine}-{size}.ids"
        if engine == "postgres":
            name = f"hazards_{size}"
            there = self.cluster.has(name)
            if not (there and ids.exists()):
                self.cluster.create(name)
                self.load(self.cluster.url(name), size, ids)
            return DataSet(self.cluster.url(name), ids, size)
        file = self.folder / f"sqlite-{size}.db"
        if not (file.exists() and ids.exists()):
            for stale in self.folder.glob(f"{file.name}*"):
                stale.unlink()
            self.load(f"sqlite://{file}", size, ids)
        return DataSet(f"sqlite://{file}", ids, size)

    def load(self, url, size, ids):
        tell(f"loading {size} hazards into {url}")
        # The ids are written last: where they are, the data set is whole.
        call([self.loader, "--hazards", size, "--until", UNTIL, "--ids", ids, url], loud=True)
        if len(ids.read_text().split()) < min(size, 20_000):
            raise Failure(f"{ids} holds too few ids")
