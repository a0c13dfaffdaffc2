"""The launcher: ``python app.py`` (PORT and HEADLESS from the environment) or ``streamlit run app.py``."""

import os
import sys
from pathlib import Path

from ui.serving.answers import answers

answers.start()  # before Streamlit is imported: what this process imports takes longer

# With plotly at hand, Streamlit sets its theme up as it is imported; ui.shared.charts does so with the first chart.
late = "plotly" not in sys.modules
if late:
    sys.modules["plotly"] = None  # type: ignore[assignment]

import streamlit as st  # noqa: E402

if late:
    del sys.modules["plotly"]

from ui.serving.api import ROUTES  # noqa: E402
from ui.serving.server import MIDDLEWARE, lifespan, sorry  # noqa: E402

app = st.App(
    Path(__file__).parent / "ui" / "main.py",
    lifespan=lifespan,
    middleware=MIDDLEWARE,
    routes=ROUTES,
    on_script_error=sorry,
)

if __name__ == "__main__":
    settings = {"server.port": int(os.environ.get("PORT", "8501"))}
    if "HEADLESS" in os.environ:
        settings["server.headless"] = os.environ["HEADLESS"] not in ("", "0", "false")
    app.run(config=settings)
