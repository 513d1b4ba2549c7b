"""Evidence that is kept in a bucket: sent at once and in pieces, read whole and in part. Called by `s3`."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import boto3

program, address, endpoint = sys.argv[1:]
token = subprocess.run(
    [program, "token", "--role", "inspector", "--level", "street"], capture_output=True, check=True, text=True
).stdout.strip()


def call(method, path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(address + path, body, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def file(size):
    return b"%PDF-1.7\n" + os.urandom(size - 9)


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: {found!r} and not {wanted!r}")


def names():
    listed = boto3.client("s3", endpoint_url=endpoint).list_objects_v2(Bucket="evidence")
    return sorted(one["Key"] for one in listed.get("Contents", []))


def place(content):
    name = hashlib.sha256(content).hexdigest()
    return f"zhangdian/{name[:2]}/{name[2:]}"


def read(attachment, content):
    status, _, body = call("GET", f"/v1/attachments/{attachment}")
    expect("read", (status, body == content), (200, True))
    status, _, body = call("GET", f"/v1/attachments/{attachment}", range="bytes=100-199")
    expect("read in part", (status, body), (206, content[100:200]))


kept = []
# Less than one part of S3, and more than two.
for size in [50_000, 12_000_000]:
    content = file(size)
    for _ in range(2):
        status, _, body = call("POST", "/v1/attachments", content, content_type="application/pdf")
        expect("stored", status, 201)
        read(json.loads(body)["id"], content)
    kept.append(place(content))
expect("kept once", names(), sorted(kept))

status, _, _ = call("POST", "/v1/attachments", b"no PDF", content_type="application/pdf")
expect("refused", (status, names()), (415, sorted(kept)))

content = file(7_000_000)
kind = base64.b64encode(b"application/pdf").decode()
tus = {"tus_resumable": "1.0.0"}
status, headers, _ = call(
    "POST", "/v1/uploads", b"", upload_length=str(len(content)), upload_metadata=f"filetype {kind}", **tus
)
expect("begun", status, 201)
path = headers["location"]
offset = 0
while offset < len(content):
    status, headers, _ = call(
        "PATCH",
        path,
        content[offset : offset + 3_000_000],
        upload_offset=str(offset),
        content_type="application/offset+octet-stream",
        **tus,
    )
    expect("continued", status, 204)
    offset = int(headers["upload-offset"])
read(headers["upload-attachment"], content)
kept.append(place(content))
expect("the parts are gone", names(), sorted(kept))
print(f"{len(kept)} files kept once in a bucket, {sum((50_000, 12_000_000, 7_000_000)):,} bytes")
