"""Load tests and benchmarks. Each prints a ratio against a baseline of the same run: times alone mean little."""
