"""A mixture of experts: a gate gives each point to the two experts that it thinks know it best."""

import random


def train(Value, steps=3, experts=4, hidden=3, points=3):
    rng = random.Random(9)

    def layer(inputs, outputs):
        return [[Value(rng.gauss(0, 0.6)) for _ in range(inputs + 1)] for _ in range(outputs)]

    gate = layer(2, experts)
    inside, outside = [layer(2, hidden) for _ in range(experts)], [layer(hidden, 1) for _ in range(experts)]
    params = [each for part in (gate, *inside, *outside) for row in part for each in row]

    def linear(part, x):
        return [sum(w * each for w, each in zip(row, x)) + row[-1] for row in part]

    losses = []
    for _ in range(steps):
        loss, load = Value(0.0), [Value(0.0) for _ in range(experts)]
        for _ in range(points):
            x = [rng.uniform(-1, 1), rng.uniform(-1, 1)]
            scores = linear(gate, x)
            best = sorted(range(experts), key=lambda i: scores[i].data)[-2:]
            powers = {i: (scores[i] - max(scores[j].data for j in best)).exp() for i in best}
            total = sum(powers.values())
            found = Value(0.0)
            for i in best:
                share = powers[i] / total
                load[i] = load[i] + share
                found = found + share * linear(outside[i], [each.tanh() for each in linear(inside[i], x)])[0]
            loss = loss + (found - (x[0] if x[1] > 0 else -x[0])) ** 2
        loss = loss / points + sum((each / points - 1 / experts) ** 2 for each in load) * 0.01
        loss.backward()
        losses.append(loss.data)
        for p in params:
            p.data -= 0.1 * p.grad
            p.grad = 0.0
    return losses
