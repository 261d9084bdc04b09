"""Runs a nightly Spark job on EMR Serverless, and leaves nothing behind that costs money."""
