"""A Streamlit page with nothing but one line of text and one slider: what the app is held against."""

import streamlit as st

st.text(f"value {st.slider('value', 0, 1000, 500)}")
