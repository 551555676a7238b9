#!/usr/bin/env python3
"""How fast bandcast is, here and now: the paper's generator at full width, 128 x 128 pixels.

usage: bench.py BUILD [PYTHON...]

BUILD is where bandcast was built; each PYTHON that has PyTorch is a rival.  What is missing is
skipped by name.  All contenders take turns: each round times every one once (three rounds go
before, uncounted), and a figure is the median of the times during which no thread waited for a
core, or the least time, marked ~, where there was none.  Memory is the most that was resident.
Tasks are compared with forward passes before, between and after them.
Needs nothing but Python itself; Linux, for what other processes take.
SPDX-License-Identifier: BSD-3-Clause
"""
import array
import datetime
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

FILTERS, SIZE, BLOCKS, ROUNDS, STAMPS, LOTS, FIELD, MEMORY = 128, 128, 9, 10, 1000, 4, (2600, 2080), 200
HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(sys.argv[1])
GENERATOR = os.path.join(BUILD, "test/bench/bench_generator")
CORES = len(os.sched_getaffinity(0))
THREADS = min(2, CORES)
AVX2 = dict(BANDCAST_ISA="avx2", ATEN_CPU_CAPABILITY="avx2", ONEDNN_MAX_CPU_ISA="AVX2")


class Contender:
    """A process that is told what to do, line by line, and answers with times."""

    def __init__(self, command, env):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=dict(os.environ, **env))
        self.name = self.process.stdout.readline().strip()

    def ask(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return tuple(float(v) for v in self.process.stdout.readline().split())

    def works(self):
        return [w for w in self.process.stdout.readline().strip().split(";") if w]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Figure(float):
    """A time, and whether anything disturbed it."""

    def __new__(cls, samples):
        clean = [ms for ms, waited in samples if waited < 0.02 * ms]
        figure = super().__new__(cls, statistics.median(clean) if clean else min(samples)[0])
        figure.mark = "" if clean else "~"
        return figure

    def __str__(self):
        return "%s%.1f ms" % (self.mark, self)


def ratio(a, b):
    return "%s%.2f" % (a.mark or b.mark, a / b)


def take_turns(turns, rounds=ROUNDS):
    """turns: {key: (contender, what)}; returns {key: Figure}."""
    samples = {key: [] for key in turns}
    for r in range(rounds + 3):
        for key, (who, what) in turns.items():
            time.sleep(0.03)    # until the threads of the one before have stopped waiting for more
            answer = who.ask(what)
            if r >= 3:
                samples[key].append(answer)
    return {key: Figure(s) for key, s in samples.items()}


def flop():
    """Multiplications and additions of a forward pass: of the residual layers, of the others."""
    area, stem = SIZE * SIZE, FILTERS // 2
    residual = 2 * BLOCKS * 2 * 9 * FILTERS ** 2 * area / 4
    return residual, 2 * (49 * 2 * stem + 2 * 9 * stem * FILTERS / 4 + 49 * stem) * area


table = []


def row(what, figure, target):
    table.append((what, figure, target))
    print("    %s: %s (target %s)" % (what, figure, target), flush=True)


def say(figures):
    for key, figure in figures.items():
        print("%-40s %s" % (" ".join(key), figure), flush=True)


def against_torch(raw, pythons, env, suffix, targets):
    """Forward and step beside every PyTorch."""
    ours = Contender([GENERATOR, "paper", str(FILTERS), str(SIZE), str(THREADS), raw], env)
    if not ours.name:
        print("skipped%s: this processor cannot" % suffix)
        return
    turns = {("bandcast", ours.name, what): (ours, what) for what in ("forward", "step")}
    rivals = []
    for python in pythons:
        rival = Contender([python, os.path.join(HERE, "bench_torch.py"), str(FILTERS), str(SIZE),
                           str(THREADS), raw], env)
        rivals.append(rival)
        if rival.name.startswith("PyTorch"):
            turns.update({(rival.name, w): (rival, w) for w in rival.works()})
        else:
            print("skipped: %s has %s" % (python, rival.name or "no PyTorch that works"))
    figures = take_turns(turns)
    say(figures)
    for what, target in zip(("forward", "step"), targets):
        mine = figures["bandcast", ours.name, what]
        theirs = {k: f for k, f in figures.items() if k[0] != "bandcast" and k[1].startswith(what)}
        for version in sorted({k[0] for k in theirs}):
            key = min((k for k in theirs if k[0] == version), key=theirs.get)
            row("%s%s: bandcast / %s (%s)" % (what, suffix, version, key[1].split()[1]),
                "%s / %s = %s" % (mine, theirs[key], ratio(mine, theirs[key])), "<= %.2f" % target)
    for who in rivals + [ours]:
        who.close()


def threads_and_floor(raw):
    one, two = (Contender([GENERATOR, "paper", str(FILTERS), str(SIZE), str(n), raw], {})
                for n in (1, THREADS))
    turns = {("%d" % n, what): (who, what) for n, who in ((1, one), (THREADS, two))
             for what in ("forward", "step")}
    turns["peak", "ms per GFLOP"] = (two, "peak")
    figures = take_turns(turns)
    say({k: f for k, f in figures.items() if k[0] != "peak"})
    residual, others = flop()
    per_gflop = figures["peak", "ms per GFLOP"]
    floor = (residual / 4 + others) * 1e-9 * per_gflop
    forward = figures["%d" % THREADS, "forward"]
    row("forward / the floor of Winograd's F(4x4, 3x3) at %s%.0f GFLOP/s"
        % (per_gflop.mark, 1e3 / per_gflop),
        "%s / %.1f ms = %s%.2f" % (forward, floor, forward.mark or per_gflop.mark, forward / floor),
        "<= 1.40")
    if THREADS == 2:
        for what in "forward", "step":
            row("%s: 1 -> 2 threads" % what, ratio(figures["1", what], figures["2", what]),
                ">= 1.85")
    one.close()
    two.close()


def write_fits(name, nx, ny, band, seed):
    """Noise and a blob: float pixels, no sky coordinates."""
    draw = random.Random(seed)
    noise = array.array("f", (draw.gauss(0.0, 1.0) for _ in range(4096)))
    shift = [draw.randrange(4096) for _ in range(ny)]
    pixels = array.array("f")
    for y in range(ny):
        line = (noise[shift[y]:] + noise[:shift[y]]) * (nx // 4096 + 1)
        pixels.extend(line[:nx])
    for y in range(ny // 2 - 20, ny // 2 + 20):
        for x in range(nx // 2 - 20, nx // 2 + 20):
            r = math.hypot(x - nx // 2, y - ny // 2)
            pixels[y * nx + x] += 100.0 * math.exp(-r / 4.0)
    if sys.byteorder == "little":
        pixels.byteswap()
    cards = ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = %d" % nx,
             "NAXIS2  = %d" % ny, "FILTER  = '%s'" % band, "END"]
    header = "".join(c.ljust(80) for c in cards).ljust(2880)
    with open(name, "wb") as f:
        f.write(header.encode() + pixels.tobytes() + bytes(-4 * nx * ny % 2880))


def task(folder, *arguments):
    """Run a task as an installed program would run; returns its time in s and its memory in MB."""
    source = os.path.dirname(os.path.dirname(HERE))
    program = os.path.join(BUILD, "tasks/.libs/bandcast")
    if not os.path.exists(program):
        program = os.path.join(BUILD, "tasks/bandcast")
    env = dict(os.environ, BANDCAST_PAR=os.path.join(source, "par"), XDG_STATE_HOME="/nowhere",
               LD_LIBRARY_PATH=os.path.join(BUILD, "lib/.libs"), PFILES="", UPARM="")
    start = time.perf_counter()
    p = subprocess.Popen(arguments + ("threads=%d" % THREADS, "verbose=0", "clobber=yes"),
                         executable=program, cwd=folder, env=env, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = status
    if status != 0:
        sys.exit("bench.py: %s failed" % " ".join(arguments))
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def write_lists(folder):
    """STAMPS sets to predict in LOTS lists, made of a few files; eight samples to train with."""
    for i in range(8):
        for band in "gzr":
            write_fits("%s/%s%d.fits" % (folder, band, i), SIZE, SIZE, band, "%s%d" % (band, i))
    lists = {"sets": ["g%d.fits,z%d.fits,r%d.fits" % (i, i, i) for i in range(8)]}
    for lot in range(LOTS):
        stamps = range(lot, STAMPS, LOTS)
        lists["in%d" % lot] = ["g%d.fits,z%d.fits" % (i % 8, i % 8) for i in stamps]
        lists["out%d" % lot] = ["out%d.fits" % i for i in stamps]
    for name, lines in lists.items():
        with open(os.path.join(folder, name), "w") as f:
            f.write("".join(line + "\n" for line in lines))


def beside(generator, runs):
    """Seconds and most memory of the runs of tasks, and a forward pass's time before, between and after them."""
    samples, results = [], []
    for run in runs + [None]:
        samples += [generator.ask("forward") for _ in range(ROUNDS)][3:]
        if run:
            results.append(task(*run))
    return sum(s for s, _ in results), max(m for _, m in results), Figure(samples)


def against_passes(what, seconds, count, forward, target):
    row(what, "%.1f s / %d x %s = %s%.2f" % (seconds, count, forward, forward.mark, 1e3 * seconds / count / forward),
        target)


def tasks(folder, raw):
    """What a user waits for."""
    generator = Contender([GENERATOR, "paper", str(FILTERS), str(SIZE), str(THREADS), raw], {})
    nx, ny = FIELD
    write_lists(folder)
    prep = ("bandprep", "input=@sets", "output=set.fits", "size=%d" % SIZE)
    subprocess.run(prep + ("clobber=yes", "verbose=0"), cwd=folder, check=True,
                   executable=os.path.join(BUILD, "tasks/bandprep"))
    _, memory = task(folder, "bandtrain", "set.fits", "model.fits", "inbands=g,z", "outband=r",
                     "recipe=paper", "epochs=2", "batch=1")
    row("memory of bandtrain, batch 1", "%.0f MB" % memory, "<= 250 MB")
    one = ("bandpredict", "g0.fits,z0.fits", "out.fits", "model.fits")
    runs = [task(folder, *one) for _ in range(9)]
    row("memory of bandpredict, one stamp", "%.0f MB" % max(m for _, m in runs), "<= 180 MB")
    row("bandpredict on one stamp, cold start to file, least of %d" % len(runs),
        "%.2f s" % min(s for s, _ in runs), "< 0.30 s")
    seconds, _, forward = beside(generator, [(folder, "bandpredict", "@in%d" % i, "@out%d" % i, "model.fits")
                                             for i in range(LOTS)])
    against_passes("%d stamps, FITS in and out / as many forward passes" % STAMPS, seconds, STAMPS, forward,
                   "<= 1.25")
    for band in "gz":
        write_fits("%s/field_%s.fits" % (folder, band), nx, ny, band, band)
    field = ("bandpredict", "field_g.fits,field_z.fits", "field.fits")
    seconds, memory, forward = beside(generator, [(folder, *field, "model.fits", "window=blend",
                                                   "memory=%d" % MEMORY)])
    generator.close()
    windows = math.prod((n - SIZE + SIZE // 2 - 1) // (SIZE // 2) + 1 for n in FIELD)
    against_passes("a field of %d x %d / forward passes of its windows" % FIELD, seconds, windows, forward, "<= 1.15")
    row("memory for that field with memory=%d" % MEMORY, "%.0f MB" % memory, "<= %d MB" % MEMORY)
    task(folder, "bandtrain", "set.fits", "local.fits", "inbands=g,z", "outband=r", "epochs=2")
    for limit, target in (0, "-"), (MEMORY, "<= %d MB" % MEMORY):
        seconds, memory = task(folder, *field, "local.fits", "memory=%d" % limit)
        row("that field by a model of the default recipe%s" % (limit and ", memory=%d" % limit or ""),
            "%.1f s = %.2f Mpixel/s, %.0f MB" % (seconds, 1e-6 * nx * ny / seconds, memory), target)


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return os.uname().machine


def main():
    pythons = sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "raw")
        against_torch(raw, pythons, {}, "", (0.23, 0.28))
        against_torch(raw, pythons, AVX2, ", AVX2", (0.35, 0.35))
        threads_and_floor(raw)
        tasks(folder, raw)
    print("\n%s, %d threads, %s" % (processor(), THREADS, datetime.date.today()))
    print("\n| | measured | target |\n|---|---|---|")
    for line in table:
        print("| %s | %s | %s |" % line)


main()
