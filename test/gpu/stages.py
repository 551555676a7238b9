"""The stages of test/gpu/run that need a GPU; run sets the paths.

usage: stages.py check | train | sanitize | bench [TABLE]
SPDX-License-Identifier: BSD-3-Clause
"""
import csv
import datetime
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
# Normalised squared error that each precision may have: the squares of 1e-5, 3e-3 and 3e-2.
LIMITS = {"fp32": 1e-10, "tf32": 1e-5, "bf16": 1e-3}
KERNELS = ("gpu_apply", "gpu_out", "gpu_step")
failures = 0


def say(ok, what):
    global failures
    failures += not ok
    print("%s: %s" % ("pass" if ok else "FAIL", what), flush=True)


def run(*command, **more):
    return subprocess.run(command, **more)


def network(model, device, stamps):
    """The bare network of MODEL on float32 stamps (n, inputs, size, size)."""
    p = run("run_network", model, device, str(stamps.shape[-1]), input=stamps.tobytes(), stdout=subprocess.PIPE)
    return np.frombuffer(p.stdout, np.float32) if p.returncode == 0 else None


def inputs_of(model):
    return next((n for n in (1, 2, 3, 4, 5, 6, 7, 8)
                 if (out := network(model, "cpu", np.zeros((1, n, 32, 32), np.float32))) is not None
                 and out.size == 32 * 32), None)


def check():
    for program in KERNELS:
        say(run(program).returncode == 0, program)
    for precision, limit in LIMITS.items():
        say(run("gpu_network", "check", "cuda," + precision, str(limit)).returncode == 0, "networks, " + precision)
    draw = np.random.default_rng()
    for model in sorted(glob.glob(os.path.join(HERE, "models/*.fits"))):
        n = inputs_of(model)
        stamps = draw.normal(0, 0.3, (2, n, 64, 64)).astype(np.float32)
        want = network(model, "ref", stamps)
        for precision, limit in LIMITS.items():
            got = network(model, "cuda," + precision, stamps)
            error = np.inf if got is None or want is None else ((got - want) ** 2).sum() / (want ** 2).sum()
            say(error <= limit, "%s, %s: normalised squared error %.2g" % (os.path.basename(model), precision, error))


def curve(folder, device):
    log = os.path.join(folder, device.replace(",", "_") + ".csv")
    p = run("bandtrain", "set.fits", log + ".fits", "inbands=G,Z", "outband=R", "filters=32", "resblocks=3", "epochs=6",
            "seed=3", "verbose=0", "clobber=yes", "resume=no", "device=" + device, "log=" + log, cwd=folder)
    if p.returncode != 0:
        return None
    with open(log) as f:
        rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
    column = next(c for c in rows[0] if "loss" in c.lower())
    return np.array([float(r[column]) for r in rows])


def train():
    """A small model's loss, epoch by epoch: fp32 within 1 % of cpu, the others within 5 %."""
    with tempfile.TemporaryDirectory() as folder:
        run("bandmock", "set.fits", "number=64", "bands=G,R,Z", "size=64", "noise=survey", "verbose=0", cwd=folder,
            check=True)
        want = curve(folder, "cpu")
        print("cpu        ", want)
        for precision in LIMITS:
            got, again = curve(folder, "cuda," + precision), curve(folder, "cuda," + precision)
            print("cuda,%-6s" % precision, got)
            limit = 0.01 if precision == "fp32" else 0.05
            say(got is not None and np.all(np.abs(got - want) <= limit * want), "loss curve, %s" % precision)
            say(got is not None and np.array_equal(got, again), "the same curve twice, %s" % precision)


def sanitize():
    tool = shutil.which("compute-sanitizer") or "/usr/local/cuda/bin/compute-sanitizer"
    if not os.path.exists(tool):
        print("compute-sanitizer is not installed here")
        sys.exit(77)
    for check_of in ("memcheck", "racecheck", "initcheck", "synccheck"):
        for program in KERNELS:
            p = run(tool, "--tool", check_of, "--error-exitcode", "1", program)
            say(p.returncode == 0, "%s, %s" % (program, check_of))


def write_fits(name, pixels, band):
    cards = ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = %d" % pixels.shape[1],
             "NAXIS2  = %d" % pixels.shape[0], "FILTER  = '%s'" % band, "END"]
    with open(name, "wb") as f:
        f.write("".join(c.ljust(80) for c in cards).ljust(2880).encode() + pixels.astype(">f4").tobytes()
                + bytes(-4 * pixels.size % 2880))


def tasks(folder):
    """1000 stamps and a field with the model kids_r, FITS in and out; yields (what, figure)."""
    draw, model = np.random.default_rng(1), os.path.join(HERE, "models/kids_r.fits")
    for i in range(8):
        for band in "gZ":
            write_fits("%s/%s%d.fits" % (folder, band, i), draw.normal(0, 1, (128, 128)), band)
    for name, form in (("in", "g%d.fits,Z%d.fits\n"), ("out", "out%d.fits\n")):
        with open(os.path.join(folder, name), "w") as f:
            f.writelines(form % ((i % 8, i % 8) if name == "in" else i) for i in range(1000))
    for band in "gZ":
        write_fits("%s/field_%s.fits" % (folder, band), draw.normal(0, 1, (10000, 10000)), band)
    for what, arguments in (("1000 stamps of 128 x 128, FITS in and out", ("@in", "@out")),
                            ("a field of 10000 x 10000, FITS in and out", ("field_g.fits,field_Z.fits", "field.fits"))):
        for precision in ("tf32", "bf16"):
            start = time.perf_counter()
            p = run("bandpredict", *arguments, model, "device=cuda," + precision, "verbose=0", "clobber=yes", cwd=folder)
            yield "%s, %s" % (what, precision), "%.2f s" % (time.perf_counter() - start) if p.returncode == 0 else "failed"


def bench(table=None):
    lines = ["| paper's generator, 128 x 128, ms a sample | batch 1 | 8 | 32 |", "|---|---|---|---|"]
    for precision in LIMITS:
        ms = [[float(v) / n for v in run("gpu_network", "time", "cuda," + precision, str(n), stdout=subprocess.PIPE,
                                         text=True, check=True).stdout.split()] for n in (1, 8, 32)]
        for k, what in enumerate(("forward", "step")):
            lines.append("| bandcast, %s, %s | " % (what, precision) + " | ".join("%.3f" % m[k] for m in ms) + " |")
    p = run(sys.executable, os.path.join(HERE, "torch_gpu.py"), stdout=subprocess.PIPE, text=True)
    lines += p.stdout.splitlines() if p.returncode == 0 else ["", "No PyTorch with a GPU here."]
    lines += ["", "| task | |", "|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        lines += ["| %s | %s |" % row for row in tasks(folder)]
    card = run("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader", stdout=subprocess.PIPE,
               text=True).stdout.strip()
    text = "%s, %s\n\n%s\n" % (card, datetime.date.today(), "\n".join(lines))
    print(text)
    if table is not None:
        with open(table, "w") as f:
            f.write(text)


{"check": check, "train": train, "sanitize": sanitize, "bench": bench}[sys.argv[1]](*sys.argv[2:])
sys.exit(failures > 0)
