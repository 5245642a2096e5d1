"""An LSTM that predicts the next number of a wave."""

import math
import random


def train(Value, steps=3, width=4, length=6):
    rng = random.Random(1)
    gates = [[[Value(rng.uniform(-0.5, 0.5)) for _ in range(width + 2)] for _ in range(width)] for _ in range(4)]
    out = [Value(rng.uniform(-0.5, 0.5)) for _ in range(width)]
    params = [each for gate in gates for row in gate for each in row] + out

    def sigmoid(x):
        return 1 / (1 + (-x).exp())

    def cell(x, h, c):
        inputs = [x, *h, Value(1.0)]
        pre = [[sum(w * i for w, i in zip(row, inputs)) for row in gate] for gate in gates]
        forget, add, show = ([sigmoid(each) for each in gate] for gate in pre[:3])
        new = [each.tanh() for each in pre[3]]
        c = [f * old + a * n for f, old, a, n in zip(forget, c, add, new)]
        return [s * each.tanh() for s, each in zip(show, c)], c

    losses = []
    for step in range(steps):
        wave = [math.sin(0.7 * (t + step)) for t in range(length + 1)]
        h, c = [Value(0.0) for _ in range(width)], [Value(0.0) for _ in range(width)]
        loss = Value(0.0)
        for now, following in zip(wave, wave[1:]):
            h, c = cell(Value(now), h, c)
            loss = loss + (sum(w * each for w, each in zip(out, h)) - following) ** 2
        loss.backward()
        losses.append(loss.data)
        for p in params:
            p.data -= 0.05 * p.grad
            p.grad = 0
    return losses
