"""The tests of engines. All but those of `test_real_spark` run a small script instead of Spark."""
