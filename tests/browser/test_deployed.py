"""Two processes behind nginx, below a base path, as `deploy/` sets them up."""

from __future__ import annotations

import gzip
import http.client
import shutil
import ssl
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import expect

from deploy.nginx import Site
from tests.browser.conftest import Opened, curve, drawn, settled, understood
from tests.browser.server import Server, free_port
from tests.deploy.nginx import Proxy, certificate, nginx
from ui.serving.assets import PREFIX

BASE = "/course/lossviz"

pytestmark = [
    pytest.mark.skipif(not nginx(), reason="there is no nginx; `python -m tests.deploy.nginx` gets one on Debian"),
    pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl to make a certificate"),
]


@dataclass
class Deployed:
    """The processes by the number that the cookie has for them, and the port of nginx."""

    processes: dict[str, Server]
    port: int

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}{BASE}"

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        """Answer and content, as a client without a memory gets them."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("localhost", self.port, context=trusting, timeout=60)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("deployed")
    with ThreadPoolExecutor(2) as both:
        servers = list(both.map(lambda name: Server(folder / name, base=BASE), ("one", "two")))
    port, plain = free_port(), free_port()
    site = Site(
        host="localhost",
        processes=[f"127.0.0.1:{server.port}" for server in servers],
        base=BASE,
        http=[f"127.0.0.1:{plain}"],
        https=[f"127.0.0.1:{port}"],
        inner=free_port(),
        cache=str(folder),
        logs=str(folder),
        **certificate(folder),
    )
    proxy = Proxy(folder, site.configuration())
    yield Deployed(dict(zip("12", servers, strict=True)), port)
    proxy.stop()
    for server in servers:
        server.stop()
        assert "Traceback" not in server.text(), server.text()
    assert "emerg" not in proxy.text(), proxy.text()


@contextmanager
def begun_anew(port: int, other: Server) -> Iterator[None]:
    """A server at `port` that has the files of `other` and knows no session."""

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with urllib.request.urlopen(f"http://127.0.0.1:{other.port}{self.path}") as answer:
                content = answer.read()
            self.send_response(200)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", port), Files) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def test_what_nginx_answers(deployed: Deployed) -> None:
    question = f"{BASE}/api/v1/curves?loss=focal&focal.gamma=1.25"
    first, curves = deployed.ask(question)
    again, kept = deployed.ask(question)
    packed, zipped = deployed.ask(question, Accept_Encoding="br, gzip")
    assert (first.headers["X-Cache"], again.headers["X-Cache"], packed.headers["X-Cache"]) == ("MISS", "HIT", "MISS")
    assert curves == kept == gzip.decompress(zipped)
    assert "Set-Cookie" not in again.headers
    assert again.headers["Cache-Control"] == "public, max-age=3600"

    script, content = deployed.ask(f"{BASE}/{PREFIX}/wire.js?anything", Accept_Encoding="gzip")
    assert b"export" in gzip.decompress(content)
    assert "immutable" in script.headers["Cache-Control"]
    assert deployed.ask(f"{BASE}/{PREFIX}/wire.js", Accept_Encoding="gzip")[0].headers["X-Cache"] == "HIT"

    page, _ = deployed.ask(f"{BASE}/weights?labels={'x' * 20_000}")
    assert page.status == 200
    assert len(str(page.headers)) < 3000
    assert f"<{BASE}/{PREFIX}/wire.js>; rel=modulepreload" in page.headers["Link"]
    assert page.headers["Strict-Transport-Security"]
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    for _ in range(3):  # who has a process keeps it
        assert "Set-Cookie" not in deployed.ask(f"{BASE}/weights", Cookie=cookie)[0].headers

    assert deployed.ask(f"{BASE}/_stcore/health")[1] == b"ok"
    for path in ("/_stcore/metrics", "/_stcore/script-health-check", "/metrics", "/ready", "/_stcore/agent/mcp"):
        assert deployed.ask(BASE + path)[0].status == 404
    assert deployed.ask("/elsewhere")[0].status == 404
    assert deployed.ask(BASE)[0].headers["Location"] == f"{BASE}/"
    large, sentence = deployed.ask(f"{BASE}/weights", "PUT", Content_Length=str(10**9))
    assert large.status == 413
    assert b"up to 200 MB" in sentence


def test_a_page_goes_on_when_its_process_dies(deployed: Deployed, visit: Opened, tmp_path: Path) -> None:
    page = visit("/", url=deployed.url, may_lose=True)
    page.get_by_role("link", name="Loss curves").first.click()
    drawn(page)
    slider = page.locator('[id="lv-focal.gamma"]')
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(f"{deployed.url}/loss_curves?focal.gamma=2.05")
    settled(page)
    before = curve(page, "Focal, target 1")
    page.go_back()
    expect(page.locator("h1")).to_have_text("lossviz")
    page.go_forward()
    expect(page.locator("h1")).to_have_text("Loss curves")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_label("Link to this screen")).to_have_value(f"{deployed.url}/loss_curves?focal.gamma=2.05")

    def process() -> str:
        return next(str(each["value"])[0] for each in page.context.cookies() if each["name"] == "lossviz")

    first = process()
    with page.expect_websocket():
        deployed.processes[first].process.kill()
    deployed.processes[first].process.wait()
    settled(page)
    assert process() != first
    assert curve(page, "Focal, target 1") == before
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(f"{deployed.url}/loss_curves?focal.gamma=2.1")
    assert curve(page, "Focal, target 1") != before

    with begun_anew(deployed.processes[first].port, deployed.processes[process()]):
        page.get_by_role("link", name="Labels").first.click()
        page.get_by_text("a file", exact=True).click()
        settled(page)
        file = tmp_path / "animals.csv"
        file.write_text("label\n" + "cat\n" * 30 + "dog\n" * 20, encoding="utf-8")
        page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
        expect(understood(page)).to_be_visible()
        assert process() != first


def test_without_a_process_visitors_read_why(deployed: Deployed) -> None:
    kept = f"{BASE}/api/v1/curves?loss=focal&focal.gamma=1.75"
    assert deployed.ask(kept)[0].status == 200
    for server in deployed.processes.values():
        server.process.kill()
        server.process.wait()
    for path in ("/weights", "/_stcore/health", "/api/v1/curves?loss=focal&focal.gamma=1.8"):
        answer, sentence = deployed.ask(BASE + path)
        assert answer.status == 503
        assert sentence == b"The app starts again just now; reload the page in a few seconds.\n"
    assert deployed.ask(kept)[0].headers["X-Cache"] == "HIT"
