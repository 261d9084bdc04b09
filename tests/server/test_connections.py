"""HTTP as clients of all kinds speak it: kept alive, in chunks, in halves, and garbage."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest

from tests.engines.fakes import eventually
from tests.server.conftest import client_of

CREATE = json.dumps({"name": "etl", "type": "SPARK", "releaseLabel": "emr-7.2.0", "clientToken": "t"}).encode()


@pytest.fixture
def connection(url):
    """A connection of Python's own HTTP client."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    yield connection
    connection.close()


@pytest.fixture(autouse=True)
def _no_error_is_logged(caplog):
    """Whatever a client sends, the server's own log stays clean."""
    yield
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


def whole(connection):
    """Everything that comes until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(1000), b""))


def answered(connection):
    """Status and JSON of the answer."""
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_a_connection_is_kept_for_the_next_request(connection):
    """The same socket serves both."""
    connection.request("GET", "/applications")
    assert answered(connection) == (200, {"applications": []})
    sock = connection.sock
    connection.request("GET", "/applications")
    assert answered(connection) == (200, {"applications": []})
    assert connection.sock is sock


def test_a_body_in_chunks_is_read(connection):
    """Some SDKs do not say how long a body is."""
    parts = [CREATE[:10], CREATE[10:]]
    connection.request(
        "POST", "/applications", iter(parts), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )
    status, body = answered(connection)
    assert (status, body["name"]) == (200, "etl")


def test_a_client_that_waits_for_100_continue_gets_it(raw):
    """Java's SDK asks before it sends a body."""
    connection = raw()
    head = f"POST /applications HTTP/1.1\r\nHost: x\r\nContent-Length: {len(CREATE)}\r\nExpect: 100-continue\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(1000).startswith(b"HTTP/1.1 100")
    connection.sendall(CREATE)
    assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_an_http_1_0_client_is_answered_and_the_connection_closed(raw):
    """The end of the answer is the end of the connection."""
    connection = raw()
    connection.sendall(b"GET /applications HTTP/1.0\r\n\r\n")
    answer = whole(connection)
    assert answer.endswith(b'{"applications":[]}')


@pytest.mark.parametrize(("path", "status"), [("/applications", 404), ("/_emrs_mock/clock", 405)])
def test_a_request_for_the_head_gets_no_body(connection, path, status):
    """Neither API has it, but probes of health send it. The connection is kept for the next request."""
    connection.request("HEAD", path)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (status, b"")
    sock = connection.sock
    connection.request("GET", path)
    assert (answered(connection)[0], connection.sock) == (200, sock)


def test_garbage_is_refused_and_the_server_goes_on(raw, url):
    """What is no HTTP gets a 400, and its connection is closed."""
    connection = raw()
    connection.sendall(b"\x16\x03\x01 what is this\r\n\r\n")
    answer = whole(connection)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert client_of(url).list_applications()["applications"] == []


def test_a_request_that_never_ends_harms_no_other(raw, url):
    """Half a request waits; others are answered; leaving the server does not wait for it."""
    raw().sendall(b"POST /applications HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    raw().sendall(b"GET /applic")
    assert client_of(url).list_applications()["applications"] == []


def test_a_client_that_goes_away_in_the_middle_harms_no_other(raw, url):
    """The connection is forgotten."""
    connection = raw()
    connection.sendall(b"POST /applications HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    connection.close()
    assert client_of(url).list_applications()["applications"] == []


def test_five_hundred_idle_connections_harm_no_other(raw, url):
    """They cost a task each, no thread."""
    for _ in range(500):
        raw()
    assert client_of(url).list_applications()["applications"] == []


def test_a_body_of_ten_megabytes_is_read(connection):
    """It is refused for what is in it, not for its length."""
    connection.request("POST", "/applications", json.dumps({"name": "x" * 10_000_000}))
    status, body = answered(connection)
    assert (status, "Member must have length" in body["message"]) == (400, True)


def test_a_body_that_is_too_long_is_refused(connection, monkeypatch):
    """Memory is not for the client to fill."""
    monkeypatch.setattr("emrs_mock.server.connections.MOST_BYTES", 1000)
    connection.request("POST", "/applications", b"x" * 2000)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (413, b"The body has more than 1000 bytes")


def test_a_body_of_just_the_most_bytes_is_read(connection, monkeypatch):
    """The limit itself is allowed."""
    monkeypatch.setattr("emrs_mock.server.connections.MOST_BYTES", len(CREATE))
    connection.request("POST", "/applications", CREATE)
    assert answered(connection)[0] == 200


def test_a_client_that_sends_on_gets_the_refusal(raw, monkeypatch):
    """It reads when it has sent all: until then its body is read, or it would get a reset instead."""
    monkeypatch.setattr("emrs_mock.server.connections.MOST_BYTES", 1000)
    connection = raw()
    connection.sendall(b"POST /applications HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
    for _ in range(8):
        connection.sendall(b"x" * 1_000_000)
    assert whole(connection).startswith(b"HTTP/1.1 413")


def test_a_client_that_never_stops_sending_is_not_listened_to_for_ever(raw, monkeypatch):
    """It has its answer and the end of the answers; some time later the connection is closed."""
    monkeypatch.setattr("emrs_mock.server.connections._LONGEST_DISCARD", 0.01)
    connection = raw()
    connection.sendall(b"GARBAGE\r\n\r\n")
    assert whole(connection).startswith(b"HTTP/1.1 400")

    def is_closed():
        try:
            connection.sendall(b"x")
        except ConnectionError:
            return True
        return False

    eventually(is_closed, seconds=2)


def test_a_head_that_is_too_long_is_refused_with_its_own_status(raw):
    """431, as HTTP has it."""
    connection = raw()
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1_000_000)
    assert whole(connection).startswith(b"HTTP/1.1 431")


def test_a_fault_resets_the_connection(raw, emr):
    """RST, not the FIN of a server that has answered with nothing."""
    emr.fault("ListApplications").reset()
    connection = raw()
    connection.sendall(b"GET /applications HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        connection.recv(1000)


def test_a_body_that_is_too_long_in_small_chunks_is_refused(connection, monkeypatch):
    """All of them count."""
    monkeypatch.setattr("emrs_mock.server.connections.MOST_BYTES", 1000)
    connection.request("POST", "/applications", iter([b"x" * 100] * 20), encode_chunked=True)
    assert connection.getresponse().status == 413


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amz-sdk-request", "attempt=" + "9" * 5000),
        ("amz-sdk-request", "attempt=\u0661; max=x"),
        ("authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/<script>/emr-serverless/aws4_request"),
        ("authorization", f"AWS4-HMAC-SHA256 Credential={'a' * 5000}/20260101/{'b' * 5000}/x/y"),
    ],
    ids=["long attempt", "odd attempt", "odd region", "long key"],
)
def test_a_header_of_nonsense_is_ignored(connection, emr, name, value):
    """What a client says of itself is taken if it can be, and never breaks the mock."""
    connection.request("GET", "/applications", headers={name: value.encode("utf-8")})
    assert answered(connection) == (200, {"applications": []})
    assert (emr.calls[-1].attempt, emr.calls[-1].region) == (1, "us-east-1")
