"""A drawer of graphs in the DOT language that reads _prev and _op, and marks nodes with a color of its own."""

import random


def trace(root):
    nodes, edges, numbers = [], [], {}

    def build(node):
        if node not in numbers:
            numbers[node] = len(numbers)
            nodes.append(node)
            node._vis_color = "lightyellow" if not node._prev else "white"
            for child in node._prev:
                edges.append((child, node))
                build(child)

    build(root)
    return nodes, edges, numbers


def dot_of(root):
    nodes, edges, numbers = trace(root)
    lines = ["digraph {"]
    for node in nodes:
        name = numbers[node]
        lines.append(f'  {name} [label="{node.data:.10f} | {node.grad:.10f}", fillcolor={node._vis_color}];')
        if node._op:
            lines.append(f'  {name}op [label="{node._op}"]; {name}op -> {name};')
    lines += [f"  {numbers[child]} -> {numbers[node]}{'op' if node._op else ''};" for child, node in edges]
    return "\n".join([*lines, "}"])


def train(Value, steps=2, width=3, drawings=None):
    rng = random.Random(5)
    params = [Value(rng.uniform(-1, 1)) for _ in range(3 * width)]
    losses, drawings = [], [] if drawings is None else drawings
    for _ in range(steps):
        hidden = [(params[3 * i] * params[3 * i + 1] + params[3 * i + 2]).tanh() for i in range(width)]
        loss = sum(hidden[1:], hidden[0]) * hidden[0] + (hidden[-1] * hidden[-1]).relu()
        loss.backward()
        losses.append(loss.data)
        drawings.append(dot_of(loss))
        for p in params:
            p.data -= 0.1 * p.grad
            p.grad = 0.0
    return losses
