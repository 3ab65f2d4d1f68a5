"""The strategy tester of the simulated terminal: a start file in, a report out."""
