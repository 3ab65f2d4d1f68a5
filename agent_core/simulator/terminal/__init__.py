"""The simulated terminal program: process, API server, charts, Expert Advisors, journals."""
