"""A GPT of 4,192 numbers that learns names, and each number is a node: attention, a layer of ReLUs, Adam.

The loss of a name of eight letters has a graph of 72,000 nodes; ``jit`` records it once for each length of names.

    python examples/small_gpt.py [how many names]
"""

import sys
import time

import numpy as np

from autograd_core import Value, check_gradients, jit, relu, scope
from viz import draw

WIDTH, HEADS, LONGEST = 16, 4, 8
LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # what ends a name stands first
SHAPES = {"letters": (27, WIDTH), "places": (16, WIDTH), **dict.fromkeys("qkvo", (WIDTH, WIDTH))}
SHAPES |= {"up": (64, WIDTH), "down": (WIDTH, 64), "head": (27, WIDTH)}
SYLLABLES = ["an", "bel", "da", "el", "i", "ka", "la", "mi", "na", "ra", "ri", "so", "ta", "ya"]
as_nodes = np.vectorize(Value, otypes=[object])


def names(count, seed=0):
    """Names of two or three syllables."""
    generator = np.random.default_rng(seed)
    return ["".join(generator.choice(SYLLABLES, generator.integers(2, 4)))[:LONGEST] for _ in range(count)]


def weights(seed=0):
    """All numbers, side by side."""
    return np.random.default_rng(seed).normal(0.0, 0.08, sum(rows * columns for rows, columns in SHAPES.values()))


def matrices(numbers):
    """Views of them: embeddings of letters and places, queries, keys, values, outputs, the MLP, the head."""
    ends = np.cumsum([rows * columns for rows, columns in SHAPES.values()])
    return {key: part.reshape(SHAPES[key]) for key, part in zip(SHAPES, np.split(numbers, ends[:-1]), strict=True)}


def norm(x):
    """Of root mean square 1."""
    return x * (x @ x / len(x) + 1e-5) ** -0.5


def softmax(z):
    """Shares that add up to 1."""
    powers = np.exp(z)
    return powers / powers.sum()


def logits(W, rows):
    """What each place says of the next letter. `rows` are the embeddings of the letters so far, one a place."""
    keys, values, said, part = [], [], [], WIDTH // HEADS
    for place, row in enumerate(rows):
        with scope(f"place {place}"):
            with scope("queries, keys, values"):
                x = norm(row)
                s = norm(x)
                q = W["q"] @ s
                keys.append(W["k"] @ s)
                values.append(W["v"] @ s)
            joined = []
            for start in range(0, WIDTH, part):
                with scope(f"head {start // part}"):
                    own = slice(start, start + part)
                    looks = softmax(np.array([q[own] @ key[own] for key in keys]) / part**0.5)
                    joined.append(sum(look * value[own] for look, value in zip(looks, values, strict=True)))
            with scope("MLP"):
                x = x + W["o"] @ np.concatenate(joined)
                x = x + W["down"] @ relu(W["up"] @ norm(x))
            with scope("next letter"):
                said.append(W["head"] @ x)
    return said


def loss(W, rows, targets):
    """Mean cross-entropy; `targets` has a 1 at each next letter."""
    parts = [np.log(np.exp(z).sum()) - target @ z for z, target in zip(logits(W, rows), targets, strict=True)]
    return sum(parts) / len(parts)


def embedded(W, letters):
    """One row for each letter, of its letter and its place."""
    return W["letters"][letters] + W["places"][: len(letters)]


def gradients(loss_of, W, name):
    """The loss of a name, and its gradient by every matrix."""
    letters = [LETTERS.index(each) for each in f".{name}."]
    inner = {key: w for key, w in W.items() if key not in ("letters", "places")}
    chosen = np.eye(len(LETTERS))[letters]
    value, (found, by_rows) = loss_of(inner, embedded(W, letters[:-1]), chosen[1:])
    by_embeddings = {"letters": chosen[:-1].T @ by_rows, "places": np.eye(16, len(by_rows)) @ by_rows}
    return value, found | by_embeddings


def eagerly(inner, rows, targets):
    """The same without a program: every number becomes a node, each time."""
    inner, rows = {key: as_nodes(w) for key, w in inner.items()}, as_nodes(rows)
    value = loss(inner, rows, targets)
    value.backward()
    read = np.vectorize(lambda node: node.grad, otypes=[float])
    return value.data, ({key: read(w) for key, w in inner.items()}, read(rows))


def by_replay(inner, rows, targets, replayed=jit(loss, arrays="values")):  # noqa: B008 (recorded once)
    """The same numbers without a node."""
    return replayed.value_and_grad(inner, rows, targets, argnums=(0, 1))


def train(numbers, examples, loss_of, learning_rate=0.01):
    """Adam, name by name; the losses."""
    W, losses = matrices(numbers), np.zeros(len(examples))
    m, v = np.zeros_like(numbers), np.zeros_like(numbers)
    for step, name in enumerate(examples, 1):
        losses[step - 1], found = gradients(loss_of, W, name)
        g = np.concatenate([found[key].ravel() for key in W])
        m += 0.15 * (g - m)
        v += 0.01 * (g * g - v)
        rate = learning_rate * (1 - (step - 1) / len(examples)) / (1 - 0.85**step)
        numbers -= rate * m / (np.sqrt(v / (1 - 0.99**step)) + 1e-8)
    return losses


def sample(W, generator):
    """A name, letter by letter, each as likely as the network says."""
    letters = [0]
    while len(letters) <= LONGEST and 0 not in letters[1:]:
        chances = softmax(logits(W, embedded(W, letters))[-1])
        letters.append(int(generator.choice(len(LETTERS), p=chances / chances.sum())))
    return "".join(LETTERS[each] for each in letters).strip(".")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    numbers, examples, begun = weights(), names(count), time.perf_counter()
    train(numbers.copy(), examples[:10], eagerly)
    eager, begun = (time.perf_counter() - begun) / min(10, count) * 1e3, time.perf_counter()
    losses, W = train(numbers, examples, by_replay), matrices(numbers)
    replay = (time.perf_counter() - begun) / count * 1e3
    print(f"{eager:.1f} ms a name node by node, {replay:.2f} ms by replay, recording included")
    print(f"loss of the first ten names {np.mean(losses[:10]):.2f}, of the last ten {np.mean(losses[-10:]):.2f}")
    print("names that it makes up:", *(sample(W, np.random.default_rng(seed)) for seed in range(8)))

    rows, targets = embedded(W, [0, 13, 9]), np.eye(len(LETTERS))[[13, 9, 1]]  # .mi, mia
    report = check_gradients(lambda q: loss({**W, "q": q}, rows, targets), W["q"], directions=4)
    print("the gradient by the queries:", report.summary)
    said = logits({**W, "q": as_nodes(W["q"])}, rows)
    draw(said[-1][1], focus="place 2/head 0", fuse="sums", title="A head of attention").save("head.svg")
