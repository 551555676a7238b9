"""iraf_pipe.py -- plays IRAF's CL, and PyRAF, to the executable: iraf_pipe.py TASKS SOURCE
SPDX-License-Identifier: BSD-3-Clause"""
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from checks import check, report, until

tasks, source = sys.argv[1:]
images = os.path.join(source, "examples", "images")


class Cl:
    """One connection.  It answers queries from .values, and collects what comes until the run ends."""

    def __init__(self, **environment):
        self.stdin = b""
        self.values = {}
        self.process = subprocess.Popen([os.path.join(tasks, "bandcast"), "-c"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                                        env=dict(os.environ, **environment))

    def send(self, text, size=2048):
        data = text if isinstance(text, bytes) else text.encode()
        for i in range(0, len(data), size):
            part = data[i:i + size]
            # PyRAF sends bytes above 127 with their sign
            wide = b"".join(struct.pack("=h", c - 256 if c > 127 else c) for c in part)
            self.process.stdin.write(b"P\x02" + struct.pack("=h", len(wide)) + wide)

    def bytes(self, n):
        got = b""
        while len(got) < n:
            assert select.select([self.process.stdout], [], [], 60)[0], "no answer within a minute"
            part = self.process.stdout.read(n - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def record(self):
        head = self.bytes(4)
        assert head[:2] == b"P\x02", head
        length = struct.unpack("=h", head[2:])[0]
        assert 0 < length <= 4096, length
        wide = self.bytes(length)
        assert set(wide[1::2]) <= {0}, "characters are 16 bits wide"
        return wide[::2]

    def run(self, command, meanwhile=None, size=2048):
        """What came: text of the streams 4 and 5, queries, and the last record."""
        self.texts, self.queries, self.parts = {4: b"", 5: b""}, [], []
        self.send(command, size)
        if meanwhile:
            meanwhile()
        while True:
            record = self.record()
            if record.startswith(b"xmit("):
                stream, n = (int(x) for x in record[5:-2].split(b","))
                text = self.record()
                assert len(text) == n
                text.decode()                   # no part ends within a character
                self.texts[stream] += text
                self.parts.append(n)
            elif record.startswith(b"xfer("):
                n = int(record[5:-2].split(b",")[1]) // 2
                part, self.stdin = self.stdin[:n], self.stdin[n:]
                self.send(str(len(part)) + "\n")
                self.send(part)
            elif record.startswith(b"="):
                name = record[1:-1].decode()
                self.queries.append(name)
                self.send(self.values.get(name.split(".")[0], "") + "\n")
            else:
                self.last = record.decode()
                return self.last

    def close(self):
        self.send("bye\n")
        self.process.stdin.close()
        return self.process.wait(timeout=20)


def names(task):
    with open(os.path.join(source, "par", task + ".par")) as f:
        return [line.split(",")[0] for line in f if "," in line and not line.startswith("#")]


def command(task, redirection="", **values):
    """As the CL sends it: all parameters in one block."""
    lines = [task + redirection]
    defaults = {}
    with open(os.path.join(source, "par", task + ".par")) as f:
        for line in f:
            if line.count(",") >= 6 and not line.startswith("#"):
                name, kind, mode, value = line.split(",")[:4]
                if "h" in mode:
                    defaults[name] = value
                    if kind in "sf":
                        defaults[name] = '"' + value.strip('"') + '"'
    for name, value in values.items():
        quoted = isinstance(value, str)
        defaults[name] = '"%s"' % value.replace('"', '\\"').replace("\n", "\\n") if quoted else str(value)
    lines += [name + "=" + value for name, value in defaults.items()]
    return "\\\n".join(lines + ["$nargs=0"]) + "\n"


def start(folder):
    return ("set home=/home/of/nobody/\nset ex=vm!%s/\nset sub=ex$\nset BANDCAST_MODELS=%s\nchdir vm!%s/\n_go_\n"
            % (images, os.path.join(source, "examples", "models"), folder))


def runs(folder):
    cl = Cl()
    cl.send(start(folder), size=100)            # lines may go on in the next record

    # All that is given is in the command, nothing is asked for; what is printed comes as text of stream 4.
    last = cl.run(command("bandmodel", action="list", model="installed"))
    check("a run ends with bye, not %r; asked for: %s" % (last, cl.queries), last == "bye\n" and cl.queries == [])
    check("bandmodel list prints: %r" % cl.texts, cl.texts[4].startswith(b"ceers_f115w ") and cl.texts[5] == b"")

    # A value of 600 characters that holds everything, over many records; an error that is too long for the CL.
    odd = 'a "quoted" %s %n \\ b\u00e4r\nline' + "x" * 570
    last = cl.run(command("bandmodel", action="list", model=odd), size=100)
    check("the value arrives: %r" % last,
          last.startswith("ERROR (1, \"bandmodel: " + "a 'quoted' %s %n / b\u00e4r?line" + "x" * 570 + " is neither"))
    last = cl.run(command("bandmodel", action="list", model="x" * 950))
    check("a long error is cut: %d" % len(last), last.endswith('xx\")\n') and 850 < len(last) < 1000)
    # More text than fits one record.
    last = cl.run(command("bandmodel", action="show", model="ceers_f200w"))
    check("long text: %s" % cl.parts, last == "bye\n" and cl.texts[4].count(b"\n") > 30 and max(cl.parts) <= 2048)
    wide = "\u00e4" * 500
    cl.run(command("bandmodel", action="check", model=",".join([wide + str(i) for i in range(20)])))

    # Wrong parameters, all of them in one sentence; the connection lives on.
    last = cl.run(command("bandpredict", input="a", output="b", model="c", size=99999, verbose=7))
    check("wrong parameters: %r" % last,
          last == "ERROR (2, \"bandpredict: size=99999 is above the maximum 16384 (bandpredict.par:%d); "
          "verbose=7 is above the maximum 2 (bandpredict.par:%d)\")\n"
          % (names("bandpredict").index("size") + 2, names("bandpredict").index("verbose") + 2))
    last = cl.run("nosuchtask\n")
    check("an unknown task: %r" % last, last.startswith("ERROR ("))

    # A missing one is asked for as it is, without a query: nobody sits at a terminal.  One that would be asked
    # for is missing.
    text = command("bandpredict", input="a", output="b").replace("size=0\\\n", "")
    cl.values = {"size": "4000000"}
    last = cl.run(text)
    check("asked for: %s" % cl.queries, cl.queries == ["size.p_value"])
    check("both are wrong: %r" % last, "size=4000000 is above" in last and "model is missing" in last)

    # Logical folders, one in another; what is none stays.
    last = cl.run(command("bandeval", input="sub$kids_r.fits.fz", truth="ex$kids_r.fits.fz,no$such", aperture=1))
    check("two names: %r" % last, "2 real images" in last or "1 predicted" in last)
    last = cl.run(command("bandeval", input="no$such", truth="ex$kids_r.fits.fz"))
    check("an unknown folder stays: %r" % last, "no$such" in last)

    # Output parameters come in one record with the bye.
    last = cl.run(command("bandeval", input="sub$kids_r.fits.fz", truth="ex$kids_r.fits.fz", aperture=1.))
    lines = last.split("\n")
    check("outputs: %r" % last,
          lines[0] == "mae=0" and lines[2] == "psnr=INDEF" and lines[3] == "number=1" and lines[-2:] == ["bye", ""])

    # What is timed says so; a redirected input is what @STDIN reads.
    cl.run("$" + command("bandmodel", action="list", model="installed"))
    check("the time: %r" % cl.texts[5], cl.texts[5].startswith(b"Time (bandmodel) "))
    cl.stdin = b"".join(b"sub$none_%d.fits,x.fits\n" % i for i in range(500))
    last = cl.run(command("bandpredict", " < $", input="@STDIN", output="one.fits", model="ceers_f200w"))
    check("a list of 500 from STDIN: %r" % last, cl.stdin == b"" and "500" in last)
    cl.stdin = b"@ex$none.list\n"
    last = cl.run(command("bandpredict", " < $", input="@STDIN", output="a", model="ceers_f200w"))
    check("logical folders in lists: %r" % last, os.path.join(images, "none.list") in last)

    # Between runs an interrupt means nothing.
    cl.process.send_signal(signal.SIGTERM)
    cl.process.send_signal(signal.SIGINT)
    last = cl.run(command("bandmodel", action="list", model="installed"))
    check("after idle interrupts: %r" % last, last == "bye\n")
    check("bye ends the process", cl.close() == 0)


def pyraf(folder):
    cl = Cl()
    cl.send(start(folder))
    cl.values = {name: "" for name in names("bandmodel")}
    cl.values.update(action="list", model="ceers", verbose="1", mode="ql")
    last = cl.run("bandmodel>\n")
    check("PyRAF is asked for all: %s" % cl.queries,
          cl.queries == [name + ".p_value" for name in names("bandmodel") if name != "mode"])
    check("and its values count: %r" % last, last.startswith("ERROR (1, \"bandmodel: ceers is neither"))
    cl.send("set BANDCAST_MODELS=/none\n")
    last = cl.run("bandmodel\n")
    check("two calls stay in step: %r" % last, last.startswith("ERROR (1, "))
    check("bye ends the process", cl.close() == 0)


def interrupts(folder):
    """An interrupt, and a CL that dies, end the run; nothing half written is left."""
    with open(os.path.join(folder, "long.list"), "w") as f:
        f.write("sub$kids_g.fits.fz,sub$kids_r.fits.fz\n".replace("sub$", images + "/") * 3000)
    part = os.path.join(folder, ".long.fits.part")
    text = command("bandprep", input="@long.list", output="long.fits", size=64)
    cl = Cl()
    cl.send(start(folder))

    def interrupt():
        check("the run has begun", until(lambda: os.path.exists(part)))
        cl.process.send_signal(signal.SIGTERM)

    last = cl.run(text, interrupt)
    check("an interrupted run: %r" % last, last.startswith("ERROR (503, \"bandprep: "))
    check("it leaves nothing: %s" % os.listdir(folder), not os.path.exists(part))
    check("the next run is a run", cl.run(command("bandmodel", action="list", model="installed")) == "bye\n")
    cl.send(text)
    check("the run has begun", until(lambda: os.path.exists(part)))
    cl.process.stdin.close()
    check("without a CL nothing goes on", cl.process.wait(timeout=20) == 0 and not os.path.exists(part))
    check("nor is anything written", not os.path.exists(os.path.join(folder, "long.fits")))

    # An interrupt in the midst of the input.
    cl = Cl()
    cl.send(start(folder) + command("bandpredict", " < $", input="@STDIN", output="a", model="b"))
    check("the input is read", cl.record().startswith(b"xfer(3,"))
    cl.send("9\n")
    cl.send("a.fits")
    time.sleep(0.2)
    cl.process.send_signal(signal.SIGTERM)
    check("half an input is none", cl.record().startswith(b"ERROR (503, "))
    check("the next run is a run", cl.run(command("bandmodel", action="list", model="installed")) == "bye\n")
    check("bye ends the process", cl.close() == 0)

    # An interrupt while the CL's user thinks about a query.
    cl = Cl()
    cl.send(start(folder) + command("bandmodel", action="list", model="installed").replace("verbose=1\\\n", ""))
    check("a query", cl.record() == b"=verbose.p_value\n")
    cl.process.send_signal(signal.SIGTERM)
    check("ends by an interrupt", cl.record().startswith(b"ERROR (503, "))
    check("the next run is a run", cl.run(command("bandmodel", action="list", model="installed")) == "bye\n")
    check("bye ends the process", cl.close() == 0)


def nonsense():
    """What is no protocol ends the process, at once and quietly."""
    for data in (b"", b"P", b"hello, this is no CL\n", b"P\x02\xff", b"P\x02\xff\xffshort", b"\0" * 100):
        p = subprocess.run([os.path.join(tasks, "bandcast"), "-c"], input=data, stdout=subprocess.PIPE, timeout=20)
        check("%r ends the process: %d %r" % (data, p.returncode, p.stdout), p.returncode == 0 and p.stdout == b"")


for name in "BANDCAST_PAR", "BANDCAST_HELP", "PFILES", "UPARM":
    os.environ.pop(name, None)
os.environ["BANDCAST_PAR"] = os.path.join(source, "par")
folder = tempfile.mkdtemp()
try:
    runs(folder)
    pyraf(folder)
    interrupts(folder)
    nonsense()
finally:
    shutil.rmtree(folder)
report()
