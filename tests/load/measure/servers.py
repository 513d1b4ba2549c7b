"""The service and its yardsticks, started over a data set."""

import json
import os
import urllib.request

from .processes import Process, call, free_port

SECRET = "only-for-measuring-on-this-machine-0123456789"


class Servers:
    """Starts them, each on a port of its own."""

    def __init__(self, folder, programs):
        self.folder = folder
        self.programs = programs

    def environment(self, data, port):
        return {
            "HAZARDS_BIND": f"127.0.0.1:{port}",
            "HAZARDS_DATABASE_URL": data.url,
            "HAZARDS_DATA_DIR": str(self.folder / "data"),
            "HAZARDS_JWT_SECRET": SECRET,
            "HAZARDS_JWT_ISSUER": "load",
            "HAZARDS_JWT_AUDIENCE": "load",
            "RUST_LOG": "warn",
        }

    def token(self, data):
        """An official of the whole city, who may read everything and remark on it."""
        arguments = "token --role regulator --role inspector --level municipal --areas 3703 --hours 24"
        environment = {**os.environ, **self.environment(data, 1)}
        return call([self.programs / "major-hazards", *arguments.split()], env=environment).strip()

    def service(self, data):
        port = free_port()
        command = [self.programs / "major-hazards"]
        return Process(command, port, self.folder / "service.log", self.environment(data, port))

    def one_by_one(self, data):
        port = free_port()
        command = [self.programs / "examples" / "one_by_one"]
        return Process(command, port, self.folder / "one_by_one.log", self.environment(data, port))

    def bare(self, url, token):
        port = free_port()
        command = [self.programs / "examples" / "bare", "--bind", f"127.0.0.1:{port}", "--token", token, url]
        return Process(command, port, self.folder / "bare.log")


def fetch(port, path, token):
    """The body of one answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def typical_hazard(port, data, token):
    """The path of a hazard whose answer is of middling length."""
    paths = [f"/v1/hazards/{id}" for id in data.ids.read_text().split()[:51]]
    lengths = sorted((len(fetch(port, path, token)), path) for path in paths)
    return lengths[len(lengths) // 2][1]


def typical_page(port, token):
    """The path of one page under three filters."""
    path = "/v1/hazards?limit=50&status=closed&area=370303&industry=C"
    page = json.loads(fetch(port, path, token))
    return path, len(page["items"])
