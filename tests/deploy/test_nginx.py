"""The configuration that an operator gets."""

from __future__ import annotations

import pytest

from deploy.nginx import main


def test_arguments_say_processes_names_and_paths(capsys: pytest.CaptureFixture[str]) -> None:
    main(
        ["--host", "lossviz.example.org", "--processes", "3", "--base-path", "course/", "--ipv6", "--max-upload", "50"]
    )
    text = capsys.readouterr().out
    for number, port in enumerate((8501, 8502, 8503), 1):
        assert f"server 127.0.0.1:{port} " in text
        assert rf'"~^{number}\." 127.0.0.1:{port};' in text
        assert rf'"~127\.0\.0\.1:{port}$" {number};' in text
    assert "listen [::]:443 ssl http2;" in text
    assert "ssl_certificate /etc/letsencrypt/live/lossviz.example.org/fullchain.pem;" in text
    assert "return 301 https://lossviz.example.org$request_uri;" in text
    assert "location /course/api/ {" in text
    assert "client_max_body_size 51m;" in text
    assert "%{" not in text


def test_without_a_base_path_the_app_has_the_whole_site(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--host", "lossviz.example.org", "--address", "10.87.0.11:8501", "--address", "10.87.0.12:8501"])
    text = capsys.readouterr().out
    assert text.count("location / {") == 3  # the app, the way from http, and what compresses
    assert r'"~10\.87\.0\.12:8501$" 2;' in text
