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
    import torch.nn.functional as F
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


class Generator(torch.nn.Module):
    """Weights as in the raw file: kernel, then scale and offset or bias, layer by layer."""

    def __init__(self, weights):
        super().__init__()
        self.at, stem = 0, filters // 2
        self.w = torch.nn.ParameterList()

        def take(*shape):
            n = int(np.prod(shape))
            part = torch.from_numpy(weights[self.at:self.at + n].copy().reshape(shape))
            self.at += n
            return part

        def conv(k, cin, cout):
            kernel = take(k, k, cin, cout).permute(3, 2, 0, 1).contiguous()
            self.w.append(torch.nn.Parameter(kernel))

        def norm(c):
            self.w.append(torch.nn.Parameter(take(c)))
            self.w.append(torch.nn.Parameter(take(c)))

        conv(7, 2, stem), norm(stem)
        conv(3, stem, filters), norm(filters)
        for _ in range(18):
            conv(3, filters, filters), norm(filters)
        conv(3, stem, filters), norm(stem)      # the transposed one: (k, k, out, in)
        conv(7, stem, 1)
        self.w.append(torch.nn.Parameter(take(1)))
        assert self.at == len(weights)

    def flat(self, tensors):
        """Like the weights of the raw file."""
        tensors = [t.permute(2, 3, 1, 0) if t.dim() == 4 else t for t in tensors]
        return np.concatenate([t.detach().numpy().ravel() for t in tensors])

    def forward(self, x):
        w = list(self.w)

        def mirrored(x, i, p):
            return F.conv2d(F.pad(x, (p, p, p, p), mode="reflect"), w[i])

        def norm(x, i):
            return F.instance_norm(x, weight=w[i + 1], bias=w[i + 2], eps=1e-3)

        x = F.relu(norm(mirrored(x, 0, 3), 0))
        x = F.relu(norm(F.conv2d(F.pad(x, (0, 1, 0, 1)), w[3], stride=2), 3))
        for i in range(6, 60, 6):
            y = F.relu(norm(mirrored(x, i, 1), i))
            x = x + norm(mirrored(y, i + 3, 1), i + 3)
        x = F.relu(norm(F.conv_transpose2d(x, w[60], stride=2)[:, :, :size, :size], 60))
        return torch.tanh(F.conv2d(F.pad(x, (3, 3, 3, 3), mode="reflect"), w[63], w[64]))


g = np.exp(-0.5 * (np.arange(11) - 5.0) ** 2 / 1.5 ** 2)
g = torch.from_numpy((g / g.sum()).astype(np.float32))
along, across = g.view(1, 1, 1, 11).repeat(5, 1, 1, 1), g.view(1, 1, 11, 1).repeat(5, 1, 1, 1)


def loss_of(x, y):
    """L1 + 1 - SSIM, x the truth."""
    m = torch.cat((x, y, x * x, y * y, x * y), 1)
    m = F.conv2d(F.conv2d(m, along, groups=5), across, groups=5)
    mx, my, xx, yy, xy = m[:, 0], m[:, 1], m[:, 2], m[:, 3], m[:, 4]
    s = (2 * mx * my + 1e-4) * (2 * xy - 2 * mx * my + 9e-4)
    s = s / ((mx * mx + my * my + 1e-4) * (xx + yy - mx * mx - my * my + 9e-4))
    return (x - y).abs().mean() + 1 - s.mean()


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

model = Generator(weights)
theirs = loss_of(t, model(x))
theirs.backward()
near = distance(model(x).detach().numpy().ravel(), out)
near_gradient = distance(model.flat([p.grad for p in model.w]), gradient)
# Where an activation or a difference is nearly 0, a rounding decides its sign, and with it a slope.
if not (near < 1e-8 and near_gradient < 1e-4):
    sys.exit("bench_torch.py: bandcast and PyTorch do not compute the same: "
             "normalised squared differences %g, of the gradient %g" % (near, near_gradient))

warnings.simplefilter("ignore")
last = Generator(weights).to(memory_format=torch.channels_last)
x_last = x.to(memory_format=torch.channels_last)
frozen = torch.jit.freeze(torch.jit.trace(Generator(weights).eval(), x))
frozen = torch.jit.optimize_for_inference(frozen)
works = {
    "forward eager": forwarder(Generator(weights).eval(), x),
    "forward channels_last": forwarder(last, x_last),
    "forward jit": forwarder(frozen, x),
    "step eager": stepper(Generator(weights), x, t),
    "step channels_last": stepper(last, x_last, t),
}
if hasattr(torch, "compile"):
    works["forward inductor"] = forwarder(torch.compile(Generator(weights).eval()), x)
    works["step inductor"] = stepper(torch.compile(Generator(weights)), x, t)

vectors = torch.__config__.show().split("CPU capability usage: ")[-1].split("\n")[0]
print("PyTorch %s, %s" % (torch.__version__.split("+")[0], vectors))
print(";".join(works), flush=True)
for line in sys.stdin:
    print("%.4f %.4f" % timed(works[line.rstrip()]), flush=True)
