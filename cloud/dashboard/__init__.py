"""The web dashboard: a static page on the public API."""
