#!/usr/bin/env python3
"""Names what in one OpenAPI 3.1 document breaks a client that was written for another.

    tests/contract/breaking.py openapi/released/0.1.0.json openapi/openapi.json
    tests/contract/breaking.py --self-test

A client breaks when an operation, an answer or a member of an answer is gone, when something that it need not send
becomes required, when a request takes less than it took, or when a type changes. New codes in answers are no break:
the document tells clients to expect them. Exit code 1 when something breaks.
"""

import json
import sys

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


class Compared:
    def __init__(self, old, new):
        self.documents = old, new
        self.found = []
        self.seen = set()

    def name(self, where, what):
        self.found.append(f"{where}: {what}")

    def resolved(self, side, node):
        while isinstance(node, dict) and "$ref" in node:
            path = node["$ref"].removeprefix("#/").split("/")
            node = self.documents[side]
            for part in path:
                node = node[part.replace("~1", "/").replace("~0", "~")]
        return node if isinstance(node, dict) else {}

    def run(self):
        old, new = self.documents
        for path, item in old["paths"].items():
            for method in (method for method in METHODS if method in item):
                where = f"{method.upper()} {path}"
                other = new["paths"].get(path, {}).get(method)
                if other is None:
                    self.name(where, "the operation is gone")
                else:
                    self.operation(where, item[method], other)
        return self.found

    def operation(self, where, old, new):
        self.parameters(where, old, new)
        self.body(where, old, new)
        for status, answer in old.get("responses", {}).items():
            other = new.get("responses", {}).get(status)
            if other is None:
                self.name(where, f"the answer {status} is gone")
                continue
            before = self.resolved(0, answer).get("content", {})
            after = self.resolved(1, other).get("content", {})
            for media_type, content in before.items():
                if media_type not in after:
                    self.name(where, f"{status} is no longer answered as {media_type}")
                else:
                    place = f"{where} {status}"
                    self.schema(place, content.get("schema", {}), after[media_type].get("schema", {}), answer=True)

    def parameters(self, where, old, new):
        def named(side, operation):
            each = (self.resolved(side, one) for one in operation.get("parameters", []))
            return {(one["in"], one["name"]): one for one in each}

        before, after = named(0, old), named(1, new)
        for key, one in before.items():
            if key not in after:
                self.name(where, f"the {key[0]} parameter `{key[1]}` is gone")
            else:
                place = f"{where} ?{key[1]}"
                self.schema(place, one.get("schema", {}), after[key].get("schema", {}), answer=False)
        for key, one in after.items():
            if one.get("required") and not before.get(key, {}).get("required"):
                self.name(where, f"the {key[0]} parameter `{key[1]}` is required now")

    def body(self, where, old, new):
        before, after = self.resolved(0, old.get("requestBody", {})), self.resolved(1, new.get("requestBody", {}))
        if after.get("required") and not before.get("required"):
            self.name(where, "a body is required now")
        for media_type, content in before.get("content", {}).items():
            if media_type not in after.get("content", {}):
                self.name(where, f"a body of {media_type} is no longer taken")
            else:
                other = after["content"][media_type]
                self.schema(f"{where} body", content.get("schema", {}), other.get("schema", {}), answer=False)

    def schema(self, where, old, new, answer):
        key = json.dumps([old, new, answer], sort_keys=True)
        if key in self.seen:
            return
        self.seen.add(key)
        old, new = self.resolved(0, old), self.resolved(1, new)
        before, after = kinds(old), kinds(new)
        if before and after and (after - before if answer else before - after):
            self.name(where, f"the type was {sorted(before)} and is {sorted(after)}")
        if not answer and "enum" in new:
            for value in old.get("enum", ["anything"]):
                if value not in new["enum"]:
                    self.name(where, f"{json.dumps(value, ensure_ascii=False)} is no longer taken")
        members, others = old.get("properties", {}), new.get("properties", {})
        for name, member in members.items():
            if name in others:
                self.schema(f"{where}/{name}", member, others[name], answer)
            else:
                self.name(where, f"the member `{name}` is gone")
        required, now = set(old.get("required", [])), set(new.get("required", []))
        for name in sorted(required - now if answer else now - required):
            self.name(where, f"the member `{name}` {'may be absent' if answer else 'is required'} now")
        if "items" in old and "items" in new:
            self.schema(f"{where}/*", old["items"], new["items"], answer)
        for word in ("oneOf", "anyOf", "allOf"):
            for one, other in zip(old.get(word, []), new.get(word, [])):
                self.schema(where, one, other, answer)
            if len(old.get(word, [])) > len(new.get(word, [])) and not answer:
                self.name(where, f"an alternative of {word} is gone")


