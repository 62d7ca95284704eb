"""A load client that costs little: plain sockets in processes of their own."""

import hashlib
import hmac
import json
import multiprocessing
import socket
import time
from urllib.parse import urlsplit


def get(url):
    """Return the bytes of a GET request."""
    parts = urlsplit(url)
    head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    return head.encode()


def signed_post(url, body, secret):
    """Return the bytes of a webhook that Meta would send."""
    parts = urlsplit(url)
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Hub-Signature-256: sha256={digest}\r\n\r\n"
    )
    return head.encode() + body


def direct_messages(account_id, messages):
    """Return the body of one webhook with these (sender, mid, text, milliseconds)."""
    items = [
        {
            "sender": {"id": sender},
            "recipient": {"id": account_id},
            "timestamp": at,
            "message": {"mid": mid, "text": text},
        }
        for sender, mid, text, at in messages
    ]
    entry = {"id": account_id, "time": items[0]["timestamp"], "messaging": items}
    return json.dumps({"object": "instagram", "entry": [entry]}).encode()


def answered_at(url, request):
    """Send one request; return when its 200 was here, in seconds of the clock of the wall."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(request)
        answer = connection.recv(65536)
        moment = time.time()
    _check(answer)
    return moment


def run(url, requests, connections):
    """Send requests over so many connections at a time.

    Return (requests a second, sorted seconds of each). Raise AssertionError when one is refused.
    """
    parts = urlsplit(url)
    address = (parts.hostname, parts.port)
    shares = [requests[number::connections] for number in range(connections)]
    with multiprocessing.get_context("fork").Pool(connections) as pool:
        pool.map(time.sleep, [0.01] * connections)  # the processes are there before the clock runs
        start = time.perf_counter()
        times = pool.starmap(_send_all, [(address, share) for share in shares], chunksize=1)
        elapsed = time.perf_counter() - start
    return len(requests) / elapsed, sorted(seconds for share in times for seconds in share)


def _send_all(address, requests):
    return [_send(address, request) for request in requests]


def _send(address, request):
    start = time.perf_counter()
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    _check(answer)
    return time.perf_counter() - start


def _check(answer):
    status = answer.split(b"\r\n", 1)[0]
    if b" 200 " not in status + b" ":
        raise AssertionError(status.decode())


def percentile(times, share):
    """Return the time in milliseconds that this share of requests stayed below."""
    return 1000 * times[min(int(len(times) * share), len(times) - 1)]
