"""The simulated service in time: records, states, workers. Standard library only; no HTTP, no botocore, no API names."""
