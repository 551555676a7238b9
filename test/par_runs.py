"""par_runs.py -- prompts, and what runs leave for those after them, case by case; see par_cases.py.
"full" runs the campaigns of cases 57 and 58 in full length.
SPDX-License-Identifier: BSD-3-Clause"""

import glob
import os
import random
import shutil
import subprocess
import sys
import time

from par_world import *

# ---- prompting ----------------------------------------------------------------------------------


def case_50():
    begin = work()
    refuses(["outfile=b"], "infile is missing (Input image)")
    check(work() - begin < 0.5, "at once")
    refuses([], "infile is missing (Input image)", "outfile is missing (Output image)")


def case_51():
    run = demo(answers=b"in\nout\n")
    check(run.status == 2 and "infile is missing" in run.said, f"{run}")
    run = demo(answers=b"in\nout\n", BANDCAST_PROMPT="stdin")
    check(
        run.status == 0 and run.values["infile"] == "in" and run.values["outfile"] == "out",
        f"{run}",
    )
    run = demo(answers=b"in\r\nout\r\n", BANDCAST_PROMPT="stdin")
    check(run.status == 0 and run.values["outfile"] == "out", f"lines of Windows: {run}")
    run = demo(answers=b"in\n", BANDCAST_PROMPT="stdin")
    check(run.status == 2 and "outfile is missing" in run.said, f"{run}")
    run = demo(answers=b"", BANDCAST_PROMPT="stdin")
    check(run.status == 2, f"{run}")
    for wrong, sentence in (
        ("colour=1", "unknown parameter 'colour'"),
        ("nit=99", "nit=99 is above the maximum 10 (demo.par:5)"),
        ("method=x", "method=x is not one of gauss|gaussian|tophat|median (demo.par:7)"),
    ):
        run = demo(wrong, answers=b"in\nout\n", BANDCAST_PROMPT="stdin")
        check(run.status == 2 and run.said == f"demo: {sentence}\n", f"said before any question: {run}")


def case_52():
    package(['sigma,r,q,2.5,0.,100.,"Kernel sigma"'])
    write(
        "help/demo.hlp",
        ".help demo\n.ih\nPARAMETERS\n.ls sigma = 2.5\nWidth of the kernel.\n.le\n.endhelp\n",
    )
    status, shown = terminal(["a", "b"], [b"999\n", b"?\n", b"\n"])
    lines = shown.splitlines()
    check(
        status == 0
        and lines[0] == "Kernel sigma (0:100) [2.5]: 999"
        and lines[1] == "sigma=999 is above the maximum 100. (demo.par:3)"
        and lines[2] == "Kernel sigma (0:100) [2.5]: ?"
        and "Width of the kernel." in shown
        and shown.count("Kernel sigma (0:100) [2.5]: ") == 3
        and "sigma=2.5\n" in shown,
        f"{status} {shown}",
    )
    status, shown = terminal(["a", "b"], [b"7\n"])
    check(status == 0 and "sigma=7\n" in shown, f"{status} {shown}")
    status, shown = terminal(["a", "b"], [b"0" * 5000 + b"7\n", b"8\n"])
    check(
        status == 0 and "a terminal cuts lines of 4095" in shown and "sigma=8\n" in shown,
        f"a line that the terminal cuts: {status} {shown}",
    )
    status, shown = terminal(["a", "b"], [b"\x04"], PFILES="eof;")
    check(
        status == 2 and "sigma is missing" in shown and not os.path.exists("eof"),
        f"^D: {status} {shown}",
    )
    status, shown = terminal(["a", "b"], [b"\x03"], PFILES="eof;")
    check(status == 130 and not os.path.exists("eof"), f"^C: {status} {shown}")
    status, shown = terminal(["a", "b"], [b"x\n"] * 100)
    check(status == 2 and shown.count("[2.5]: ") <= 10, f"not for ever: {status} {shown}")
    package(['method,s,q,"gauss","gauss|tophat",,"Method"'])
    status, shown = terminal(["a", "b"], [b"TOP\n"])
    check(
        status == 0 and "Method (gauss|tophat) [gauss]: " in shown and "method=tophat\n" in shown,
        f"{shown}",
    )
    status, shown = terminal([], [b"\n", b'" sp "\n', b'""\n', b"\n"])
    check(
        status == 0
        and "infile is needed" in shown
        and "infile= sp \n" in shown
        and "outfile=\n" in shown,
        shown,
    )


