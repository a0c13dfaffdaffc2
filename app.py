"""The launcher: ``python app.py`` (settings from the environment) or ``streamlit run app.py``."""

from pathlib import Path

from ui.serving.answers import answers

if __name__ == "__main__":
    answers.start()  # it takes longest, so it comes first

if __name__ != "__mp_main__":  # the answering process runs this file too, and needs no server
    import streamlit as st

    from ui.serving.runtime import host
    from ui.serving.server import MIDDLEWARE, ROUTES, lifespan, sorry
    from ui.serving.settings import settings

    app = st.App(
        Path(__file__).parent / "ui" / "main.py",
        lifespan=lifespan,
        middleware=MIDDLEWARE,
        routes=ROUTES,
        on_script_error=sorry,
    )
    host.serve(app)

if __name__ == "__main__":
    app.run(config=settings())
