"""A network that tells the arms of a spiral apart; softmax and cross-entropy are one node with a derivative by hand."""

import math
import random


def train(Value, steps=3, hidden=6, points=4, arms=3):
    rng = random.Random(6)

    def layer(inputs, outputs):
        return [[Value(rng.gauss(0, 1 / math.sqrt(inputs))) for _ in range(inputs + 1)] for _ in range(outputs)]

    layers = [layer(2, hidden), layer(hidden, hidden), layer(hidden, arms)]
    params = [each for part in layers for row in part for each in row]

    def network(x):
        for depth, part in enumerate(layers):
            x = [sum(w * each for w, each in zip(row, x)) + row[-1] for row in part]
            x = [each.relu() for each in x] if depth < len(layers) - 1 else x
        return x

    def cross_entropy(logits, target):
        largest = max(each.data for each in logits)
        powers = [math.exp(each.data - largest) for each in logits]
        total = sum(powers)
        slopes = [power / total - (place == target) for place, power in enumerate(powers)]
        return Value(math.log(total) + largest - logits[target].data, tuple(logits), tuple(slopes))

    losses = []
    for _ in range(steps):
        parts = []
        for _ in range(points):
            arm, r = rng.randrange(arms), rng.uniform(0.1, 1)
            angle = 4 * r + arm * 2 * math.pi / arms
            parts.append(cross_entropy(network([r * math.cos(angle), r * math.sin(angle)]), arm))
        loss = sum(parts, Value(0.0)) / points + sum(p * p for p in params) * 1e-3
        loss.backward()
        losses.append(loss.data)
        for p in params:
            p.data -= 0.1 * p.grad
            p.grad = 0
    return losses
