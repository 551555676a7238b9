# par_cases.py -- what parameter files, command lines, prompts and learning must do, case by case.
#
#   par_cases.py PRINT_PAR DEMO SOURCES [full]
#
# The numbers are those of the list of cases of par.md (cases 64 to 69 and 71 to 75 are tested where
# bandpar, IRAF and image lists are).  "full" runs the two campaigns of cases 57 and 58 in full length.
# SPDX-License-Identifier: BSD-3-Clause
import glob
import os
import pty
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PRINT_PAR, DEMO, SOURCES = (os.path.abspath(path) for path in sys.argv[1:4])
FULL = sys.argv[4:] == ["full"]
DEMO_PAR = [
    'infile,f,a,"",,,"Input image"', 'outfile,s,a,"",,,"Output image"', 'sigma,r,h,2.5,0.,100.,"Kernel sigma"',
    'sigclip,r,h,3.,,,"Clipping"', 'nit,i,h,3,1,10,"Iterations"', 'verbose,b,h,no,,,"Say more?"',
    'method,s,h,"gauss","gauss|gaussian|tophat|median",,"Method"',
] + [f'k{i},s,hl,"",,,"Kept"' for i in range(8)] + ['mode,s,h,"ql",,,']
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)


# ---- running ---------------------------------------------------------------------------------------

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
    e = {k: v for k, v in os.environ.items()
         if k not in ("PFILES", "UPARM", "HEADASNOQUERY", "BANDCAST_PROMPT", "LC_ALL")}
    return {**e, "BANDCAST_PAR": "package", "BANDCAST_HELP": "help", "XDG_STATE_HOME": "/nowhere", **variables}


class Run:
    """What a command printed, and its exit status."""
    def __init__(self, *command, answers=None, **variables):
        done = subprocess.run(command, env=environment(**variables), input=answers, timeout=20,
                              stdin=subprocess.DEVNULL if answers is None else None, capture_output=True)
        self.status, self.out, self.said = done.returncode, done.stdout.decode(), done.stderr.decode()
        self.values = dict(line.split("=", 1) for line in self.out.splitlines() if "=" in line)

    def __repr__(self):
        return f"status {self.status}, {self.out!r}, {self.said!r}"


def demo(*arguments, **variables):
    return Run(DEMO, *arguments, **variables)


def gives(arguments, **wanted):
    """The command line runs, with these values."""
    run = demo(*arguments)
    check(run.status == 0 and run.said == "" and all(run.values[k] == v for k, v in wanted.items()),
          f"demo {arguments} gives {wanted}: {run}")


def refuses(arguments, *sentences, status=2):
    """The command line is refused with these sentences and no others."""
    run = demo(*arguments)
    check(run.status == status and run.out == "" and run.said.splitlines() == ["demo: " + s for s in sentences],
          f"demo {arguments} says {sentences}: {run}")


def parameters(text, *options):
    """The parameters of a file, as lists of fields by name, and what was said of it."""
    write("x.par", text)
    run = Run(PRINT_PAR, *options, "x.par")
    fields = {line.split("\t")[0]: line.split("\t")[1:] for line in run.out.splitlines()}
    return fields, run.said, run.status


def takes(line, value, said=""):
    fields, heard, status = parameters(line)
    check(status == 0 and fields.get("x", [""] * 3)[2] == value and said in heard and (said or not heard),
          f"{line!r} has the value {value!r}: {fields} {heard}")


def faults(line, *sentences):
    fields, heard, status = parameters(line)
    check(status == 1 and "x" not in fields and all(s in heard for s in sentences),
          f"{line!r} is refused with {sentences}: {fields} {heard}")


