"""What the fuzzer must be told of media types that it does not know."""

import json

import schemathesis


@schemathesis.serializer("application/jsonl", "text/csv", "application/offset+octet-stream")
def as_it_is(ctx, value):
    """Bytes and text go as they are; anything else as one line of JSON."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "replace")
