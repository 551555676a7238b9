"""iraf.py -- the package in irafcl on a terminal: prompts, epar, interrupts, background jobs; iraf.py IMAGES
SPDX-License-Identifier: BSD-3-Clause"""
import glob
import io
import os
import re
import sys
import time

import pexpect

images = sys.argv[1]
PROMPT = r"bandcast> "
failures = 0


def check(good, what):
    global failures
    if not good:
        print("does not hold:", what)
        failures += 1


def until(condition, seconds=20.0):
    end = time.time() + seconds
    while not condition() and time.time() < end:
        time.sleep(0.02)
    return bool(condition())


def plain(text):
    """Without the terminal's commands."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|[\r\a]", "", text)


class Session:
    def __init__(self):
        self.cl = pexpect.spawn("irafcl", timeout=40, encoding="utf-8", dimensions=(40, 132))
        self.cl.logfile_read = io.StringIO()
        self.cl.expect("ecl> |cl> ")
        self.ask("bandcast")
        self.ask('set ex = "%s/"' % images)

    def send(self, line):
        self.cl.sendline(line)
        self.cl.expect_exact(line[-20:])

    def wait(self, pattern=PROMPT):
        self.cl.expect(pattern)
        return plain(self.cl.before)

    def ask(self, line):
        self.send(line)
        return self.wait()

    def job(self, line, meanwhile=lambda: None):
        """All that is shown from the start of a job in the background to its end."""
        start = self.cl.logfile_read.tell()
        self.ask(line + " &")
        meanwhile()
        self.ask("wait")
        return plain(self.cl.logfile_read.getvalue()[start:])

    def close(self):
        self.cl.sendline("logout")
        self.cl.expect(pexpect.EOF)


def prompts(s):
    bands = ["ex$ceers_31457_%s.fits.fz" % band for band in ("f150w", "f277w")]
    s.send("bandpredict")
    for question, answer in (("Images of the input bands .*: ", ",".join(bands)),
                             ("Predicted image .*: ", "asked.fits"), ("Model: .*: ", "ceers_f200w")):
        s.wait(question)
        s.send(answer)
    check("band F200W predicted" in s.wait() and os.path.exists("asked.fits"), "answers to prompts are taken")

    # The CL asks again for what is out of its range, and knows what was learned.
    s.send("bandpredict %s asked.fits ceers_f200w size=99999 clob+" % ",".join(bands))
    s.wait(r"Side of the windows in pixels .*\(0:16384\) \(99999\): ")
    s.send("99998")
    s.wait(r"out of range.*\(99999\): ")
    s.send("100")
    check("band F200W predicted" in s.wait(), "a value in its range is taken")
    s.send("bandpredict")
    s.wait(r"\(ex\$ceers.*\): ")
    s.cl.sendintr()
    check("interrupted" in s.wait(), "^C at a prompt")
    check("ceers_f200w" in s.ask("bandmodel list installed"), "the next task runs")


def epar(s):
    with open(os.path.join(os.environ["BANDCAST_PAR"], "bandpredict.par")) as f:
        names = [line.split(",")[0] for line in f if line.count(",") >= 6 and line[0] != "#"]
    s.send("epar bandpredict")
    s.wait("mode")                              # the last line of the form
    s.cl.send("\r" * names.index("size") + "4000000\r")
    s.wait("out of range")
    s.cl.send("64\r:wq\r")
    s.wait()
    check(re.search(r"^64$", s.ask("= bandpredict.size"), re.M), "epar keeps what is in range")
    s.ask("unlearn bandpredict")


def interrupts(s):
    with open("long.list", "w") as f:
        f.write((images + "/kids_g.fits.fz," + images + "/kids_r.fits.fz\n") * 3000)
    s.send("bandprep @long.list long.fits size=64")
    check(until(lambda: os.path.exists(".long.fits.part")), "the run has begun")
    s.cl.sendintr()
    check("ERROR: bandprep: interrupted" in s.wait(), "^C in a run")
    check(glob.glob("*long.fits*") + glob.glob(".long*") == [], "it leaves nothing: %s" % os.listdir("."))
    check("ceers_f200w" in s.ask("bandmodel list installed"), "the next task runs")


def background(s):
    said = s.job("bandmodel list installed > in_background")
    check("[1] done" in said, "a job in the background ends: %r" % said)
    with open("in_background") as f:
        check(f.read().startswith("ceers_f115w"), "and has done its work")
    said = s.job("bandmodel show nosuch")
    check("bandmodel: nosuch is neither a file" in said, "an error there is said: %r" % said)

    # IRAF 2.17 has no way of its own to end a job: kill does not.  The number of its process does.
    def end():
        check(until(lambda: os.path.exists(".long.fits.part")), "the run has begun")
        s.cl.sendintr()
        s.wait()
        part = os.path.abspath(".long.fits.part")
        held = [p for p in glob.glob("/proc/[0-9]*/fd/*") if is_link_to(p, part)]
        check(held, "^C is not for it")
        os.kill(int(held[0].split("/")[2]), 15)

    said = s.job("bandprep @long.list long.fits size=64 verbose=0", end)
    check("ended by signal 15" in said, "a signal ends it: %r" % said)
    check(glob.glob(".long*") == [], "it leaves nothing: %s" % os.listdir("."))


def is_link_to(path, target):
    try:
        return os.readlink(path) == target
    except OSError:
        return False


def leaves(s):
    """Who leaves IRAF leaves no process behind."""
    s.ask("bandmodel list installed")
    mine = [p for p in glob.glob("/proc/[0-9]*/cwd") if is_link_to(p, os.getcwd())]
    check(len(mine) > 2, "processes of the session: %s" % mine)
    s.close()
    check(until(lambda: len([p for p in glob.glob("/proc/[0-9]*/cwd") if is_link_to(p, os.getcwd())]) < 3),
          "they end")


os.environ["TERM"] = "vt100"
session = Session()
for part in prompts, epar, interrupts, background, leaves:
    try:
        part(session)
    except (pexpect.TIMEOUT, pexpect.EOF) as e:
        print("%s: waited for %s after %r" % (part.__name__, e.args[0].split("searcher_re:")[-1].strip(),
                                              session.cl.before[-500:]))
        sys.exit(1)
sys.exit(failures > 0)
