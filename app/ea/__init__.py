"""The EAs page: library, editor, generation, pipeline."""
