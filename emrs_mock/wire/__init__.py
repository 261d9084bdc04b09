"""The interface to botocore: requests become a `Call`, replies become responses; and the clients that we create.

Only this room uses the internals of botocore. What an operation means does not belong here. The service model of the
installed botocore is the only list of operations and members.
"""

from __future__ import annotations
