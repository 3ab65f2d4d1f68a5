"""Local stand-ins for hosted services; imported by the local entry point and tests alone."""
