"""Jobs: everything the window or the cloud asks the agent to do runs through one executor."""
