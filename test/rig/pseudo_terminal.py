"""Runs a command at a terminal of its own and types: pseudo_terminal.py [[prompt, keys], ...] COMMAND ...

Each pair's keys are typed once its prompt has appeared, and at once where it has none. Prints what the terminal showed; ends with the command's code.
With `live` instead of the pairs it prints as it goes, byte for byte, and takes a JSON object a line on standard input:
{"size": [rows, columns]}, {"keys": "..."} or {"hangUp": true}; the command begins with the first size.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios

live = sys.argv[1] == "live"
pairs, command = [] if live else json.loads(sys.argv[1]), sys.argv[2:]


def resize(terminal, size):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))


def obey(line, terminal):
    act = json.loads(line)
    if "size" in act:
        resize(terminal, act["size"])
    elif "hangUp" in act:
        os.close(terminal)
        raise EOFError
    else:
        os.write(terminal, act["keys"].encode())


size = json.loads(sys.stdin.buffer.raw.readline())["size"] if live else None
pid, terminal = pty.fork()
if pid == 0:
    if size:
        resize(0, size)
    if os.environ.get("STDIN_IS_ELSEWHERE"):
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.execv(command[0], command)

while pairs and pairs[0][0] == "":
    os.write(terminal, pairs.pop(0)[1].encode())
shown = b""
watched = [terminal, sys.stdin.buffer.raw] if live else [terminal]
while True:
    ready = select.select(watched, [], [])[0]
    if terminal not in ready:
        line = sys.stdin.buffer.raw.readline()
        try:
            obey(line, terminal) if line else watched.pop()
        except EOFError:
            break
        continue
    try:
        data = os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side is closed
        break
    if not data:
        break
    if live:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        shown += data
    if pairs and pairs[0][0].encode() in shown:
        os.write(terminal, pairs.pop(0)[1].encode())

sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.stdout.buffer.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
