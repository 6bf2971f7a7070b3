"""The demonstration bureau (演示局): one direct bureau and three branches in the week of 2011-11-23, made by the real engine."""

from jinzhi.supervision.declarations.demo.load import accounts, is_loaded, load

__all__ = ["accounts", "is_loaded", "load"]
