"""A variational autoencoder with one latent number, for points on a curve."""

import math
import random


def train(Value, steps=3, hidden=5, points=3):
    rng = random.Random(3)

    def layer(inputs, outputs):
        return [[Value(rng.gauss(0, 0.5)) for _ in range(inputs + 1)] for _ in range(outputs)]

    encoder, to_latent, decoder, to_point = layer(3, hidden), layer(hidden, 2), layer(1, hidden), layer(hidden, 3)
    params = [each for part in (encoder, to_latent, decoder, to_point) for row in part for each in row]

    def linear(part, x):
        return [sum(w * each for w, each in zip(row, x)) + row[-1] for row in part]

    losses = []
    for _ in range(steps):
        loss = Value(0.0)
        for _ in range(points):
            t = rng.uniform(-1, 1)
            point = [t, t * t, math.sin(2 * t)]
            mean, log_variance = linear(to_latent, [each.tanh() for each in linear(encoder, point)])
            latent = mean + (log_variance * 0.5).exp() * rng.gauss(0, 1)
            again = linear(to_point, [each.tanh() for each in linear(decoder, [latent])])
            error = sum((a - b) ** 2 for a, b in zip(again, point))
            divergence = (log_variance.exp() + mean**2 - 1 - log_variance) * 0.5
            loss = loss + error + divergence * 0.1
        loss.backward()
        losses.append(loss.data)
        for p in params:
            p.data -= 0.02 * p.grad
            p.grad = 0.0
    return losses
