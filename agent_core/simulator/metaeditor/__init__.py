"""The simulated MetaEditor: command line, compiler, log."""
