"""Which nginx the tests run, and how. Run as a program it gets one if there is none, for these tests alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OWN = Path(sys.prefix) / "nginx"
"""Debian's package, unpacked here: installed as it means to be, nginx would start on this machine's port 80."""

MAIN = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections {connections}; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def nginx() -> str | None:
    """The path of an nginx on this machine, or None."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/opt/homebrew/bin", str(OWN / "usr" / "sbin")]
    return shutil.which("nginx", path=os.pathsep.join(places))


def get() -> str | None:
    """An nginx: this machine's, else Debian's, unpacked beside this interpreter."""
    if not nginx() and shutil.which("apt-get") and shutil.which("dpkg"):
        OWN.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "download", "-qq", "nginx"], cwd=OWN, check=False)
        for package in OWN.glob("nginx_*.deb"):
            subprocess.run(["dpkg", "-x", package, OWN], check=False)
    return nginx()


class Proxy:
    """nginx with the configuration of a site, as `deploy.nginx` writes it."""

    def __init__(self, folder: Path, configuration: str, connections: int = 256) -> None:
        found = nginx()
        assert found
        main = folder / "nginx.conf"
        (folder / "site.conf").write_text(configuration, encoding="utf-8")
        user = "user root;\n" if os.geteuid() == 0 else ""  # who else could read the folder of a test
        main.write_text(user + MAIN.format(folder=folder, connections=connections), encoding="utf-8")
        self.log = folder / "nginx.log"
        with self.log.open("w") as output:
            self.process = subprocess.Popen([found, "-p", folder, "-c", main], stdout=output, stderr=output)
        while not (folder / "pid").exists():  # written once it listens
            assert self.process.poll() is None, self.text()
            time.sleep(0.02)

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def certificate(folder: Path) -> dict[str, str]:
    """A certificate for localhost that nobody has signed, and its key."""
    paths = {"certificate": str(folder / "certificate.pem"), "key": str(folder / "key.pem")}
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"]
    files = ["-out", paths["certificate"], "-keyout", paths["key"]]
    subprocess.run(["openssl", "req", "-x509", "-nodes", *kind, *files], check=True, capture_output=True)
    return paths


if __name__ == "__main__":
    print("nginx:", get() or "there is none, so that its tests are skipped")
