"""EA projects, versions, generation, compilation and artifacts."""
