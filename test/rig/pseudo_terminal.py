"""Runs a command at a terminal of its own and types: pseudo_terminal.py [[prompt, keys], ...] COMMAND ...

Each pair's keys are typed once its prompt has appeared. Prints what the terminal showed; ends with the command's code.
"""

import json
import os
import pty
import sys

pairs, command = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    if os.environ.get("STDIN_IS_ELSEWHERE"):
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.execv(command[0], command)

shown = b""
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side is closed
        break
    if not data:
        break
    shown += data
    if pairs and pairs[0][0].encode() in shown:
        os.write(terminal, pairs.pop(0)[1].encode())

sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
