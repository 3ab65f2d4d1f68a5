"""The agent's side of the cloud: event log, link, the user's HTTP client."""
