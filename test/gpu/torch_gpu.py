"""PyTorch's side of the torch stage: the paper's generator on the same GPU, from and to the host's memory as
bandcast is timed.  Prints figures; exit 1 where there is no PyTorch with a GPU.

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

    from torch_generator import Generator, loss_of
except ImportError as e:
    sys.exit("no PyTorch (%s)" % e)
ON = "cpu" if os.environ.get("GPU") == "cpu" else "cuda"        # cpu: a rehearsal
if ON == "cuda" and not torch.cuda.is_available():
    sys.exit("PyTorch sees no GPU")

FILTERS, SIZE, WEIGHTS = 128, 128, 2816193
WARM, ROUNDS = (1, 1) if ON == "cpu" else (10, 40)
warnings.simplefilter("ignore")
torch.backends.cudnn.benchmark = True
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True


def synchronize():
    if ON == "cuda":
        torch.cuda.synchronize()


def host(x):
    tensor = torch.from_numpy(x.astype(np.float32))
    return tensor.pin_memory() if ON == "cuda" else tensor


def works(n, bf16, compiled):
    """Functions for a forward pass and a step of n samples."""
    draw = np.random.default_rng(1)
    model = Generator(draw.normal(0, 0.02, WEIGHTS).astype(np.float32), FILTERS, SIZE).to(ON)
    model = model.to(memory_format=torch.channels_last)
    call = torch.compile(model) if compiled else model
    x, truth = host(draw.normal(0, 0.3, (n, 2, SIZE, SIZE))), host(draw.normal(0, 0.3, (n, 1, SIZE, SIZE)))
    adam = torch.optim.Adam(model.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-7,
                            **({"fused": True} if ON == "cuda" else {}))

    def compute(x):
        x = x.to(ON, non_blocking=True).to(memory_format=torch.channels_last)
        with torch.autocast(ON, torch.bfloat16, enabled=bf16):
            return call(x)

    def forward():
        with torch.no_grad():
            return compute(x).float().cpu()

    def step():
        adam.zero_grad(set_to_none=True)
        loss = loss_of(truth.to(ON, non_blocking=True), compute(x).float())
        loss.backward()
        adam.step()
        return loss.item()
    return forward, step


def timed(work):
    """Median of many calls, ms."""
    ms = []
    for _ in range(WARM + ROUNDS):
        synchronize()
        start = time.perf_counter()
        work()
        synchronize()
        ms.append(1e3 * (time.perf_counter() - start))
    return statistics.median(ms[WARM:])


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
    for work in works(int(what[2]), what[0] == "bf16", what[1] == "compiled"):
        print("%.3f" % (timed(work) / int(what[2])))
