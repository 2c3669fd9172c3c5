"""Run one command and say what it cost: the process that stands in between.

The peak memory that the system reports of a process is never below that of the one
that started it. So the commands are started from here, a Python that has imported
next to nothing, and what needs less than it does reads as that, some 9 MiB.

    python -I -S child.py OUTPUT COMMAND...

Printed are the exit status, the wall time and the processor time in seconds, and the
peak memory in bytes: of the command and of all that it waited for.
"""

import os
import sys
import time


def main() -> None:
    """Run ``argv[2:]``; both its output streams go to the file ``argv[1]``."""
    output, *command = sys.argv[1:]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    unit = 1 if sys.platform == "darwin" else 1024
    code = os.waitstatus_to_exitcode(status)
    print(code, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


if __name__ == "__main__":
    main()
