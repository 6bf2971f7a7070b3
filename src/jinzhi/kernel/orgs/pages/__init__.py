"""The pages of this package: the first administrator, people and organisations, keys, one's own settings."""
