"""botocore's side of the joint: from a request to a `Call` and from its answer to a response.

The only package that knows botocore's insides, and it knows nothing of what an operation means.
`attach` finds every EMR Serverless call of the process, `exchange` takes one to its answer, `codec`
turns the service model into functions. The model is the only list of operations and members there is.
"""

from __future__ import annotations

from emrs_mock.wire.checks import checked, problems_of

__all__ = ["checked", "problems_of"]
