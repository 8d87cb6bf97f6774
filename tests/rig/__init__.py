"""The tests' rig: real servers and real processes, and the one function that checks every invariant."""
