"""How commands end: the numbers that docs/cli.md promises to scripts. Settings that are refused end with 78."""

COMPLETED_CODE, NOT_COMPLETED_CODE, USAGE, UNREACHABLE, TIMED_OUT = range(5)
INTERRUPTED_CODE, CLOSED_PIPE_CODE = 130, 141
