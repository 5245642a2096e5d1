"""A convolution that tells upright from level bars."""

import random


def train(Value, steps=3, filters=2, side=5):
    rng = random.Random(2)
    kernels = [[[Value(rng.gauss(0, 0.4)) for _ in range(3)] for _ in range(3)] for _ in range(filters)]
    weights, bias = [Value(rng.gauss(0, 0.4)) for _ in range(filters)], Value(0.0)
    params = [each for kernel in kernels for row in kernel for each in row] + weights + [bias]

    def bar(upright, at):
        return [[float(at == (j if upright else i)) + rng.gauss(0, 0.05) for j in range(side)] for i in range(side)]

    def convolve(image, kernel):
        places = range(side - 2)
        return [
            sum(kernel[a][b] * image[i + a][j + b] for a in range(3) for b in range(3)).relu()
            for i in places
            for j in places
        ]

    losses = []
    for step in range(steps):
        loss = Value(0.0)
        for upright in (0, 1):
            image = bar(upright, 1 + step % (side - 2))
            pooled = [sum(convolve(image, kernel)) / (side - 2) ** 2 for kernel in kernels]
            score = sum(w * each for w, each in zip(weights, pooled)) + bias
            margin = score if upright else -score
            loss = loss + (1 + (-margin).exp()).log()
        loss.backward()
        losses.append(loss.data)
        for p in params:
            p.data -= 0.5 * p.grad
            p.grad = 0.0
    return losses
