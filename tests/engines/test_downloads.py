"""How code of job runs is read from doubles of S3, seen from the side of the double."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.exceptions import ClientError

from emrs_mock.wire.doubles import object_reader


@pytest.fixture
def failing_double():
    """The URL of a server that answers with 500, and the requests that it got: paths and credentials."""
    asked = []

    class Failing(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Authorization"].partition("Credential=")[2].partition("/")[0]))
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def test_a_reader_of_objects_asks_a_double_once_and_directly(failing_double, monkeypatch):
    """No proxy and no credentials of the environment are used, nothing is tried again, the bucket is in the path."""
    url, asked = failing_double
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(ClientError, match="500"):
        object_reader(url).get_object(Bucket="code", Key="etl.py")
    assert asked == [("/code/etl.py", "emrs-mock")]
