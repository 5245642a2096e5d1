"""Policy gradient: a walker on a line learns to go right, and is paid at the end of it."""

import math
import random


def train(Value, steps=3, places=5, walks=2):
    rng = random.Random(8)
    weights = [[Value(rng.gauss(0, 0.3)) for _ in range(places)] for _ in range(2)]
    baseline = Value(0.0)
    params = [each for row in weights for each in row] + [baseline]

    def log_chances(place):
        scores = [row[place] * 1.5 for row in weights]
        total = sum(each.exp() for each in scores).log()
        return [each - total for each in scores]

    losses = []
    for _ in range(steps):
        loss = Value(0.0)
        for _ in range(walks):
            place, logs, paid = 1, [], 0.0
            for time in range(12):
                chances = log_chances(place)
                action = int(rng.random() < math.exp(chances[1].data))
                logs.append(chances[action])
                place = min(places - 1, max(0, place + 2 * action - 1))
                if place == places - 1:
                    paid = 0.9**time
                    break
            advantage = paid - baseline.data
            loss = loss - sum(logs) * advantage + (baseline - paid) ** 2
        loss.backward()
        losses.append(loss.data)
        for p in params:
            p.data -= 0.1 * p.grad
            p.grad = 0
    return losses
