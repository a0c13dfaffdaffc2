"""The app as a fresh process shows it first, to every session: a page draws its placeholder, then waits for torch."""

import os

from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.serving import loading, warm_up

_loaded, _warm_up = loading.loaded, warm_up.warm_up
_waited: set[str] = set()


def _session() -> str:
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def loaded() -> bool:
    return _loaded() and (not _session() or _session() in _waited)


def wait(*, patiently: bool = False) -> None:
    _warm_up(patiently=patiently)
    _waited.add(_session())


loading.loaded, warm_up.warm_up = loaded, wait  # before anything else of the app takes them from there

from app import app  # noqa: E402

if __name__ == "__main__":
    app.run(config={"server.port": int(os.environ["PORT"]), "server.headless": True})
