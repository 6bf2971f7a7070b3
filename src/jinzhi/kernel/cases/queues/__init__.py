"""Lists of duties and cases: what they are filtered by, how they are read, how they are kept. Start with ``conditions.py``, then ``plan.py``."""
