"""PyTorch's side of the bench stage: the paper's generator on the same GPU, from and to the host's memory as
bandcast is timed, as rows of its table; exit 1 where there is no PyTorch with a GPU.
SPDX-License-Identifier: BSD-3-Clause
"""
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
if not torch.cuda.is_available():
    sys.exit("PyTorch sees no GPU")

FILTERS, SIZE, WEIGHTS, WARM, ROUNDS = 128, 128, 2816193, 10, 40
warnings.simplefilter("ignore")
torch.backends.cudnn.benchmark = True


def works(n, bf16, compiled):
    """Functions for a forward pass and a step of n samples."""
    draw = np.random.default_rng(1)
    model = Generator(draw.normal(0, 0.02, WEIGHTS).astype(np.float32), FILTERS, SIZE).cuda()
    model = model.to(memory_format=torch.channels_last)
    call = torch.compile(model) if compiled else model
    x = torch.from_numpy(draw.normal(0, 0.3, (n, 2, SIZE, SIZE)).astype(np.float32)).pin_memory()
    truth = torch.from_numpy(draw.normal(0, 0.3, (n, 1, SIZE, SIZE)).astype(np.float32)).pin_memory()
    adam = torch.optim.Adam(model.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-7, fused=True)

    def compute(x):
        x = x.cuda(non_blocking=True).to(memory_format=torch.channels_last)
        with torch.autocast("cuda", torch.bfloat16, enabled=bf16):
            return call(x)

    def forward():
        with torch.no_grad():
            return compute(x).float().cpu()

    def step():
        adam.zero_grad(set_to_none=True)
        loss = loss_of(truth.cuda(non_blocking=True), compute(x).float())
        loss.backward()
        adam.step()
        return loss.item()
    return forward, step


def timed(work):
    ms = []
    for _ in range(WARM + ROUNDS):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        ms.append(1e3 * (time.perf_counter() - start))
    return statistics.median(ms[WARM:])


for bf16, compiled in ((False, False), (False, True), (True, False), (True, True)):
    name = "PyTorch %s, %%s, %s%s" % (torch.__version__.split("+")[0], "bf16" if bf16 else "tf32",
                                     " compiled" if compiled else " eager")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    rows = [[], []]
    for n in (1, 8, 32):
        for row, work in zip(rows, works(n, bf16, compiled)):
            try:
                row.append("%.3f" % (timed(work) / n))
            except Exception as e:              # what its compiler cannot do is no failure of the bench
                row.append(type(e).__name__)
    for what, row in zip(("forward", "step"), rows):
        print("| " + name % what + " | " + " | ".join(row) + " |", flush=True)
