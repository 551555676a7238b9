"""PyTorch's side of the torch stage: the paper's generator on the same GPU, from and to the host's memory as
bandcast is timed.  Compiled is all but Adam, which is one kernel, and launches are recorded, as ours are.
Prints figures; exit 1 where there is no PyTorch with a GPU.

usage: torch_gpu.py version | matrix | tf32|bf16 eager|compiled BATCH      (ms a sample: forward, step)
SPDX-License-Identifier: BSD-3-Clause
"""
import os
import statistics
import sys
import time
import warnings

try:
    import numpy as np
    import torch

    import torch_generator
except ImportError as e:
    sys.exit("no PyTorch (%s)" % e)
ON = "cpu" if os.environ.get("GPU") == "cpu" else "cuda"        # cpu: a rehearsal
if ON == "cuda" and not torch.cuda.is_available():
    sys.exit("PyTorch sees no GPU")

FILTERS, SIZE, WEIGHTS = 128, 128, 2816193
LEAST, MOST, SECONDS = (1, 1, 0) if ON == "cpu" else (10, 10000, 1)     # calls, and how long at least
warnings.simplefilter("ignore")
for name in "along", "across":          # not from the host in each step
    setattr(torch_generator, name, getattr(torch_generator, name).to(ON))
torch.backends.cudnn.benchmark = True
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True


def synchronize():
    if ON == "cuda":
        torch.cuda.synchronize()


def host(x):
    tensor = torch.from_numpy(x.astype(np.float32))
    return tensor.pin_memory() if ON == "cuda" else tensor


def works(n, bf16, mode):
    """Functions for a forward pass and a step of n samples; MODE of compilation, or None."""
    draw = np.random.default_rng(1)
    model = torch_generator.Generator(draw.normal(0, 0.02, WEIGHTS).astype(np.float32), FILTERS, SIZE).to(ON)
    model = model.to(memory_format=torch.channels_last)
    x, truth = host(draw.normal(0, 0.3, (n, 2, SIZE, SIZE))), host(draw.normal(0, 0.3, (n, 1, SIZE, SIZE)))
    out = host(np.zeros((n, 1, SIZE, SIZE)))
    adam = torch.optim.Adam(model.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-7,
                            **({"fused": True} if ON == "cuda" else {}))

    def network(x):
        with torch.autocast(ON, torch.bfloat16, enabled=bf16):
            return model(x.to(memory_format=torch.channels_last)).float()

    def loss(x, truth):
        return torch_generator.loss_of(truth, network(x))

    predict, loss_of = (torch.compile(f, mode=mode) if mode else f for f in (network, loss))

    def forward():
        with torch.no_grad():
            out.copy_(predict(x.to(ON, non_blocking=True)), non_blocking=True)
        synchronize()

    def step():
        adam.zero_grad(set_to_none=True)
        value = loss_of(x.to(ON, non_blocking=True), truth.to(ON, non_blocking=True))
        value.backward()
        adam.step()
        return value.item()
    return forward, step


def timed(work):
    """Median of many calls, ms, after as many that do not count."""
    work()                              # which may compile
    for _ in range(2):
        ms, begun = [], time.perf_counter()
        while len(ms) < LEAST or (len(ms) < MOST and time.perf_counter() - begun < SECONDS):
            synchronize()
            start = time.perf_counter()
            work()
            synchronize()
            ms.append(1e3 * (time.perf_counter() - start))
    return statistics.median(ms)


def matrix():
    """Square matrices in bf16: TFLOP/s."""
    n = 8192 if ON == "cuda" else 512
    a, b = (torch.randn(n, n, device=ON).to(torch.bfloat16) for _ in range(2))
    return 2e-9 * n ** 3 / timed(lambda: a @ b)


what = sys.argv[1:]
if what == ["version"]:
    print(torch.__version__)
elif what == ["matrix"]:
    print("%.0f" % matrix() if ON == "cuda" else "%.2f" % matrix())
else:
    batch = int(what[2])
    for mode in {"eager": (None,), "compiled": ("reduce-overhead", "default")}[what[1]]:
        try:
            figures = [timed(work) / batch for work in works(batch, what[0] == "bf16", mode)]
            break
        except Exception as e:
            print("%s: %s" % (mode, e), file=sys.stderr)
    else:
        sys.exit(1)
    print(*("%.3f" % f for f in figures))