def terminal(arguments, answers, **variables):
    """Run demo on a terminal, each of ANSWERS typed when a question waits.  The exit status, what was shown."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(DEMO, ["demo", *arguments], environment(**variables))
    shown, asked, end = b"", 0, time.time() + 15
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
    return (128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)), \
        shown.decode().replace("\r\n", "\n")


# ---- reading ---------------------------------------------------------------------------------------

def case_1():
    fields, said, status = parameters('x,i,h,3,1,10,"n"')
    check(status == 0 and fields == {"x": ["i", "h", "3", "1", "10", "n"]}, f"{fields} {said}")


def case_2():
    faults("x,i,h,3.7", "x.par:1:7: x=3.7 is not a whole number")


def case_3():
    faults("x,i,h,1e3", "not a whole number")


def case_4():
    takes("x,i,h,0x1f", "31")
    takes("x,i,h,1fx", "31")
    takes("x,i,h,17b", "15")


def case_5():
    faults("x,i,h,3000000000", "not a whole number below 2147483648")
    takes("x,i,h,2147483647", "2147483647")


def case_6():
    takes("x,i,h,INDEF,1,10", "INDEF")
    takes("x,i,h,indef,1,10", "INDEF")


def case_7():
    for spelling in ("true", "t", "YES", "y"):
        takes(f"x,b,h,{spelling}", "yes")
        check(Run(PRINT_PAR, "-w", "x.par").out == "x,b,h,yes,,,\n", f"{spelling} is written as yes")


def case_8():
    faults("x,b,h,maybe", "x=maybe is not yes or no")


def case_9():
    takes("x,r,h,1.5d3", "1500")
    takes("x,r,h,-0:30:00", "-0.5")
    takes("x,r,h,12:30:45.5", format(12 + 30 / 60 + 45.5 / 3600, ".17g"))
    check(Run(PRINT_PAR, "-w", "x.par").out.startswith("x,r,h,12.512638"), "written as a decimal")


def case_10():
    faults("x,r,h,nan", "not a number")
    faults("x,r,h,inf", "not a number")


def case_11():
    for text in ("0.1234567890123456789", "1e-300", "3", "0.1", "-1.7976931348623157e308", "5e-324"):
        takes(f"x,r,h,{text}", format(float(text), ".17g"))
        write("y.par", Run(PRINT_PAR, "-w", "x.par").out)
        again = Run(PRINT_PAR, "y.par")
        check(float(again.out.split("\t")[3]) == float(text), f"{text} is the same when written: {again}")


def case_12():
    faults("x,r,h,5.,10.,1.", "the maximum 1. of x is below the minimum 10.")


def case_13():
    faults("x,r,h,5.,INDEF,1.", "above the maximum 1.")


def case_14():
    fields, said, status = parameters('x,s,h,"hello, world #1",,,"p"  # comment')
    check(status == 0 and said == "" and fields["x"] == ["s", "h", "hello, world #1", "", "", "p"], f"{fields} {said}")


def case_15():
    takes("x,s,h,a#b,,,p", "a#b", said="warning: x.par:1:8: ")


def case_16():
    takes("x,s,h,'it \"q\"',,,'p'", 'it "q"')
    takes('x,s,h,"it \\"q\\""', 'it "q"')


def case_17():
    takes('x,s,h,"doubled ""q"""', 'doubled "q"')


def case_18():
    fields, said, status = parameters('x,s,h,"abc\ny,i,h,4\n')
    check(status == 1 and said == "x.par:1:7: unterminated quote\n" and fields["y"][2] == "4", f"{fields} {said}")


def case_19():
    fields, said, status = parameters('x , s , h , "v" , , , "p"')
    check(status == 0 and fields["x"] == ["s", "h", "v", "", "", "p"], f"{fields} {said}")


def case_20():
    faults("x,s", "at least name,type,mode")
    fields, said, status = parameters('mode,s,h,"ql"')
    check(status == 0 and fields["mode"][2] == "ql", f"{fields} {said}")


def case_21():
    faults("x,s,h,v,,,p,8", "x.par:1:13: too many fields")


def case_22():
    fields, said, status = parameters("x,i,h,1\n\nx,i,h,2")
    check(status == 1 and said == "x.par:3: x stands in x.par:1 already\n" and fields["x"][2] == "1", f"{said}")


def case_23():
    package(['infile,f,a,"",,,"Frac 50% %s %n"'])
    status, shown = terminal([], [b"a\n", b"b\n"])
    check(status == 0 and shown.startswith("Frac 50% %s %n: "), f"{status} {shown}")


