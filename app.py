"""The launcher: ``streamlit run app.py``."""

from pathlib import Path

import streamlit as st

from ui.api import ROUTES
from ui.server import MIDDLEWARE, lifespan, sorry

app = st.App(
    Path(__file__).parent / "ui" / "main.py",
    lifespan=lifespan,
    middleware=MIDDLEWARE,
    routes=ROUTES,
    on_script_error=sorry,
)

if __name__ == "__main__":
    app.run()
