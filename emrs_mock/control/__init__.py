"""What the test's author steers and sees. Imports `sim` and `_call`, never `operations` or `wire`."""