def case_24():
    lines = [f'p{i},s,h,"{i}",,,"p"' for i in range(10000)]
    lines[5000] = 'p5000,s,h,"' + "v" * 5000 + '",,,"p"'
    text = "\n".join(lines)
    write("x.par", text)
    begin = time.time()
    run = Run(PRINT_PAR, "x.par")
    took = time.time() - begin
    check(len(text) > 200000 and len(run.out.splitlines()) == 10000 and "v" * 5000 in run.out and took < 0.5,
          f"{took} s, {run.said}")


def case_25():
    for text in ('\ufeff\r\n  # c\r\nx,s,h,"\u00e9toile",,,"\u2605"\r\n\r\n', 'x,s,h,"\u00e9toile",,,"\u2605"'):
        fields, said, status = parameters(text)
        check(status == 0 and fields["x"][2] == "\u00e9toile" and fields["x"][5] == "\u2605", f"{fields} {said}")


def case_26():
    for name in ("g", "struct", "pset", "*s", "ai", "gcur"):
        faults(f"x,{name},h,v", f"x.par:1:3: type '{name}' is known in IRAF only")


def case_27():
    takes('x,s,h,gauss,"gauss|gaussian"', "gauss")


def case_28():
    takes('x,s,h,TOP,"gauss|gaussian|tophat"', "tophat")
    faults('x,s,h,g,"gauss|gaussian|tophat"', "ambiguous: gauss, gaussian")
    package()
    refuses(["a", "b", "method="], "method= is not one of gauss|gaussian|tophat|median (demo.par:7)")
    package(['method,s,h,"gauss","|gauss|tophat",,"Method"'])
    gives(["a", "b", "method="], method="")


def case_29():
    faults('x,i,h,4,"3|5|7"', "x=4 is not one of 3|5|7")
    takes('x,i,h,05,"3|5|7"', "5")
    faults('x,r,h,4,"3|5.0|7"', "x=4 is not one of")
    takes('x,r,h,5,"3|5.0|7"', "5")


def case_30():
    choices = [f"choice{i:02d}" for i in range(50)]
    for choice in choices:
        takes(f'x,s,h,{choice},"{"|".join(choices)}"', choice)


def case_31():
    write("package/bandcast.par", 'verbose,b,h,yes\nlevel,i,h,7\nmode,s,h,"ql"\n')
    write("package/other.par", 'n,i,h,)_.level\nword,s,h,"topp",,,"Word of another"\n')
    for reference, value in (")_.verbose", "1"), (")bandcast.verbose", "1"), ("no", "0"):
        package([f"verbose,b,h,{reference}"])
        gives(["a", "b"], verbose=value)
    package(["nit,i,h,)other.n", 'outfile,s,a,")other.word.p_prompt"', 'method,s,h,")bandcast.other.word"'])
    gives(["a"], nit="7", outfile="Word of another", method="topp")
    package(['method,s,h,"\\)_.verbose"', 'nit,i,h,)other.n,)_.level,")_.level"'])
    gives(["a", "b"], method=")_.verbose", nit="7")
    package(["nit,i,h,)_.nosuch"])
    run = demo("a", "b")
    check(run.status == 2 and "demo.par:5: )_.nosuch leads nowhere" in run.said, f"{run}")
    os.remove("package/bandcast.par")


def case_32():
    package(["sigma,r,h,)sigclip", "sigclip,r,h,)sigma"])
    run = demo("a", "b")
    check(run.status == 2 and "circular redirection sigma -> sigclip -> sigma" in run.said, f"{run}")
    package(["sigma,r,h,)demo.sigma"])
    run = demo("a", "b")
    check(run.status == 2 and "circular redirection sigma -> sigma" in run.said, f"{run}")
    write("package/other.par", 'n,i,h,)demo.nit\n')
    package(["nit,i,h,)other.n"])
    run = demo("a", "b")
    check(run.status == 2 and "circular redirection nit -> other.n -> nit" in run.said, f"{run}")


def case_33():
    package(['infile,fr,a,"nosuch",,,"Input image"'])
    refuses(["outfile=b"], "infile=nosuch: nosuch cannot be read (demo.par:1)")
    write("there", "")
    gives(["there[1]", "b"], infile="there[1]")
    package(['infile,fn,a,"",,,"Input image"', 'outfile,fe,a,"",,,"Output"'])
    refuses(["there", "gone"], "infile=there: there exists already (demo.par:1)",
            "outfile=gone: gone does not exist (demo.par:2)")