def kinds(schema):
    kind = schema.get("type", [])
    return set([kind] if isinstance(kind, str) else kind)


def document(change=None):
    base = {
        "paths": {
            "/things": {
                "post": {
                    "parameters": [{"in": "query", "name": "sort", "schema": {"type": "string", "enum": ["a", "b"]}}],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                    "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}},
                }
            }
        },
        "components": {
            "schemas": {
                "New": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "note": {"type": "string"}}},
                "Thing": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"type": "string"}, "state": {"type": "string", "enum": ["open"]}},
                },
            }
        },
    }
    if change:
        change(base, base["paths"]["/things"]["post"], base["components"]["schemas"])
    return base


def self_test():
    breaking = {
        "operation": lambda d, o, s: d["paths"]["/things"].pop("post"),
        "answer": lambda d, o, s: o["responses"].pop("201"),
        "media type": lambda d, o, s: o["responses"]["201"].update(content={"text/plain": {}}),
        "member of an answer": lambda d, o, s: s["Thing"]["properties"].pop("state"),
        "promise of a member": lambda d, o, s: s["Thing"].update(required=[]),
        "required member": lambda d, o, s: s["New"].update(required=["name", "note"]),
        "member of a body": lambda d, o, s: s["New"]["properties"].pop("note"),
        "type of an answer": lambda d, o, s: s["Thing"]["properties"].update(id={"type": ["string", "null"]}),
        "type of a body": lambda d, o, s: s["New"]["properties"].update(name={"type": "integer"}),
        "value of a parameter": lambda d, o, s: o["parameters"][0].update(schema={"type": "string", "enum": ["a"]}),
        "parameter": lambda d, o, s: o.update(parameters=[]),
        "required parameter": lambda d, o, s: o["parameters"].append({"in": "header", "name": "If-Match", "required": True}),
        "required body": lambda d, o, s: o["requestBody"].update(required=True),
    }
    harmless = {
        "nothing": lambda d, o, s: None,
        "new operation": lambda d, o, s: d["paths"].update({"/more": {"get": {"responses": {}}}}),
        "new member of an answer": lambda d, o, s: s["Thing"]["properties"].update(more={"type": "string"}),
        "new code in an answer": lambda d, o, s: s["Thing"]["properties"]["state"]["enum"].append("closed"),
        "new optional member": lambda d, o, s: s["New"]["properties"].update(more={"type": "string"}),
        "wider body": lambda d, o, s: s["New"]["properties"].update(note={"type": ["string", "null"]}),
        "new answer": lambda d, o, s: o["responses"].update({"503": {}}),
    }
    for name, change in breaking.items():
        assert Compared(document(), document(change)).run(), f"{name}: a break was not found"
    for name, change in harmless.items():
        found = Compared(document(), document(change)).run()
        assert not found, f"{name}: {found}"
    print(f"{len(breaking)} breaks found, {len(harmless)} harmless changes let through")


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2:
        sys.exit(__doc__)
    old, new = (json.load(open(name, encoding="utf-8")) for name in arguments)
    found = Compared(old, new).run()
    for one in found:
        print(one)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
