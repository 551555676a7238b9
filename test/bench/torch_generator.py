"""The paper's generator and its loss in PyTorch, for the benchmarks.
SPDX-License-Identifier: BSD-3-Clause
"""
import numpy as np
import torch
import torch.nn.functional as F


class Generator(torch.nn.Module):
    """Weights as in the raw file: kernel, then scale and offset or bias, layer by layer."""

    def __init__(self, weights, filters, size):
        super().__init__()
        self.at, self.size, stem = 0, size, filters // 2
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
        x = F.relu(norm(F.conv_transpose2d(x, w[60], stride=2)[:, :, :self.size, :self.size], 60))
        return torch.tanh(F.conv2d(F.pad(x, (3, 3, 3, 3), mode="reflect"), w[63], w[64]))


g = np.exp(-0.5 * (np.arange(11) - 5.0) ** 2 / 1.5 ** 2)
g = torch.from_numpy((g / g.sum()).astype(np.float32))
along, across = g.view(1, 1, 1, 11).repeat(5, 1, 1, 1), g.view(1, 1, 11, 1).repeat(5, 1, 1, 1)


def loss_of(x, y):
    """L1 + 1 - SSIM, x the truth."""
    m = torch.cat((x, y, x * x, y * y, x * y), 1)
    m = F.conv2d(F.conv2d(m, along.to(m), groups=5), across.to(m), groups=5)
    mx, my, xx, yy, xy = m[:, 0], m[:, 1], m[:, 2], m[:, 3], m[:, 4]
    s = (2 * mx * my + 1e-4) * (2 * xy - 2 * mx * my + 9e-4)
    s = s / ((mx * mx + my * my + 1e-4) * (xx + yy - mx * mx - my * my + 9e-4))
    return (x - y).abs().mean() + 1 - s.mean()