def case_34():
    """Random bytes, and good lines with random bytes in them; the fuzzers do this for longer."""
    chance = random.Random(34)
    letters = b'x,srb i"\'\\#|)=\n\r\t01.:-+edINDEF\x00\xff\xc3'
    for i in range(150):
        text = bytes(chance.choice(letters) for _ in range(chance.randrange(300)))
        begin = time.time()
        write("x.par", text)
        run = subprocess.run([PRINT_PAR, "x.par"], capture_output=True, timeout=5)
        check(run.returncode in (0, 1) and time.time() - begin < 1, f"{text!r}: {run.returncode}")


# ---- the command line ------------------------------------------------------------------------------

def case_35():
    package()
    gives(["a", "b"], infile="a", outfile="b", sigma="2.5", nit="3", verbose="0", method="gauss")
    refuses(["a", "b", "5"], "too many positional arguments: '5' (2 accepted)")


def case_36():
    gives(["a", "b", "sigm=5"], sigma="5")
    refuses(["a", "b", "sig=5"], "parameter 'sig' is ambiguous (sigma, sigclip)")


def case_37():
    refuses(["a", "b", "sgima=5"], "unknown parameter 'sgima' (did you mean sigma?)")
    refuses(["a", "b", "SIGMA=5"], "unknown parameter 'SIGMA' (did you mean sigma?)")


def case_38():
    gives(["a", "b", "sigma", "=", "5"], sigma="5")
    gives(["a", "b", "sigma=", "5"], sigma="5")
    gives(["a", "b", "sigma", "=5"], sigma="5")


def case_39():
    refuses(["a", "b", "sigma=5", "sigma=6"], "sigma is given twice")


def case_40():
    gives(["infile=a", "outfile=", "sigma=3"], outfile="", sigma="3")


def case_41():
    gives(["a b.fits", "outfile=x=y"], infile="a b.fits", outfile="x=y")
    refuses(["x=y", "b"], "unknown parameter 'x'", "outfile is missing (Output image)")
    gives(["./x=y", "b"], infile="./x=y")


def case_42():
    for argument, value in ("verbose+", "1"), ("verb-", "0"), ("verbose=t", "1"):
        gives(["a", "b", argument], verbose=value)


def case_43():
    refuses(["a", "b", "nit=11"], "nit=11 is above the maximum 10 (demo.par:5)")


def case_44():
    refuses(["a", "b", "nit=INDEF"], "nit=INDEF is not a whole number below 2147483648 (demo.par:5)")
    package(["nit,i,h,INDEF,1,10"])
    gives(["a", "b", "nit=INDEF"], nit=str(-2**31))
    gives(["a", "b", "nit=4"], nit="4")


def case_45():
    package()
    gives(["--", "-3", "b"], infile="-3")
    gives(["-3", "b"], infile="-3")
    gives(["a", "--", "sigma=5"], outfile="sigma=5")


def case_46():
    texts = {
        "par": 'infile,f,a,"in.fits",,,"Input"\noutfile,s,a,\'o "q".fits\'\nsigma,r,h,7\nverbose,b,h,yes\nmode,s,h,"ql"\n',
        "key": '# a run\ninfile = in.fits\noutfile=\'o "q".fits\'\n sigma = 7 \nverb = yes\n',
        "cl": 'demo.infile = "in.fits"\ndemo.outfile = "o \\"q\\".fits"\ndemo.sigma = 7.\ndemo.verbose = yes\n# EOF\n',
    }
    for name, text in texts.items():
        write(f"run.{name}", text)
        gives([f"@@run.{name}"], infile="in.fits", outfile='o "q".fits', sigma="7", verbose="1", nit="3")
        gives([f"@@run.{name}", "other", "sigma=1"], infile="other", sigma="1", verbose="1")
        gives(["sigma=1", f"@@run.{name}"], infile="in.fits", sigma="1", verbose="1")
    write("run.bad", "infile = a\nnosuch = 4\nother.sigma = 3\nnit = 99\nwhat is this\n")
    refuses(["@@run.bad", "outfile=b"], "run.bad:2: unknown parameter 'nosuch'",
            "run.bad:3: other.sigma is not a parameter of demo",
            "run.bad:5: neither name = value nor a line of a parameter file",
            "nit=99 is above the maximum 10 (run.bad:4)")
    refuses(["@@nosuch", "a", "b"], "the parameter file nosuch cannot be read: No such file or directory")
    write("run.dump", demo("a b", 'o"u\\t', "sigma=0.1", "--dump").out)
    gives(["@@run.dump"], infile="a b", outfile='o"u\\t', sigma=format(0.1, ".17g"))


