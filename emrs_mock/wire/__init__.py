"""botocore's side: from a request to a `Call`, from its answer to a response; and the clients that we make ourselves.

The only package that knows botocore's insides, and it knows nothing of what an operation means. The service model of
the installed botocore is the only list of operations and members there is.
"""

from __future__ import annotations
