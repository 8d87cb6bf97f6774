"""The part of S3 that an object store's client needs for single files, over real HTTP; keeps everything in memory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

STORED_AT = "2026-01-02T03:04:05.000Z"


@dataclass
class PlayedS3:
    """`objects` by `/bucket/key`; all were stored at one time."""

    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[int, bytes] = field(default_factory=dict)
    url: str = ""

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes | None:
        """Return the body of an answer, None for a 404."""
        if method == "POST":
            return self._post(path, query, body)
        if method == "PUT":
            if "partNumber" in query:
                self.parts[int(query["partNumber"])] = body
            else:
                self.objects[path] = body
            return b""
        return self._list(path, query.get("prefix", "")) if "list-type" in query else self.objects.get(path)

    def _post(self, path: str, query: dict[str, str], body: bytes) -> bytes:
        if "delete" in query:
            keys = re.findall("<Key>(.*?)</Key>", body.decode())
            for key in keys:
                self.objects.pop(f"{path}/{key}", None)
            return b"<DeleteResult>" + b"".join(_xml("Deleted", Key=key) for key in keys) + b"</DeleteResult>"
        if "uploads" in query:
            self.parts.clear()
            return _xml("InitiateMultipartUploadResult", Bucket="b", Key="k", UploadId="1")
        self.objects[path] = b"".join(self.parts[number] for number in sorted(self.parts))
        return _xml("CompleteMultipartUploadResult", Bucket="b", Key="k", ETag="e")

    def _list(self, bucket: str, prefix: str) -> bytes:
        keys = [key.removeprefix(f"{bucket}/") for key in self.objects]
        found = b"".join(
            _xml("Contents", Key=key, LastModified=STORED_AT, ETag="e", Size=str(len(self.objects[f"{bucket}/{key}"])))
            for key in keys
            if key.startswith(prefix)
        )
        return b"<ListBucketResult><IsTruncated>false</IsTruncated>" + found + b"</ListBucketResult>"


def _xml(name: str, **fields: str) -> bytes:
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
    return f"<{name}>{inner}</{name}>".encode()


@contextmanager
def played_s3() -> Iterator[PlayedS3]:
    """Yield a store that listens at its `url`, until the block ends."""
    store = PlayedS3()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = store.answer(self.command, url.path, query, body)
            content = _xml("Error", Code="NoSuchKey") if found is None else found
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", '"e"')
            self.send_header("Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = respond  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        store.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield store
        server.shutdown()
        thread.join()