def case_47():
    write("help/demo.hlp", ".help demo\n.ih\nPARAMETERS\n.ls sigma\nWidth of the kernel.\n.le\n.endhelp\n")
    shutil.rmtree("local", ignore_errors=True)
    for option in "--help", "--version", "--dump", "--check":
        run = demo("a", "b", option, PFILES="local;system")
        check(run.status == 0 and not os.path.exists("local"), f"{option}: {run}")
    run = demo("--dump")
    check(run.status == 0 and 'demo.infile = ""\n' in run.out and "demo.sigma = 2.5\n" in run.out
          and run.out.endswith("# EOF\n"), f"{run}")


def case_48():
    refuses(["--check", "a", "b", "nit=99", "sigma=x", "nosuch=1"], "unknown parameter 'nosuch'",
            "sigma=x is not a number (demo.par:3)", "nit=99 is above the maximum 10 (demo.par:5)")
    run = demo("--check", "a", "b")
    check(run.status == 0 and run.out == run.said == "", f"{run}")


def case_49():
    gives(["outfile=b", "a"], infile="a", outfile="b")


# ---- prompting -------------------------------------------------------------------------------------

def case_50():
    begin = time.time()
    refuses(["outfile=b"], "infile is missing (Input image)")
    check(time.time() - begin < 1, "at once")
    refuses([], "infile is missing (Input image)", "outfile is missing (Output image)")


def case_51():
    run = demo(answers=b"in\nout\n")
    check(run.status == 2 and "infile is missing" in run.said, f"{run}")
    run = demo(answers=b"in\nout\n", BANDCAST_PROMPT="stdin")
    check(run.status == 0 and run.values["infile"] == "in" and run.values["outfile"] == "out", f"{run}")
    run = demo(answers=b"in\n", BANDCAST_PROMPT="stdin")
    check(run.status == 2 and "outfile is missing" in run.said, f"{run}")
    run = demo(answers=b"", BANDCAST_PROMPT="stdin")
    check(run.status == 2, f"{run}")


def case_52():
    package(['sigma,r,q,2.5,0.,100.,"Kernel sigma"'])
    write("help/demo.hlp", ".help demo\n.ih\nPARAMETERS\n.ls sigma = 2.5 (0:100)\nWidth of the kernel.\n.le\n.endhelp\n")
    status, shown = terminal(["a", "b"], [b"999\n", b"?\n", b"\n"])
    lines = shown.splitlines()
    check(status == 0 and lines[0] == "Kernel sigma (0:100) [2.5]: 999"
          and lines[1] == "sigma=999 is above the maximum 100. (demo.par:3)"
          and lines[2] == "Kernel sigma (0:100) [2.5]: ?" and "Width of the kernel." in shown
          and shown.count("Kernel sigma (0:100) [2.5]: ") == 3 and "sigma=2.5\n" in shown, f"{status} {shown}")
    status, shown = terminal(["a", "b"], [b"7\n"])
    check(status == 0 and "sigma=7\n" in shown, f"{status} {shown}")
    status, shown = terminal(["a", "b"], [b"\x04"], PFILES="eof;")
    check(status == 2 and "sigma is missing" in shown and not os.path.exists("eof"), f"^D: {status} {shown}")
    status, shown = terminal(["a", "b"], [b"\x03"], PFILES="eof;")
    check(status == 130 and not os.path.exists("eof"), f"^C: {status} {shown}")
    status, shown = terminal(["a", "b"], [b"x\n"] * 100)
    check(status == 2 and shown.count("[2.5]: ") <= 10, f"not for ever: {status} {shown}")
    package(['method,s,q,"gauss","gauss|tophat",,"Method"'])
    status, shown = terminal(["a", "b"], [b"TOP\n"])
    check(status == 0 and "Method (gauss|tophat) [gauss]: " in shown and "method=tophat\n" in shown, f"{shown}")
    status, shown = terminal([], [b"\n", b'" sp "\n', b'""\n', b"\n"])
    check(status == 0 and "infile is needed" in shown and "infile= sp \n" in shown and "outfile=\n" in shown, shown)


