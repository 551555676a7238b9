"""The stages of test/gpu/run that need a GPU; run sets the paths.

usage: stages.py check | train | sanitize | bench | profile | torch | tasks | all | table [FILE]

What an item of a stage gave is kept in results.json at once: a stage that ends early (75: ten minutes are nearly over),
or is started again, goes on with what has not been done yet; one that has come to its end, with what has not passed.
GPU=cpu is a rehearsal on the processor, with little work.
SPDX-License-Identifier: BSD-3-Clause
"""
import csv
import datetime
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

try:
    import numpy as np
except ImportError:
    sys.exit("run %s: nothing was done, as %s has no NumPy" % (sys.argv[1], sys.executable))

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "results.json")
REHEARSAL = os.environ.get("GPU") == "cpu"
# Normalised squared error that each precision may have: the squares of 1e-5, 1e-2 and 3e-2; of Winograd's sums, 3e-4.
LIMITS = {"fp32": 1e-7} if REHEARSAL else {"fp32": 1e-10, "tf32": 1e-4, "bf16": 1e-3}
KERNELS = ("gpu_apply", "gpu_out", "gpu_step")
BATCHES = (1,) if REHEARSAL else (1, 8, 32)
TIMED = (*LIMITS, *(() if REHEARSAL else ("tf32,fast", "bf16,fast")))
STAMPS, FIELD = (20, 700) if REHEARSAL else (1000, 10000)
STEPS = 8                   # that are profiled
SAMPLES, EPOCHS = (10, 2) if REHEARSAL else (100, 100)
GIGAFLOP = 23.26            # of a forward pass of the paper's generator, 128 x 128
LAST_START, LONGEST, AGAIN = 280, 240, 60       # seconds: no item begins later, or may take longer, or when repeated
STAGES = ("check", "bench", "tasks", "profile", "train", "torch", "sanitize")   # what is wanted most first
begun = time.monotonic()


def device(precision):
    return "cpu" if REHEARSAL else "cuda," + precision


def known():
    if not os.path.exists(RESULTS):
        return {}
    with open(RESULTS) as f:
        return json.load(f)


def keep(what, result):
    """RESULT of what was done; None: it is to be done again."""
    results = {**known(), what: result}
    if result is None:
        del results[what]
    with open(RESULTS + ".new", "w") as f:
        json.dump(results, f, indent=1)
    os.replace(RESULTS + ".new", RESULTS)


def item(what, work, *arguments):
    """What WORK gives, and keep it: a figure as text, or True and False of a test.  Done once; failures again, but only
    when all else of the stage has been done, or those that take long would leave no time for it."""
    stage, result = "stage " + sys.argv[1], known().get(what)
    if result is None or result in (False, "failed") and stage in known():
        if time.monotonic() - begun > LAST_START:
            keep(stage, None)
            print("ten minutes are nearly over: the same command goes on")
            sys.exit(75)
        try:
            result = work(*arguments)
        except Exception as e:              # it failed, took too long or said nothing of use: the others are done still
            print("%s: %s" % (type(e).__name__, e))
            result = False
        keep(what, result)
    said = ("FAIL", "pass")[result] if isinstance(result, bool) else result if isinstance(result, str) \
        else " ".join(map(str, result))
    print("%s: %s" % (said, what), flush=True)
    return result


def in_time(*command, longest=LONGEST, **more):
    """Ends with 124 after so many seconds, with all that the command has started: a profiler, say, what it looks at."""
    return subprocess.run(("timeout", "-k", "5", str(longest), *command), **more)


def run(*command, **more):
    """One of our programs: the libraries of the bundle are for it, not for Python and what that loads."""
    environment = {**os.environ, "LD_LIBRARY_PATH": os.environ["BANDCAST_LIBRARIES"], **more.pop("env", {})}
    return in_time(*command, env=environment, **more)


def passes(*command):
    """A program that is a test.  Where it fails, it is done once more in a way that shows where: cuDNN says why, and
    each launch is waited for."""
    if run(*command).returncode == 0:
        return True
    if not REHEARSAL:
        print("once more, each launch by itself:", flush=True)
        p = run(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", longest=AGAIN,
                env={"CUDA_LAUNCH_BLOCKING": "1", "CUDNN_LOGLEVEL_DBG": "2", "CUDNN_LOGDEST_DBG": "stderr"})
        print("\n".join([*p.stdout.splitlines()[-40:], "status %d" % p.returncode]), flush=True)
    return False


def network(model, where, stamps):
    """The bare network of MODEL on float32 stamps (n, inputs, size, size)."""
    p = run("run_network", model, where, str(stamps.shape[-1]), input=stamps.tobytes(), stdout=subprocess.PIPE)
    return np.frombuffer(p.stdout, np.float32) if p.returncode == 0 else None


