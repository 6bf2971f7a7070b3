"""What granian's workers load under ``./jinzhi up``: the WSGI application, in a process that ends with its parent.

granian tells its workers to stop when it is asked to end; killed outright it cannot, and they would keep the port and answer
for a platform that is gone.
"""

import gc

from jinzhi.site.processes import die_with_parent
from jinzhi.site.wsgi import application

die_with_parent()
# A batch of a thousand cases makes and drops a million small objects: with the usual thresholds a quarter of its time went into
# looking for circles among them.
gc.freeze()
gc.set_threshold(100_000, 50, 100)

__all__ = ["application"]
