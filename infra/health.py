"""Whether a room is ready, asked from outside: `python -m infra.health` is a container's check.

An HTTP process answers /readyz; a worker, which has no port, has made its ready file.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from pathlib import Path

ANSWER_S = 4.0


def http_reason(host: str, port: int) -> str | None:
    """Why the process on this port is not ready; None when it is."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        return f"it does not answer on port {port} ({error})"
    finally:
        connection.close()
    if response.status == http.client.OK:
        return None
    return f"/readyz answers {response.status}: {_detail(body)}"


def file_reason(ready_file: Path, *, partly: bool = False) -> str | None:
    """Why a worker is not ready; None when it is.

    A worker writes into the file which partitions it had to stop, a line each. With `partly` that
    is no reason: it works on the others.
    """
    try:
        stopped = ready_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "it has not taken its partitions yet"
    return stopped if stopped and not partly else None


def _detail(body: bytes) -> str:
    """The reason inside a problem+json answer, or the start of whatever it is."""
    text = body.decode("utf-8", "replace")
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return text[:200]


def main() -> int:
    """Check the process that the RXLOG_ variables describe."""
    ready_file = os.environ.get("RXLOG_READY_FILE")
    port = os.environ.get("RXLOG_PORT", "")
    if ready_file:
        reason = file_reason(Path(ready_file))
    elif port.isdigit():
        reason = http_reason("127.0.0.1", int(port))
    else:
        reason = "neither RXLOG_READY_FILE nor RXLOG_PORT is set"
    if reason is not None:
        print(reason, file=sys.stderr)
    return 0 if reason is None else 1


if __name__ == "__main__":
    sys.exit(main())
