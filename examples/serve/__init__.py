"""A verified graph behind a LangGraph server."""
