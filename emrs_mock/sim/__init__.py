"""How things live in time. Pure: standard library only, no HTTP, no botocore, no member names of the API."""
