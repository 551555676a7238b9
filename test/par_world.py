"""par_world.py -- what par_cases.py and par_runs.py have in common: a task to run, its parameter
file, a terminal.  The scripts are called with PRINT_PAR DEMO SOURCES [full].
SPDX-License-Identifier: BSD-3-Clause"""

import os
import pty
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PRINT_PAR, DEMO, SOURCES = (os.path.abspath(path) for path in sys.argv[1:4])
FULL = sys.argv[4:] == ["full"]
DEMO_PAR = (
    [
        'infile,f,a,"",,,"Input image"',
        'outfile,s,a,"",,,"Output image"',
        'sigma,r,h,2.5,0.,100.,"Kernel sigma"',
        'sigclip,r,h,3.,,,"Clipping"',
        'nit,i,h,3,1,10,"Iterations"',
        'verbose,b,h,no,,,"Say more?"',
        'method,s,h,"gauss","gauss|gaussian|tophat|median",,"Method"',
    ]
    + [f'k{i},s,hl,"",,,"Kept"' for i in range(8)]
    + ['mode,s,h,"ql",,,']
)
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)


def write(name, content):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())


def read(name):
    with open(name, "rb") as f:
        return f.read()


def package(replace=(), extra=()):
    """The demo's parameter file with some lines replaced."""
    lines = {line.split(",")[0]: line for line in DEMO_PAR}
    for line in replace:
        lines[line.split(",")[0]] = line
    write("package/demo.par", "\n".join([*lines.values(), *extra]) + "\n")


def environment(**variables):
    e = {
        k: v
        for k, v in os.environ.items()
        if k not in ("PFILES", "UPARM", "HEADASNOQUERY", "BANDCAST_PROMPT", "LC_ALL")
    }
    return {
        **e,
        "BANDCAST_PAR": "package",
        "BANDCAST_HELP": "help",
        "XDG_STATE_HOME": "/dev/null/state",
        **variables,
    }


def work():
    """Seconds of processor that programs have used since this test began: a busy machine does not
    count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Run:
    """What a command printed, and its exit status."""

    def __init__(self, *command, answers=None, **variables):
        done = subprocess.run(
            command,
            env=environment(**variables),
            input=answers,
            timeout=60,
            stdin=subprocess.DEVNULL if answers is None else None,
            capture_output=True,
        )
        self.status, self.out, self.said = (
            done.returncode,
            done.stdout.decode(),
            done.stderr.decode(),
        )
        self.values = dict(line.split("=", 1) for line in self.out.splitlines() if "=" in line)

    def __repr__(self):
        return f"status {self.status}, {self.out!r}, {self.said!r}"


def demo(*arguments, **variables):
    return Run(DEMO, *arguments, **variables)


def gives(arguments, **wanted):
    """The command line runs, with these values."""
    run = demo(*arguments)
    check(
        run.status == 0 and run.said == "" and all(run.values[k] == v for k, v in wanted.items()),
        f"demo {arguments} gives {wanted}: {run}",
    )


def refuses(arguments, *sentences, status=2):
    """The command line is refused with these sentences and no others."""
    run = demo(*arguments)
    check(
        run.status == status
        and run.out == ""
        and run.said.splitlines() == ["demo: " + s for s in sentences],
        f"demo {arguments} says {sentences}: {run}",
    )


def parameters(text, *options):
    """The parameters of a file, as lists of fields by name, and what was said of it."""
    write("x.par", text)
    run = Run(PRINT_PAR, *options, "x.par")
    fields = {line.split("\t")[0]: line.split("\t")[1:] for line in run.out.splitlines()}
    return fields, run.said, run.status


def takes(line, value, said=""):
    fields, heard, status = parameters(line)
    check(
        status == 0
        and fields.get("x", [""] * 3)[2] == value
        and said in heard
        and (said or not heard),
        f"{line!r} has the value {value!r}: {fields} {heard}",
    )


def faults(line, *sentences):
    fields, heard, status = parameters(line)
    check(
        status == 1 and "x" not in fields and all(s in heard for s in sentences),
        f"{line!r} is refused with {sentences}: {fields} {heard}",
    )


def terminal(arguments, answers, **variables):
    """Run demo on a terminal, each of ANSWERS typed when a question waits: its exit status, and
    what was shown."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(DEMO, ["demo", *arguments], environment(**variables))
    shown, asked, end = b"", 0, time.time() + 60
    answers = list(answers)
    while time.time() < end:
        ready = select.select([fd], [], [], 0.05)[0]
        if ready:
            try:
                part = os.read(fd, 4096)
            except OSError:
                break
            shown += part
            if not part:
                break
        elif answers and shown[asked:].endswith(b": "):
            os.write(fd, answers.pop(0))
            asked = len(shown)
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(fd)
    status = os.waitpid(pid, 0)[1]
    return (
        128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    ), shown.decode().replace("\r\n", "\n")


def values_of(name):
    """The values in a parameter file, read by this test's own eyes."""
    found = {}
    for line in read(name).decode().splitlines():
        fields = line.split(",")
        found[fields[0]] = fields[3].strip('"')
    return found


def run_cases(cases):
    """Each case in a folder of their own; the exit status."""
    folder = tempfile.mkdtemp(prefix="par_world.", dir=".")
    os.chdir(folder)
    package()
    wrong = 0
    for name, case in cases:
        failures.clear()
        try:
            case()
        except Exception as problem:  # a case that cannot go on is one that does not hold
            failures.append(f"{type(problem).__name__}: {problem}")
        wrong += bool(failures)
        print(f"case {name[5:]}: {'does not hold' if failures else 'holds'}")
        for failure in failures:
            print(f"    {failure}")
    os.chdir("..")
    shutil.rmtree(folder)
    return 1 if wrong else 0