def case_53():
    package()
    for arguments, variables in ((["mode=h"], {}), ([], {"HEADASNOQUERY": "1"})):
        run = Run("setsid", DEMO, "outfile=b", *arguments, **variables)
        check(run.status == 2 and "infile is missing" in run.said, f"{run}")
        status, shown = terminal(["outfile=b", *arguments], [], **variables)
        check(
            status == 2 and "infile is missing" in shown and "Input image: " not in shown,
            f"{shown}",
        )
    if shutil.which("strace"):  # which a search for leaks does not bear
        calls = "strace", "-f", "-e", "trace=open,openat"
        run = Run(*calls, DEMO, "a", "b", "mode=h", ASAN_OPTIONS="detect_leaks=0")
        check(run.status == 0 and "/dev/tty" not in run.said, f"{run}")


def case_54():
    package(['sigma,r,q,2.5,0.,100.,"Kernel sigma"'])
    status, shown = terminal(["a", "b", "sigma=4"], [])
    check(status == 0 and "sigma=4\n" in shown and "Kernel" not in shown, f"{shown}")


# ---- learning and files -------------------------------------------------------------------------


def case_55():
    package()
    shutil.rmtree("loc", ignore_errors=True)
    run = demo("a", "b", "sigma=5", "k1=one", PFILES="loc;sys")
    check(
        run.status == 0
        and values_of("loc/demo.par") == {"infile": "a", "outfile": "b", "k1": "one", "mode": "ql"},
        f"{run} {values_of('loc/demo.par')}",
    )
    run = demo("mode=h", PFILES="loc;sys")
    check(
        run.status == 0
        and run.values["infile"] == "a"
        and run.values["k1"] == "one"
        and run.values["sigma"] == "2.5",
        f"{run}",
    )
    check(os.listdir("loc") == ["demo.par"], f"{os.listdir('loc')}")
    before = os.stat("loc/demo.par")
    demo("a", "b", PFILES="loc;sys")
    check(os.stat("loc/demo.par").st_ino == before.st_ino, "what is known is not written again")
    run = demo(PFILES="loc;sys")
    check(
        run.status == 2
        and "infile is missing (Input image; mode=h takes 'a' of loc/demo.par:1)" in run.said,
        f"{run}",
    )
    status, shown = terminal([], [b"\n", b"c\n"], PFILES="loc;sys")
    check(
        status == 0
        and "Input image [a]: " in shown
        and values_of("loc/demo.par")["outfile"] == "c",
        f"{shown}",
    )
    demo("z", "z", "mode=q", PFILES="loc;sys")
    check(values_of("loc/demo.par")["infile"] == "a", "no l in the mode: nothing is learned")
    write("loc/demo.par", "# my own words\n" + read("loc/demo.par").decode())
    demo("d", "e", PFILES="loc;sys")
    check(read("loc/demo.par").startswith(b"# my own words\n"), "comments stay")


def case_56():
    shutil.rmtree("loc", ignore_errors=True)
    check(
        demo("bad", "b", PFILES="loc;sys").status == 1 and not os.path.exists("loc"), "a failed run"
    )
    check(
        demo("a", "b", "nit=99", PFILES="loc;sys").status == 2 and not os.path.exists("loc"),
        "wrong parameters",
    )


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
                lost += (
                    done.returncode != 0
                    or done.stderr != b""
                    or again.returncode != 0
                    or again.stderr != b""
                    or f"k{k}={i}\n".encode() not in again.stdout
                    or b"infile=a\n" not in again.stdout
                )
            os._exit(min(lost, 255))
        children.append(pid)
    for pid in children:
        bad.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    last = values_of("loc/demo.par")
    check(
        bad == [0] * 8 and all(last[f"k{k}"] == str(runs - 1) for k in range(8)),
        f"lost updates and torn reads by process: {bad}, at the end {last}",
    )
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
        check(
            now.get("k0") in (old, str(i)) and now["infile"] == "a" and now["mode"] == "ql",
            f"{i}: {now}",
        )
        old = now.get("k0")
    check(
        demo("a", "b", "k0=end", PFILES="loc;sys").status == 0
        and os.listdir("loc") == ["demo.par"],
        f"left: {os.listdir('loc')}",
    )
    print(f"    {kills} kills, {within} of them while the new file was written")


