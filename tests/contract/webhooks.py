"""A receiver that believes the published libraries and nothing else. Called by `tests/contract/webhooks`."""

import json
import queue
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from cloudevents.http import from_http
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

PATIENCE = 20


class Receiver(BaseHTTPRequestHandler):
    """Takes every message and hands it over."""

    messages = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.messages.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def call(address, token, method, path, body=None, version=None):
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    if version is not None:
        headers["if-match"] = f'"{version}"'
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def believes(secret, headers, body):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def main():
    program, address = sys.argv[1:]

    def token(role, *more):
        command = [program, "token", "--role", role, *more]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    system, office = token("system"), token("office", "--level", "district")
    inspector = token("inspector", "--level", "street")
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    made = call(address, system, "POST", "/v1/subscriptions", {"url": url, "types": ["hazard.*"]})
    path, old = f"/v1/subscriptions/{made['id']}", made["secret"]

    unit = call(address, office, "POST", "/v1/enterprises", {
        "uscc": "91350100M000100Y43", "name": "示例机械制造有限公司", "industry": "C34", "area": "370303009001",
        "address": "科苑街道示例路1号", "principal": {"name": "张某", "phone": "13800000001"},
    })
    hazard = call(address, inspector, "POST", "/v1/hazards", {
        "source": "inspection", "enterprise": unit["id"], "title": "污水处理站有限空间未辨识",
        "description": "有限空间没有辨识。", "area": "370303009001", "address": "科苑街道示例路1号",
        "found_on": "2024-06-03",
    })
    headers, body = Receiver.messages.get(timeout=PATIENCE)
    assert believes(old, headers, body), "the signature of an event"
    event = from_http(headers, body)
    assert (event["specversion"], event["type"]) == ("1.0", "hazard.reported"), event
    assert event["subject"] == hazard["id"] and event.data["hazard"]["number"] == hazard["number"], event
    assert not believes(old, headers, body + b" "), "a changed body"

    new = call(address, system, "PATCH", path, {"rotate_secret": True}, made["version"])["secret"]
    call(address, system, "POST", path + "/test")
    headers, body = Receiver.messages.get(timeout=PATIENCE)
    assert believes(old, headers, body) and believes(new, headers, body), "both secrets while one is replaced"
    assert from_http(headers, body)["type"] == "ping"
    other = "whsec_" + "A" * 43 + "="
    assert not believes(other, headers, body), "a secret of somebody else"
    print("the published libraries accept what the service sends")


if __name__ == "__main__":
    main()
