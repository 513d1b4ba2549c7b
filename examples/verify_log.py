#!/usr/bin/env python3
"""Verifies a proof of the transparency log, with nothing but the standard library and the public key of the log.

    curl -H "Authorization: Bearer $TOKEN" "$BASE/v1/log/proof?hazard=370303-2026-000001" > proof.json
    examples/verify_log.py --key 'major-hazards/…+8a7f12c4+Ad…' proof.json

    curl "$BASE/v1/log/checkpoint" > monday.txt                 # kept since Monday
    curl "$BASE/v1/log/proof?from=100" > growth.json            # 100 is the size in monday.txt
    examples/verify_log.py --key '…' --kept monday.txt growth.json

The key is `note_key` of `/.well-known/jwks.json`; take it once, from where you trust it. Written after RFC 6962, RFC 8032 and
the C2SP formats `signed-note` and `checkpoint`, and not after the code of the service. Ends with 0 when all holds, with 1 and
a sentence when something does not.
"""

import argparse
import base64
import hashlib
import json
import sys

# --- Ed25519 (RFC 8032, section 5.1), slow and plain: verification only.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def with_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def point(encoded):
    number = int.from_bytes(encoded, "little")
    return with_x(number & (2**255 - 1), number >> 255)


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, base):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, base)
        base, scalar = add(base, base), scalar >> 1
    return result


def same(one, other):
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


BASE = with_x(4 * pow(5, P - 2, P) % P, 0)


def is_signed(key, text, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    public, first = point(key), point(signature[:32])
    second = int.from_bytes(signature[32:], "little")
    if public is None or first is None or second >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + text).digest()
    return same(times(second, BASE), add(first, times(int.from_bytes(digest, "little") % ORDER, public)))


# --- Signed notes and checkpoints.


class Wrong(Exception):
    """What does not hold."""


def read_key(text):
    name, identity, encoded = text.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if key[:1] != b"\x01" or len(key) != 33 or bytes.fromhex(identity) != expected:
        raise Wrong("the key is no Ed25519 key of a signed note")
    return name, expected, key[1:]


def read_checkpoint(note, key):
    """Size and root, once the signature of the key is verified."""
    name, identity, public = key
    text, separator, signatures = note.rpartition("\n\n")
    text += "\n"
    lines = text.split("\n")
    if not separator or len(lines) < 4 or lines[0] != name:
        raise Wrong("the checkpoint is none of this log")
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
        if dash == "\u2014" and signer == name and signature[:4] == identity:
            if not is_signed(public, text.encode(), signature[4:]):
                raise Wrong("the signature of the checkpoint is forged")
            return int(lines[1]), base64.b64decode(lines[2], validate=True)
    raise Wrong("the key has not signed the checkpoint")


# --- The tree (RFC 6962, section 2.1).


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_inclusion(entry, index, path, size, root):
    if not 0 <= index < size:
        raise Wrong(f"entry {index} is outside the log")
    at, last, value = index, size - 1, hashlib.sha256(b"\x00" + entry).digest()
    for beside in path:
        if last == 0:
            raise Wrong(f"the proof of entry {index} is too long")
        if at & 1 or at == last:
            value = node(beside, value)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            value = node(value, beside)
        at, last = at >> 1, last >> 1
    if last or value != root:
        raise Wrong(f"entry {index} is not in the log of this checkpoint")


def check_growth(path, old, old_root, new, new_root):
    if not 0 < old <= new:
        raise Wrong("the sizes are in no order")
    if old == new:
        if path or old_root != new_root:
            raise Wrong("two logs of one size differ")
        return
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    path = list(path)
    if not path and at:
        raise Wrong("the proof is too short")
    before = after = path.pop(0) if at else old_root
    for beside in path:
        if last == 0:
            raise Wrong("the proof is too long")
        if at & 1 or at == last:
            before, after = node(beside, before), node(beside, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node(after, beside)
        at, last = at >> 1, last >> 1
    if last or before != old_root or after != new_root:
        raise Wrong("the newer log does not begin with the older: it was rewritten")


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verify(proof, key, kept):
    size, root = read_checkpoint(proof["checkpoint"], key)
    if "items" in proof:
        for item in proof["items"]:
            check_inclusion(decoded(item["entry"]), item["index"], map(decoded, item["path"]), size, root)
        return f"{len(proof['items'])} events are in the log of {size} entries"
    growth = proof["growth"]
    if kept is None:
        raise Wrong("growth is proven against a checkpoint that you kept; name it with --kept")
    old, old_root = read_checkpoint(kept, key)
    if (growth["from"], growth["to"]) != (old, size):
        raise Wrong(f"the proof is from {growth['from']} to {growth['to']}, the checkpoints from {old} to {size}")
    check_growth(map(decoded, growth["path"]), old, old_root, size, root)
    return f"the log of {size} entries begins with the one of {old} that was kept"


def main():
    parser = argparse.ArgumentParser(description="Verifies a proof of the transparency log.")
    parser.add_argument("--key", required=True, help="the public key, `note_key` of /.well-known/jwks.json")
    parser.add_argument("--kept", help="a checkpoint that you kept")
    parser.add_argument("proof", help="what GET /v1/log/proof answered")
    given = parser.parse_args()
    try:
        kept = None
        if given.kept:
            with open(given.kept, encoding="utf-8", newline="") as file:
                kept = file.read()
        with open(given.proof, encoding="utf-8") as file:
            print(verify(json.load(file), read_key(given.key), kept))
    except (Wrong, ValueError, KeyError, TypeError) as wrong:
        sys.exit(f"WRONG: {wrong}")


if __name__ == "__main__":
    main()
