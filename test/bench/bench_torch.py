#!/usr/bin/env python3
"""PyTorch's side of bench.py: the generator that bench_generator wrote to FILE, same weights.

usage: bench_torch.py FILTERS SIZE THREADS FILE

Says its version and its vectors, then what it can time ("forward eager"...); obeys such lines from
its input, each answered by a time in ms and the ms that its threads had to wait for a core.
SPDX-License-Identifier: BSD-3-Clause
"""
import os
import sys
import time
import warnings

filters, size, threads = (int(a) for a in sys.argv[1:4])

# PyTorch at its best: bound threads, and memory kept by malloc, not given back after each call.
if os.environ.get("OMP_PROC_BIND") is None:
    os.environ.update(OMP_PROC_BIND="true", OMP_NUM_THREADS=str(threads),
                      MALLOC_MMAP_THRESHOLD_="1000000000", MALLOC_TRIM_THRESHOLD_="2000000000",
                      MALLOC_TOP_PAD_="100000000")
    os.execv(sys.executable, [sys.executable] + sys.argv)

try:
    import numpy as np
    import torch

    from torch_generator import Generator, loss_of
except ImportError as e:
    print("no PyTorch (%s)" % e)
    sys.exit(0)

torch.set_num_threads(threads)


def waited():
    """ms that this process's threads have waited for a core, and that the host took."""
    ms = 0.0
    for task in os.listdir("/proc/self/task"):
        try:
            ms += int(open("/proc/self/task/%s/schedstat" % task).read().split()[1]) * 1e-6
        except OSError:
            pass
    return ms + int(open("/proc/stat").readline().split()[8]) * 10.0


def stepper(model, x, truth):
    adam = torch.optim.Adam(model.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-7)

    def step():
        adam.zero_grad(set_to_none=True)
        loss_of(truth, model(x)).backward()
        adam.step()
    return step


def forwarder(model, x):
    def forward():
        with torch.no_grad():
            return model(x)
    return forward


def timed(work):
    before, start = waited(), time.perf_counter()
    work()
    ms = 1e3 * (time.perf_counter() - start)
    return ms, waited() - before


def distance(a, b):
    """Normalised squared error."""
    return float(((a.astype(float) - b) ** 2).sum() / (b.astype(float) ** 2).sum())


data = np.fromfile(sys.argv[4], dtype=np.float32)
area = size * size
nweight = (len(data) - 4 * area - 1) // 2
ends = np.cumsum([nweight, 2 * area, area, area, nweight])
weights, inputs, truth, out, gradient, loss = np.split(data, ends)
x = torch.from_numpy(inputs.reshape(1, 2, size, size))
t = torch.from_numpy(truth.reshape(1, 1, size, size))

model = Generator(weights, filters, size)
theirs = loss_of(t, model(x))
theirs.backward()
near = distance(model(x).detach().numpy().ravel(), out)
near_gradient = distance(model.flat([p.grad for p in model.w]), gradient)
# Where an activation or a difference is nearly 0, a rounding decides its sign, and with it a slope.
if not (near < 1e-8 and near_gradient < 1e-4):
    sys.exit("bench_torch.py: bandcast and PyTorch do not compute the same: "
             "normalised squared differences %g, of the gradient %g" % (near, near_gradient))

warnings.simplefilter("ignore")
last = Generator(weights, filters, size).to(memory_format=torch.channels_last)
x_last = x.to(memory_format=torch.channels_last)
frozen = torch.jit.freeze(torch.jit.trace(Generator(weights, filters, size).eval(), x))
frozen = torch.jit.optimize_for_inference(frozen)
works = {
    "forward eager": forwarder(Generator(weights, filters, size).eval(), x),
    "forward channels_last": forwarder(last, x_last),
    "forward jit": forwarder(frozen, x),
    "step eager": stepper(Generator(weights, filters, size), x, t),
    "step channels_last": stepper(last, x_last, t),
}
if hasattr(torch, "compile"):
    works["forward inductor"] = forwarder(torch.compile(Generator(weights, filters, size).eval()), x)
    works["step inductor"] = stepper(torch.compile(Generator(weights, filters, size)), x, t)

vectors = torch.__config__.show().split("CPU capability usage: ")[-1].split("\n")[0]
print("PyTorch %s, %s" % (torch.__version__.split("+")[0], vectors))
print(";".join(works), flush=True)
for line in sys.stdin:
    print("%.4f %.4f" % timed(works[line.rstrip()]), flush=True)
