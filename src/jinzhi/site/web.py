"""What granian's workers load under ``./jinzhi up``: the WSGI application, in a process that ends with its parent.

granian tells its workers to stop when it is asked to end; killed outright it cannot, and they would keep the port and answer
for a platform that is gone.
"""

from jinzhi.site.processes import die_with_parent
from jinzhi.site.wsgi import application

die_with_parent()

__all__ = ["application"]
