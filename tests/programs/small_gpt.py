"""A GPT of one layer that learns names: attention, a feed-forward block and Adam, number by number."""

import math
import random

NAMES = ["emma", "olivia", "ava", "mia", "noah", "liam", "eva", "ada"]


def train(Value, steps=2, width=8, heads=2, block=6):
    letters = sorted(set("".join(NAMES)))
    stop, size, rng, part = len(letters), len(letters) + 1, random.Random(42), width // heads

    def matrix(rows, columns):
        return [[Value(rng.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]

    weights = {"wte": matrix(size, width), "wpe": matrix(block, width), "head": matrix(size, width)}
    weights |= {name: matrix(width, width) for name in ("q", "k", "v", "o")}
    weights |= {"up": matrix(4 * width, width), "down": matrix(width, 4 * width)}
    params = [each for rows in weights.values() for row in rows for each in row]

    def linear(x, w):
        return [sum(a * b for a, b in zip(row, x)) for row in w]

    def softmax(logits):
        largest = max(each.data for each in logits)
        powers = [(each - largest).exp() for each in logits]
        total = sum(powers)
        return [each / total for each in powers]

    def rmsnorm(x):
        scale = (sum(each * each for each in x) / len(x) + 1e-5) ** -0.5
        return [each * scale for each in x]

    def safe_log(x):  # of a probability that may be rounded to 0
        number = max(x.data, 1e-12)
        return Value(math.log(number), (x,), (1 / number,))

    def gpt(token, place, keys, values):
        x = rmsnorm([a + b for a, b in zip(weights["wte"][token], weights["wpe"][place])])
        before, x = x, rmsnorm(x)
        q = linear(x, weights["q"])
        keys.append(linear(x, weights["k"]))
        values.append(linear(x, weights["v"]))
        joined = []
        for start in range(0, width, part):
            head = slice(start, start + part)
            scores = softmax([sum(a * b for a, b in zip(q[head], k[head])) / part**0.5 for k in keys])
            joined += [sum(s * v[i] for s, v in zip(scores, values)) for i in range(start, start + part)]
        x = [a + b for a, b in zip(linear(joined, weights["o"]), before)]
        hidden = [each.relu() for each in linear(rmsnorm(x), weights["up"])]
        return linear([a + b for a, b in zip(linear(hidden, weights["down"]), x)], weights["head"])

    m, v, losses = [0.0] * len(params), [0.0] * len(params), []
    for step in range(steps):
        tokens = [stop, *map(letters.index, NAMES[step % len(NAMES)]), stop]
        count, keys, values, parts = min(block, len(tokens) - 1), [], [], []
        for place in range(count):
            chances = softmax(gpt(tokens[place], place, keys, values))
            parts.append(-safe_log(chances[tokens[place + 1]]))
        loss = sum(parts) / count
        loss.backward()
        losses.append(loss.data)
        for i, p in enumerate(params):
            m[i] = 0.85 * m[i] + 0.15 * p.grad
            v[i] = 0.99 * v[i] + 0.01 * p.grad**2
            p.data -= 0.01 * (m[i] / (1 - 0.85 ** (step + 1))) / ((v[i] / (1 - 0.99 ** (step + 1))) ** 0.5 + 1e-8)
            p.grad = 0
    return losses
