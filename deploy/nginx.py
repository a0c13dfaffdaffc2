"""The nginx configuration for N processes: ``python -m deploy.nginx --host lossviz.example.org > lossviz.conf``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

_TEMPLATE = Path(__file__).with_name("nginx.conf.template")
_ELSEWHERE = """\
    location / {
        return 404;
    }
    location = / {
        return 302 %s/;
    }
"""
_NONE = """\
        default_type text/plain;
        add_header Retry-After 5 always;
        return 503 "The app starts again just now; reload the page in a few seconds.\\n";"""


class _Placeholders(Template):
    """``%{name}``, because ``$name`` is nginx's own."""

    delimiter = "%"


@dataclass(frozen=True)
class Site:
    """What the configuration depends on.

    `processes` are the addresses of the app's processes, `http` and `https` what nginx listens to, `inner` a free
    port of this machine, `megabytes` the largest upload.
    """

    host: str
    processes: Sequence[str]
    base: str = ""
    http: Sequence[str] = ("80",)
    https: Sequence[str] = ("443",)
    inner: int = 8500
    certificate: str = ""
    key: str = ""
    cache: str = "/var/cache"
    logs: str = "/var/log/nginx"
    megabytes: int = 200

    def configuration(self) -> str:
        """The text for nginx's http block."""
        base = "".join(f"/{part}" for part in self.base.split("/") if part)
        port = self.https[0].rpartition(":")[2]
        letsencrypt = f"/etc/letsencrypt/live/{self.host}"
        numbered = list(enumerate(self.processes, 1))
        said = {
            "base": base,
            "none": _NONE,
            "elsewhere": _ELSEWHERE % base if base else "",
            "http": _lines(f"listen {address};" for address in self.http),
            "https": _lines(f"listen {address} ssl http2;" for address in self.https),
            "port": "" if port == "443" else f":{port}",
            "certificate": self.certificate or f"{letsencrypt}/fullchain.pem",
            "key": self.key or f"{letsencrypt}/privkey.pem",
            "upload": self.megabytes + 1,  # a form is a little larger than its file
            "servers": _lines(f"server {address} max_fails=0;" for address in self.processes),
            "processes": _lines(rf'"~^{number}\." {address};' for number, address in numbered),
            "answered": _lines(f'"~{re.escape(address)}$" {number};' for number, address in numbered),
        }
        return _Placeholders(_TEMPLATE.read_text(encoding="utf-8")).substitute(vars(self) | said)


def _lines(directives: Iterable[str]) -> str:
    return "\n".join(f"    {directive}" for directive in directives)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the configuration that the arguments describe."""
    parser = argparse.ArgumentParser(prog="python -m deploy.nginx", description="The nginx configuration for lossviz.")
    parser.add_argument("--host", required=True, help="the name of the site, such as lossviz.example.org")
    parser.add_argument("--processes", type=int, default=2, help="how many, at ports 8501, 8502, ...; by default 2")
    parser.add_argument("--address", action="append", help="a process by its IP address and port; once for each")
    parser.add_argument("--base-path", default="", help="what BASE_PATH says, such as /course/lossviz")
    parser.add_argument("--ipv6", action="store_true", help="listen to IPv6 too")
    parser.add_argument("--certificate", default="", help="by default that of Let's Encrypt for the host")
    parser.add_argument("--key", default="", help="of the certificate")
    parser.add_argument("--max-upload", type=int, default=200, help="MB, as UPLOAD_MB says")
    said = parser.parse_args(arguments)
    site = Site(
        host=said.host,
        processes=said.address or [f"127.0.0.1:{8501 + number}" for number in range(said.processes)],
        base=said.base_path,
        http=("80", "[::]:80") if said.ipv6 else ("80",),
        https=("443", "[::]:443") if said.ipv6 else ("443",),
        certificate=said.certificate,
        key=said.key,
        megabytes=said.max_upload,
    )
    print(site.configuration(), end="")


if __name__ == "__main__":
    main()
