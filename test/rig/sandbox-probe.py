"""What a hostile step finds; one line `name value` each. It opens files for writing and never writes them."""
import ctypes, errno, fcntl, os, socket, sys


def writable(path):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        return True
    except OSError:
        return False


def readable(path):
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return len(os.read(fd, 8)) > 0
        finally:
            os.close(fd)
    except OSError:
        return False


def connects(family, address, kind=socket.SOCK_STREAM):
    try:
        s = socket.socket(family, kind)
        s.settimeout(2)
        s.connect(address)
        return "open"
    except OSError as e:
        return errno.errorcode.get(e.errno, "timeout")


libc = ctypes.CDLL(None, use_errno=True)


def call(number, *args):
    ctypes.set_errno(0)
    result = libc.syscall(number, *[ctypes.c_long(a) for a in args])
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]


def say(name, value):
    print(name, value)


x64 = os.uname().machine == "x86_64"
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
say("capabilities", "".join({status[k].strip("0") for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}) or "none")
say("no-new-privileges", status["NoNewPrivs"])
say("seccomp", status["Seccomp"])
say("kernel-settings", sum(writable(os.path.join(d, f)) for d, _, files in os.walk("/proc/sys") for f in files))
say("proc-writable", sum(writable("/proc/" + n) for n in os.listdir("/proc") if not n.isdigit()))
say("proc-told", [n for n in ("kcore", "keys", "kallsyms", "cmdline", "timer_list", "interrupts") if readable("/proc/" + n)])
say("sys", os.path.exists("/sys"))
say("few-processes", len([n for n in os.listdir("/proc") if n.isdigit()]) < 8)
say("first-environment", len(open("/proc/1/environ").read()))
say("first-words", "setenv" in open("/proc/1/cmdline").read())
say("home", os.listdir(os.environ["HOME"]))
say("run", os.listdir("/run"))
say("etc-secrets", [n for n in ("shadow", "gshadow", "ssl/private", "machine-id", "npmrc") if os.path.lexists("/etc/" + n)])
say("descriptors", sorted(int(n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)))
say("interfaces", " ".join(sorted(n for _, n in socket.if_nameindex())))
say("ptrace", call(101 if x64 else 117, 16, 0))
say("keyctl", call(250 if x64 else 219, 0, -3, 0))
say("bpf", call(321 if x64 else 280, 0, 0, 0))
say("mount", call(165 if x64 else 40, 0, 0, 0, 0, 0))
say("setns", call(308 if x64 else 268, 0, 0))
say("unshare", call(272 if x64 else 97, 0x10000000))
say("clone3", call(435, 0, 0))
say("io_uring", call(425, 1, 0))
say("vsock", connects(40, (1, 1)))
for argument in sys.argv[1:]:
    kind, _, rest = argument.partition("=")
    if kind == "abstract":
        say("abstract", connects(socket.AF_UNIX, "\0" + rest))
    elif kind == "unix":
        say("unix", connects(socket.AF_UNIX, rest))
    elif kind == "tcp":
        host, _, port = rest.rpartition(":")
        say("tcp", connects(socket.AF_INET, (host, int(port))))
