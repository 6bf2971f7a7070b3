"""Benchmarks: each figure beside a floor in the same run, run by ``./jinzhi bench NAME``."""
