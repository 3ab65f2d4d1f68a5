"""Expert Advisors: library, MetaEditor, deployment, the bridge, start and stop."""