def case_59():
    run = demo("a", "b", PFILES="/proc/nowhere;sys")
    check(
        run.status == 0
        and run.values["infile"] == "a"
        and len(run.said.splitlines()) == 1
        and "warning: /proc/nowhere/demo.par cannot be written" in run.said,
        f"{run}",
    )
    shutil.rmtree("loc", ignore_errors=True)
    demo("a", "b", "k0=old", PFILES="loc;sys")
    before = read("loc/demo.par")
    run = Run("sh", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$0" a b k0=new', DEMO, PFILES="loc;sys")
    check(
        run.status == 0
        and len(run.said.splitlines()) == 1
        and "loc/demo.par cannot be written" in run.said
        and read("loc/demo.par") == before
        and os.listdir("loc") == ["demo.par"],
        f"full: {run} {os.listdir('loc')}",
    )


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
    check(
        method(PFILES="a:b;c:d") == "tophat" and method(PFILES="x:b;c:d") == "median",
        "the first folder first",
    )
    check(method(PFILES=":x;c:d") == "gaussian", "an empty folder is none")
    check(
        method(UPARM="b") == "median" and method(UPARM="b/", PFILES="a;c") == "tophat",
        "PFILES before UPARM",
    )
    keep("state/bandcast", "median")
    check(method(XDG_STATE_HOME=os.path.abspath("state")) == "median", "the state folder")
    run = demo("a", "b", PFILES=":loc;;sys")
    check(run.status in (1, 2) and "PFILES has more than one ';'" in run.said, f"{run}")
    run = demo("a", "b", "k0=1", PFILES=";c")
    check(
        run.status == 0 and run.said == "" and values_of("c/demo.par") == {"method": "gaussian"},
        f"{run}",
    )
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
    check(
        run.status == 0
        and run.values["nit"] == "3"
        and run.values["k0"] == "kept"
        and run.values["sigma"] == "2.5"
        and run.said
        == "demo: warning: nit=50 is above the maximum 10 (loc/demo.par:5): nit stays 3\n",
        f"{run}",
    )
    check(
        set(values_of("loc/demo.par")) == {"infile", "outfile", "k0", "k1", "mode"},
        f"{values_of('loc/demo.par')}",
    )
    check(demo("a", "b", PFILES="loc;sys").said == "", "the warning comes once")


def case_62():
    package()
    for garbage in (
        b'infile,f,a,"a",,,"Inp\n',
        b"\x00\x01\x02\xff" * 100,
        b"not a parameter file\n",
    ):
        shutil.rmtree("loc", ignore_errors=True)
        write("loc/demo.par", b"sigma,r,h,9.\n" + garbage)
        run = demo("a", "b", PFILES="loc;sys")
        check(
            run.status == 0
            and run.values["sigma"] == "2.5"
            and "warning: loc/demo.par:2" in run.said,
            f"{run}",
        )
        check(
            read("loc/demo.par.bad").endswith(garbage)
            and values_of("loc/demo.par")["infile"] == "a",
            f"{os.listdir('loc')}",
        )
        check(demo("a", "b", PFILES="loc;sys").said == "", "once")


def case_63():
    shutil.rmtree("loc", ignore_errors=True)
    package(["sigma,r,hl,1.5"])
    run = demo("a", "b", "sigma=2.5", PFILES="loc;sys", LC_ALL="de_DE.UTF-8")
    check(
        run.status == 0
        and run.values["sigma"] == "2.5"
        and values_of("loc/demo.par")["sigma"] == "2.5",
        f"{run}",
    )


def case_70():
    """Task names are unique among IRAF's files, five first letters and the last one."""
    names = [os.path.basename(f)[:-4] for f in glob.glob(f"{SOURCES}/par/*.par")]
    short = [name if len(name) <= 6 else name[:5] + name[-1] for name in names]
    check(len(names) > 6 and len(set(short)) == len(short), f"{sorted(zip(short, names))}")
    for name in names:
        run = Run(PRINT_PAR, f"{SOURCES}/par/{name}.par")
        check(run.status == 0 and run.said == "", f"{name}.par: {run}")


sys.exit(run_cases([item for item in globals().items() if item[0].startswith("case_")]))