def case_53():
    package()
    for arguments, variables in ((["mode=h"], {}), ([], {"HEADASNOQUERY": "1"})):
        run = Run("setsid", DEMO, "outfile=b", *arguments, **variables)
        check(run.status == 2 and "infile is missing" in run.said, f"{run}")
        status, shown = terminal(["outfile=b", *arguments], [], **variables)
        check(status == 2 and "infile is missing" in shown and "Input image: " not in shown, f"{shown}")
    if shutil.which("strace"):
        run = Run("strace", "-f", "-e", "trace=open,openat", DEMO, "a", "b", "mode=h")
        check(run.status == 0 and "/dev/tty" not in run.said, f"{run}")


def case_54():
    package(['sigma,r,q,2.5,0.,100.,"Kernel sigma"'])
    status, shown = terminal(["a", "b", "sigma=4"], [])
    check(status == 0 and "sigma=4\n" in shown and "Kernel" not in shown, f"{shown}")


# ---- learning and files ----------------------------------------------------------------------------

def values_of(name):
    """The values in a parameter file, read by this test's own eyes."""
    found = {}
    for line in read(name).decode().splitlines():
        fields = line.split(",")
        found[fields[0]] = fields[3].strip('"')
    return found


def case_55():
    package()
    shutil.rmtree("loc", ignore_errors=True)
    run = demo("a", "b", "sigma=5", "k1=one", PFILES="loc;sys")
    check(run.status == 0 and values_of("loc/demo.par") == {"infile": "a", "outfile": "b", "k1": "one", "mode": "ql"},
          f"{run} {values_of('loc/demo.par')}")
    run = demo("mode=h", PFILES="loc;sys")
    check(run.status == 0 and run.values["infile"] == "a" and run.values["k1"] == "one"
          and run.values["sigma"] == "2.5", f"{run}")
    check(os.listdir("loc") == ["demo.par"], f"{os.listdir('loc')}")
    before = os.stat("loc/demo.par")
    demo("a", "b", PFILES="loc;sys")
    check(os.stat("loc/demo.par").st_ino == before.st_ino, "what is known is not written again")
    run = demo(PFILES="loc;sys")
    check(run.status == 2 and "infile is missing (Input image; mode=h takes 'a' of loc/demo.par:1)" in run.said, f"{run}")
    status, shown = terminal([], [b"\n", b"c\n"], PFILES="loc;sys")
    check(status == 0 and "Input image [a]: " in shown and values_of("loc/demo.par")["outfile"] == "c", f"{shown}")
    demo("z", "z", "mode=q", PFILES="loc;sys")
    check(values_of("loc/demo.par")["infile"] == "a", "no l in the mode: nothing is learned")
    write("loc/demo.par", '# my own words\n' + read("loc/demo.par").decode())
    demo("d", "e", PFILES="loc;sys")
    check(read("loc/demo.par").startswith(b"# my own words\n"), "comments stay")


def case_56():
    shutil.rmtree("loc", ignore_errors=True)
    check(demo("bad", "b", PFILES="loc;sys").status == 1 and not os.path.exists("loc"), "a failed run")
    check(demo("a", "b", "nit=99", PFILES="loc;sys").status == 2 and not os.path.exists("loc"), "wrong parameters")