def inputs_of(model):
    """Planes that the network takes: so many make one answer."""
    return next(n for n in range(1, 33) if network(model, "cpu", np.zeros((1, n, 32, 32), np.float32)).size > 0)


def same_network(model, precision):
    draw = np.random.default_rng()
    stamps = draw.normal(0, 0.3, (2, inputs_of(model), 64, 64)).astype(np.float32)
    want, got = network(model, "ref", stamps), network(model, device(precision), stamps)
    alike = got is not None and want is not None and got.size == want.size
    error = ((got - want) ** 2).sum() / (want ** 2).sum() if alike else np.inf
    print("normalised squared error %.2g" % error)
    return bool(error <= LIMITS[precision.split(",")[0]])


def same_tiles():
    """Tiles of another size: not the same bits for certain, as cuDNN may take another kernel, but close."""
    with tempfile.TemporaryDirectory() as folder:
        draw, pixels = np.random.default_rng(), []
        for band in "gZ":
            write_fits("%s/%s.fits" % (folder, band), draw.normal(0, 1, (700, 900)), band)
        for size in (0, 320, 448):
            out = os.path.join(folder, "out%d.fits" % size)
            run("bandpredict", "g.fits,Z.fits", out, os.path.join(HERE, "models/kids_r.fits"), "window=tile",
                "size=%d" % size, "device=" + device("fp32"), "verbose=0", cwd=folder, check=True)
            pixels.append(pixels_of(out, 700 * 900))
    worst = max(np.abs(p - pixels[0]).max() for p in pixels[1:]) / pixels[0].std()
    print("tiles of other sizes differ by %.2g of the standard deviation%s"
          % (worst, ", not a bit" if worst == 0 else ""))
    return bool(worst < 1e-4)


def same_side_by_side():
    """Stamps by several threads, each with its own model on the GPU, and by one: the same bits."""
    with tempfile.TemporaryDirectory() as folder:
        write_sets(folder, 128, 4, 64)
        pixels = []
        for threads in 1, 8:
            run("bandpredict", "@in", "@out", os.path.join(HERE, "models/kids_r.fits"), "device=" + device("fp32"),
                "threads=%d" % threads, "verbose=0", "clobber=yes", cwd=folder, check=True)
            pixels.append([pixels_of("%s/out%d.fits" % (folder, i), 128 * 128).tobytes() for i in range(64)])
    return pixels[0] == pixels[1] and pixels[0][0] != pixels[0][1]


