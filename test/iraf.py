"""iraf.py -- the package in irafcl on a terminal: prompts, epar, interrupts, background jobs; iraf.py IMAGES
SPDX-License-Identifier: BSD-3-Clause"""
import glob
import io
import os
import re
import sys

import pexpect

from checks import check, report, until

images = sys.argv[1]
PROMPT = r"bandcast> "


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
    check("answers to prompts are taken", "band F200W predicted" in s.wait() and os.path.exists("asked.fits"))

    # The CL asks again for what is out of its range, and knows what was learned.
    s.send("bandpredict %s asked.fits ceers_f200w size=99999 clob+" % ",".join(bands))
    s.wait(r"Side of the windows in pixels .*\(0:16384\) \(99999\): ")
    s.send("99998")
    s.wait(r"out of range.*\(99999\): ")
    s.send("100")
    check("a value in its range is taken", "band F200W predicted" in s.wait())
    s.send("bandpredict")
    s.wait(r"\(ex\$ceers.*\): ")
    s.cl.sendintr()
    check("^C at a prompt", "interrupted" in s.wait())
    check("the next task runs", "ceers_f200w" in s.ask("bandmodel list installed"))


def epar(s):
    with open(os.path.join(os.environ["BANDCAST_PAR"], "bandpredict.par")) as f:
        names = [line.split(",")[0] for line in f if line.count(",") >= 6 and line[0] != "#"]
    s.send("epar bandpredict")
    s.wait("mode")                              # the last line of the form
    s.cl.send("\r" * names.index("size") + "4000000\r")
    s.wait("out of range")
    s.cl.send("64\r:wq\r")
    s.wait()
    check("epar keeps what is in range", re.search(r"^64$", s.ask("= bandpredict.size"), re.M))
    s.ask("unlearn bandpredict")


def interrupts(s):
    with open("long.list", "w") as f:
        f.write((images + "/kids_g.fits.fz," + images + "/kids_r.fits.fz\n") * 3000)
    s.send("bandprep @long.list long.fits size=64")
    check("the run has begun", until(lambda: os.path.exists(".long.fits.part")))
    s.cl.sendintr()
    check("^C in a run", "ERROR: bandprep: interrupted" in s.wait())
    check("it leaves nothing: %s" % os.listdir("."), glob.glob("*long.fits*") + glob.glob(".long*") == [])
    check("the next task runs", "ceers_f200w" in s.ask("bandmodel list installed"))


def background(s):
    said = s.job("bandmodel list installed > in_background")
    check("a job in the background ends: %r" % said, "[1] done" in said)
    with open("in_background") as f:
        check("and has done its work", f.read().startswith("ceers_f115w"))
    said = s.job("bandmodel show nosuch")
    check("an error there is said: %r" % said, "bandmodel: nosuch is neither a file" in said)

    # IRAF 2.17 has no way of its own to end a job: kill does not.  The number of its process does.
    def end():
        check("the run has begun", until(lambda: os.path.exists(".long.fits.part")))
        s.cl.sendintr()
        s.wait()
        part = os.path.abspath(".long.fits.part")
        held = [p for p in glob.glob("/proc/[0-9]*/fd/*") if is_link_to(p, part)]
        check("^C is not for it", held)
        os.kill(int(held[0].split("/")[2]), 15)

    said = s.job("bandprep @long.list long.fits size=64 verbose=0", end)
    check("a signal ends it: %r" % said, "ended by signal 15" in said)
    check("it leaves nothing: %s" % os.listdir("."), glob.glob(".long*") == [])


def is_link_to(path, target):
    try:
        return os.readlink(path) == target
    except OSError:
        return False


def leaves(s):
    """Who leaves IRAF leaves no process behind."""
    s.ask("bandmodel list installed")
    mine = [p for p in glob.glob("/proc/[0-9]*/cwd") if is_link_to(p, os.getcwd())]
    check("processes of the session: %s" % mine, len(mine) > 2)
    s.close()
    check("they end",
          until(lambda: len([p for p in glob.glob("/proc/[0-9]*/cwd") if is_link_to(p, os.getcwd())]) < 3))


os.environ["TERM"] = "vt100"
session = Session()
for part in prompts, epar, interrupts, background, leaves:
    try:
        part(session)
    except (pexpect.TIMEOUT, pexpect.EOF) as e:
        print("%s: waited for %s after %r" % (part.__name__, e.args[0].split("searcher_re:")[-1].strip(),
                                              session.cl.before[-500:]))
        sys.exit(1)
report()