def case_57():
    """Eight at once, each with a parameter of its own."""
    runs = 200 if FULL else 25
    shutil.rmtree("loc", ignore_errors=True)
    e = environment(PFILES="loc;sys")
    children, bad = [], []
    for k in range(8):
        pid = os.fork()
        if pid == 0:
            lost = 0
            for i in range(runs):
                done = subprocess.run([DEMO, "a", "b", f"k{k}={i}"], env=e, capture_output=True)
                again = subprocess.run([DEMO, "mode=h"], env=e, capture_output=True)
                lost += done.returncode != 0 or done.stderr != b"" or again.returncode != 0 or again.stderr != b"" \
                    or f"k{k}={i}\n".encode() not in again.stdout or b"infile=a\n" not in again.stdout
            os._exit(min(lost, 255))
        children.append(pid)
    for pid in children:
        bad.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    last = values_of("loc/demo.par")
    check(bad == [0] * 8 and all(last[f"k{k}"] == str(runs - 1) for k in range(8)),
          f"lost updates and torn reads by process: {bad}, at the end {last}")
    check(os.listdir("loc") == ["demo.par"], f"{os.listdir('loc')}")


def case_58():
    """Killed at some moment of its run, often while it saves."""
    kills = 500 if FULL else 60
    shutil.rmtree("loc", ignore_errors=True)
    chance = random.Random(58)
    e = environment(PFILES="loc;sys")
    demo("a", "b", "k0=0", PFILES="loc;sys")
    begin = time.time()
    demo("a", "b", "k0=1", PFILES="loc;sys")
    length = time.time() - begin
    old, within = "1", 0
    for i in range(2, kills + 2):
        child = subprocess.Popen([DEMO, "a", "b", f"k0={i}"], env=e, stdout=subprocess.DEVNULL)
        time.sleep(chance.random() * length)
        child.kill()
        child.wait()
        within += os.path.exists("loc/.demo.par.part")
        now = values_of("loc/demo.par")
        check(now.get("k0") in (old, str(i)) and now["infile"] == "a" and now["mode"] == "ql", f"{i}: {now}")
        old = now.get("k0")
    check(demo("a", "b", "k0=end", PFILES="loc;sys").status == 0 and os.listdir("loc") == ["demo.par"],
          f"left: {os.listdir('loc')}")
    print(f"    {kills} kills, {within} of them while the new file was written")


