"""Whether this machine's process answers: ``python -m deploy.health``, with the environment of the process."""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection


def main() -> None:
    """End with 0 if the process at PORT, below BASE_PATH, says that it is well."""
    base = os.environ.get("BASE_PATH", "").strip("/")
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8501")), timeout=4)
    try:
        connection.request("GET", f"{base and '/' + base}/_stcore/health")
        answer = connection.getresponse()
        well = answer.status == 200
    except OSError as error:
        sys.exit(f"The process does not answer: {error}.")
    sys.exit(None if well else f"The process answers with {answer.status}.")


if __name__ == "__main__":
    main()