def pixels_of(name, n):
    """The first N of the primary image of a file that bandpredict wrote."""
    with open(name, "rb") as f:
        fits = f.read()
    at = next(i for i in range(0, len(fits), 80) if fits[i:i + 80].startswith(b"END "))
    return np.frombuffer(fits, ">f4", n, (at // 2880 + 1) * 2880).astype(float)


def check():
    for program in () if REHEARSAL else KERNELS:
        item(program, passes, program)
    names = run("gpu_network", "names", stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    for precision, limit in LIMITS.items():
        for name in names[:4] if REHEARSAL else names:  # a program each: after a failure all that follows may fail
            what = "network %s, %s" % (name, precision)
            good = item(what, passes, "gpu_network", "check", device(precision), str(limit), name)
            if not good and precision == "fp32" and not REHEARSAL:      # is that Winograd's sums?
                item(what + ",direct", passes, "gpu_network", "check", device("fp32,direct"), str(limit), name)
    for precision in TIMED:
        for model in sorted(glob.glob(os.path.join(HERE, "models/*.fits"))):
            item("%s, %s" % (os.path.basename(model), precision), same_network, model, precision)
    item("tiles", same_tiles)
    item("stamps side by side", same_side_by_side)


def curve(where):
    """The losses of a small model's training, epoch by epoch."""
    with tempfile.TemporaryDirectory() as folder:
        run("bandmock", "set.fits", "number=64", "bands=G,R,Z", "size=64", "noise=survey", "verbose=0", cwd=folder,
            check=True)
        run("bandtrain", "set.fits", "model.fits", "inbands=G,Z", "outband=R", "filters=32", "resblocks=3",
            "epochs=%d" % (2 if REHEARSAL else 6), "seed=3", "verbose=0", "device=" + where, "log=log.csv", cwd=folder,
            check=True)
        with open(os.path.join(folder, "log.csv")) as f:
            rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
    return [float(r[next(c for c in r if "loss" in c.lower())]) for r in rows]


def train():
    """fp32 within 1 % of cpu, the others within 5 %, and the same curve twice."""
    want = item("loss, cpu", curve, "cpu")
    for precision in LIMITS:
        limit = 0.01 if precision == "fp32" else 0.05
        got = item("loss, " + precision, curve, device(precision))
        item("loss curve, " + precision, lambda: bool(want and got) and len(got) == len(want)
             and all(abs(g - w) <= limit * abs(w) for g, w in zip(got, want)))
        item("the same curve twice, " + precision, lambda: curve(device(precision)) == got)


def sanitized(tool, *what):
    return run(tool, "--error-exitcode", "1", "--print-limit", "10", "--tool", *what).returncode == 0


def sanitize():
    tool = shutil.which("compute-sanitizer") or "/usr/local/cuda/bin/compute-sanitizer"
    if REHEARSAL or not os.path.exists(tool):
        print("compute-sanitizer is not installed here")
        return
    for check_of in ("memcheck", "racecheck", "initcheck", "synccheck"):
        for program in KERNELS:
            item("%s, %s" % (program, check_of), sanitized, tool, check_of, os.path.join(HERE, "bin", program))


def milliseconds(precision, n):
    p = run("gpu_network", "time", device(precision), str(n), stdout=subprocess.PIPE, text=True)
    return ["%.3f" % (float(v) / n) for v in p.stdout.split()] if p.returncode == 0 else "failed"


def bench():
    for precision in TIMED:
        for n in BATCHES:
            item("time, %s, %d" % (precision, n), milliseconds, precision, n)


def kernels(precision, n):
    """Microseconds of a training step by Nsight Compute; on the terminal each kernel's, and how often it is run."""
    p = run(shutil.which("ncu"), "--csv", "--print-units", "base", "--metrics", "gpu__time_duration.sum",
            "--clock-control", "none", "--cache-control", "none", os.path.join(HERE, "bin/gpu_network"), "steps",
            device(precision), str(n), str(STEPS), stdout=subprocess.PIPE, text=True)
    lines = p.stdout.splitlines()
    rows = csv.DictReader(lines[next((i for i, line in enumerate(lines) if line.startswith('"ID"')), len(lines)):])
    times = {}
    for row in rows:
        times.setdefault(row["Kernel Name"][:90], []).append(1e-3 * float(row["Metric Value"].replace(",", "")))
    if not times:
        print("\n".join(lines[-20:]))
        return "failed"
    for name, each in sorted(times.items(), key=lambda t: -sum(t[1])):
        print("%8.1f us in %5.1f runs a step: %s" % (sum(each) / STEPS, len(each) / STEPS, name))
    return "%.0f us" % (sum(map(sum, times.values())) / STEPS)


def profile():
    if REHEARSAL or shutil.which("ncu") is None:
        print("ncu is not installed here")
        return
    for precision in "tf32", "bf16":
        for n in 1, 32:
            item("kernels of a step, %s, %d" % (precision, n), kernels, precision, n)


def torch_says(*what):
    p = in_time(sys.executable, os.path.join(HERE, "torch_gpu.py"), *what, stdout=subprocess.PIPE, text=True)
    return p.stdout.split() if p.returncode == 0 else "failed"


def torch():
    if item("PyTorch", torch_says, "version") == "failed":
        return
    item("matrix products, bf16, TFLOP/s", torch_says, "matrix")
    for form in ("tf32 eager", "bf16 eager", "tf32 compiled", "bf16 compiled"):
        for n in BATCHES:
            item("time, PyTorch %s, %d" % (form, n), torch_says, *form.split(), str(n))


def write_fits(name, pixels, band):
    cards = ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = %d" % pixels.shape[1],
             "NAXIS2  = %d" % pixels.shape[0], "FILTER  = '%s'" % band, "END"]
    with open(name, "wb") as f:
        f.write("".join(c.ljust(80) for c in cards).ljust(2880).encode() + pixels.astype(">f4").tobytes()
                + bytes(-4 * pixels.size % 2880))


class GpuMemory(threading.Thread):
    """The most that was in use while it ran, MB; 0 where nvidia-smi does not say."""
    most, stop = 0, False

    def run(self):
        while not self.stop:
            p = subprocess.run("nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits || echo 0", shell=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            self.most = max(self.most, int(p.stdout.split()[0]))
            time.sleep(0.2)


def write_sets(folder, side, files, sets):
    """Lists in and out of so many SETS, made of a few FILES of noise for each band."""
    draw = np.random.default_rng(1)
    for band in "gZ":
        for i in range(files):
            write_fits("%s/%s%d.fits" % (folder, band, i), draw.standard_normal((side, side), np.float32), band)
    for name, form in (("in", "g%d.fits,Z%d.fits\n"), ("out", "out%d.fits\n")):
        with open(os.path.join(folder, name), "w") as f:
            f.writelines(form % ((i % files, i % files) if name == "in" else i) for i in range(sets))


def timed_task(precision, field):
    """Stamps or a field with the model kids_r, FITS in and out."""
    model = os.path.join(HERE, "models/kids_r.fits")
    with tempfile.TemporaryDirectory() as folder:
        write_sets(folder, *((FIELD, 1, 1) if field else (128, 8, STAMPS)))
        memory, start = GpuMemory(daemon=True), time.perf_counter()
        memory.start()
        try:
            p = run("bandpredict", *(("g0.fits,Z0.fits", "field.fits") if field else ("@in", "@out")), model,
                    "device=" + device(precision), "verbose=0", cwd=folder)
        finally:
            seconds, memory.stop = time.perf_counter() - start, True
    return "%.2f s, %d MB of the GPU in use" % (seconds, memory.most) if p.returncode == 0 else "failed"


def timed_training(precision):
    """The paper's recipe, all that the host does included: three of five samples train, one validates."""
    with tempfile.TemporaryDirectory() as folder:
        run("bandmock", "set.fits", "number=%d" % SAMPLES, "bands=G,R,Z", "size=128", "noise=survey", "verbose=0",
            cwd=folder, check=True)
        run("bandtrain", "set.fits", "model.fits", "inbands=G,Z", "outband=R", "recipe=paper", "epochs=%d" % EPOCHS,
            "verbose=0", "device=" + device(precision), "log=log.csv", cwd=folder, check=True)
        with open(os.path.join(folder, "log.csv")) as f:
            end = [float(row["seconds"]) for row in csv.DictReader(line for line in f if not line.startswith("#"))]
    return "%.2f ms a training sample" % (1e3 * (end[-1] - end[0]) / (EPOCHS - 1) / (SAMPLES * 3 // 5))


def tasks():
    for precision in LIMITS:
        item("training as in the paper, FITS in and out, %s" % precision, timed_training, precision)
        item("%d stamps of 128 x 128, FITS in and out, %s" % (STAMPS, precision), timed_task, precision, False)
        item("a field of %d x %d, FITS in and out, %s" % (FIELD, FIELD, precision), timed_task, precision, True)


def table(file=None):
    r = known()
    card = "a rehearsal on the processor" if REHEARSAL else subprocess.run(
        "nvidia-smi --query-gpu=name,driver_version --format=csv,noheader || echo a GPU", shell=True,
        stdout=subprocess.PIPE, text=True).stdout.strip()
    tests = {what: result for what, result in r.items() if result is False or (result is True
                                                                               and not what.startswith("stage "))}
    lines = ["%s, %s: %d tests pass, %d fail" % (card, datetime.date.today(), sum(tests.values()),
                                                 len(tests) - sum(tests.values()))]
    lines += ["* fails: " + what for what, result in tests.items() if not result]
    lines += ["PyTorch %s" % r["PyTorch"][0]] if isinstance(r.get("PyTorch"), list) else []
    lines += ["", "| paper's generator, 128 x 128, ms a sample | %s |" % " | ".join("batch %d" % n for n in BATCHES),
              "|---" * (1 + len(BATCHES)) + "|"]
    for who in [*TIMED] + sorted({w.split(", ")[1] for w in r if w.startswith("time, PyTorch")}):
        for k, what in enumerate(("forward", "step")):
            found = [r.get("time, %s, %d" % (who, n), "not done") for n in BATCHES]
            lines.append("| %s, %s | %s |" % (who if "Torch" in who else "bandcast " + who, what, " | ".join(
                f if isinstance(f, str) else f[k] if f and k < len(f) else "failed" for f in found)))
    rate, forward = r.get("matrix products, bf16, TFLOP/s"), r.get("time, bf16, 32")
    if rate and forward and isinstance(rate, list) and isinstance(forward, list):
        lines += ["", "Products of a forward pass at batch 32 in bf16: %.0f TFLOP/s, of matrices of PyTorch's: %s."
                  % (GIGAFLOP / float(forward[0]), rate[0])]
    lines += ["", "| task | |", "|---|---|"]
    lines += ["| %s | %s |" % row for row in r.items() if "FITS in and out" in row[0] or row[0].startswith("kernels")]
    text = "\n".join(lines) + "\n"
    print(text)
    if file is not None:
        with open(file, "w") as f:
            f.write(text)
    sys.exit(not all(tests.values()))


def everything(file=None):
    """Stage after stage, each as often as it says that it is not done."""
    for stage in STAGES:
        while subprocess.run([sys.executable, __file__, stage]).returncode == 75:
            pass
        if not known().get("stage " + stage):
            keep("stage " + stage, False)
    table(file)


work = {"check": check, "train": train, "sanitize": sanitize, "bench": bench, "profile": profile, "torch": torch,
        "tasks": tasks, "all": everything, "table": table}[sys.argv[1]]
work(*sys.argv[2:])
if sys.argv[1] in STAGES:
    keep("stage " + sys.argv[1], True)          # to its end
sys.exit(any(result is False for result in known().values()))
