"""What pages share: everything that knows Streamlit or the web."""