def case_59():
    run = demo("a", "b", PFILES="/proc/nowhere;sys")
    check(run.status == 0 and run.values["infile"] == "a" and len(run.said.splitlines()) == 1
          and "warning: /proc/nowhere/demo.par cannot be written" in run.said, f"{run}")
    shutil.rmtree("loc", ignore_errors=True)
    demo("a", "b", "k0=old", PFILES="loc;sys")
    before = read("loc/demo.par")
    run = Run("sh", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$0" a b k0=new', DEMO, PFILES="loc;sys")
    check(run.status == 0 and len(run.said.splitlines()) == 1 and "loc/demo.par cannot be written" in run.said
          and read("loc/demo.par") == before and os.listdir("loc") == ["demo.par"], f"full: {run} {os.listdir('loc')}")


def case_60():
    def keep(folder, value):
        shutil.rmtree(folder, ignore_errors=True)
        write(f"{folder}/demo.par", f'method,s,h,"{value}"\n')

    def method(**variables):
        return demo("a", "b", "mode=h", **variables).values.get("method")
    for folder, value in ("a", "tophat"), ("b", "median"), ("c", "gaussian"), ("d", "tophat"):
        keep(folder, value)
    check(method() == "gauss", "neither PFILES nor UPARM")
    check(method(PFILES=";c") == "gaussian", "system folders alone")
    check(method(PFILES="a;") == "tophat" and method(PFILES="a") == "tophat", "local folders alone")
    check(method(PFILES="a:b;c:d") == "tophat" and method(PFILES="x:b;c:d") == "median", "the first folder first")
    check(method(PFILES=":x;c:d") == "gaussian", "an empty folder is none")
    check(method(UPARM="b") == "median" and method(UPARM="b/", PFILES="a;c") == "tophat", "PFILES before UPARM")
    keep("state/bandcast", "median")
    check(method(XDG_STATE_HOME=os.path.abspath("state")) == "median", "the state folder")
    run = demo("a", "b", PFILES=":loc;;sys")
    check(run.status in (1, 2) and "PFILES has more than one ';'" in run.said, f"{run}")
    run = demo("a", "b", "k0=1", PFILES=";c")
    check(run.status == 0 and run.said == "" and values_of("c/demo.par") == {"method": "gaussian"}, f"{run}")
    shutil.rmtree("home", ignore_errors=True)
    run = demo("a", "b", "k0=1", XDG_STATE_HOME="", HOME=os.path.abspath("home"))
    check(run.status == 0 and not os.path.exists("home"), "nobody asked to learn")
    os.rename("b/demo.par", "b/batdemo.par")
    check(method(UPARM="b") == "median", "IRAF's name of the file")
    demo("a", "b", "k0=1", UPARM="b")
    check(os.listdir("b") == ["batdemo.par"] and values_of("b/batdemo.par")["k0"] == "1", "is kept")


def case_61():
    package(['k0,s,hl,"",,,"Kept"', "nit,i,hl,3,1,100", "sigma,r,hl,1"])
    shutil.rmtree("loc", ignore_errors=True)
    demo("a", "b", "nit=50", "sigma=9", "k0=kept", PFILES="loc;sys")
    write("loc/demo.par", 'vanished,s,h,"x"\n' + read("loc/demo.par").decode())
    write("loc/demo.par", read("loc/demo.par").decode().replace("sigma,r,hl,9.", 'sigma,s,hl,"9"'))
    package(["nit,i,hl,3,1,10"])
    run = demo("a", "b", "k1=new", PFILES="loc;sys")
    check(run.status == 0 and run.values["nit"] == "3" and run.values["k0"] == "kept" and run.values["sigma"] == "2.5"
          and run.said == "demo: warning: nit=50 is above the maximum 10 (loc/demo.par:5): nit stays 3\n", f"{run}")
    check(set(values_of("loc/demo.par")) == {"infile", "outfile", "k0", "k1", "mode"}, f"{values_of('loc/demo.par')}")
    check(demo("a", "b", PFILES="loc;sys").said == "", "the warning comes once")


def case_62():
    package()
    for garbage in (b'infile,f,a,"a",,,"Inp\n', b"\x00\x01\x02\xff" * 100, b"not a parameter file\n"):
        shutil.rmtree("loc", ignore_errors=True)
        write("loc/demo.par", b'sigma,r,h,9.\n' + garbage)
        run = demo("a", "b", PFILES="loc;sys")
        check(run.status == 0 and run.values["sigma"] == "2.5" and "warning: loc/demo.par:2" in run.said, f"{run}")
        check(read("loc/demo.par.bad").endswith(garbage) and values_of("loc/demo.par")["infile"] == "a",
              f"{os.listdir('loc')}")
        check(demo("a", "b", PFILES="loc;sys").said == "", "once")


def case_63():
    shutil.rmtree("loc", ignore_errors=True)
    package(["sigma,r,hl,1.5"])
    run = demo("a", "b", "sigma=2.5", PFILES="loc;sys", LC_ALL="de_DE.UTF-8")
    check(run.status == 0 and run.values["sigma"] == "2.5" and values_of("loc/demo.par")["sigma"] == "2.5", f"{run}")


def case_70():
    """Task names are unique among IRAF's files, five first letters and the last one."""
    names = [os.path.basename(f)[:-4] for f in glob.glob(f"{SOURCES}/par/*.par")]
    short = [name if len(name) <= 6 else name[:5] + name[-1] for name in names]
    check(len(names) > 6 and len(set(short)) == len(short), f"{sorted(zip(short, names))}")
    for name in names:
        run = Run(PRINT_PAR, f"{SOURCES}/par/{name}.par")
        check(run.status == 0 and run.said == "", f"{name}.par: {run}")


def main():
    folder = tempfile.mkdtemp(prefix="par_cases.", dir=".")
    os.chdir(folder)
    package()
    wrong = 0
    for name, case in [item for item in globals().items() if item[0].startswith("case_")]:
        failures.clear()
        try:
            case()
        except Exception as problem:        # a case that cannot go on is one that does not hold
            failures.append(f"{type(problem).__name__}: {problem}")
        wrong += bool(failures)
        print(f"case {name[5:]}: {'does not hold' if failures else 'holds'}")
        for failure in failures:
            print(f"    {failure}")
    os.chdir("..")
    shutil.rmtree(folder)
    return 1 if wrong else 0


sys.exit(main())
