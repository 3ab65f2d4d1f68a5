"""Sign-up, sign-in, tokens."""
