"""Any batch under any loss, and the well-known cases."""
