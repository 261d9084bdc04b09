"""What each API operation means. Dicts in, dicts out, with AWS's member names; no HTTP, no botocore.

`dispatch` has the table of all operations, `preconditions` what the service refuses before it acts.
"""

from __future__ import annotations
