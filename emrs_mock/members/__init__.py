"""AWS's members as types, generated from the service model of botocore: what a test gives, and what a record shows.

`python -m tests.typed.generate` writes its modules. Nothing in them has an effect when code runs.
"""
