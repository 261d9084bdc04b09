"""The simulated service in time. Standard library only: no HTTP, no botocore, no member names of the API."""
