"""Become another program that ends with its parent; runs as a script, so it must import nothing of Headrace.

Usage: child.py <signal> <parent pid> <uid or -> <gid or -> <program> [argument ...]

The order matters: Linux clears the parent-death signal when the user changes.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # Source: linux/prctl.h


def main(arguments: list[str]) -> None:
    """Change the user, tie this process's life to its parent's, and execute the program."""
    death_signal, parent_pid, uid, gid, *command = arguments
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != int(parent_pid):  # it died before the line above
            sys.exit(1)
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
