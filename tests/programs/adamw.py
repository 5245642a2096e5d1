"""AdamW that keeps its state on the parameters, for a small network."""

import math
import random


class AdamW:
    def __init__(self, params, rate=0.05, betas=(0.9, 0.999), decay=0.01):
        self.params, self.rate, self.betas, self.decay, self.count = params, rate, betas, decay, 0
        for index, p in enumerate(params):
            p.param_idx, p.m, p.v = index, 0.0, 0.0

    def step(self):
        self.count += 1
        first, second = self.betas
        for p in sorted(self.params, key=lambda p: p.param_idx):
            p.m = first * p.m + (1 - first) * p.grad
            p.v = second * p.v + (1 - second) * p.grad**2
            m, v = p.m / (1 - first**self.count), p.v / (1 - second**self.count)
            p.data -= self.rate * (m / (math.sqrt(v) + 1e-8) + self.decay * p.data)

    def zero_grad(self):
        for p in self.params:
            p.grad = 0


def train(Value, steps=4, hidden=6, points=4):
    rng = random.Random(4)
    first = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(hidden)]
    second = [Value(rng.gauss(0, 1)) for _ in range(hidden + 1)]
    optimizer = AdamW([each for row in first for each in row] + second)
    losses = []
    for _ in range(steps):
        loss = Value(0.0)
        for _ in range(points):
            a, b = rng.uniform(-1, 1), rng.uniform(-1, 1)
            inside = [(row[0] * a + row[1] * b + row[2]).tanh() for row in first]
            found = sum(w * each for w, each in zip(second, inside)) + second[-1]
            loss = loss + (found - a * b) ** 2 / points
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    return losses
