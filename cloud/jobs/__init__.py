"""Jobs: the queue between the API and the agents."""
