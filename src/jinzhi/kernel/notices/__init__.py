"""Notices: what people are told of, derived from the log."""
