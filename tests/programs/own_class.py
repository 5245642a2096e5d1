"""The node class that the programs of this folder were written around: forty lines, as anybody writes them."""

from __future__ import annotations

import math
from typing import Any


class Node:
    """A number that remembers its children, and the derivative by each."""

    def __init__(self, data: Any, children: Any = (), local_grads: Any = (), _op: str = "") -> None:
        self.data, self.grad = data, 0.0
        self._children, self._local_grads, self._op = children, local_grads, _op

    @property
    def _prev(self) -> Any:
        return self._children

    def __add__(self, other: Any) -> Node:
        other = other if isinstance(other, Node) else Node(other)
        return Node(self.data + other.data, (self, other), (1, 1), "+")

    def __mul__(self, other: Any) -> Node:
        other = other if isinstance(other, Node) else Node(other)
        return Node(self.data * other.data, (self, other), (other.data, self.data), "*")

    def __truediv__(self, other: Any) -> Node:
        other = other if isinstance(other, Node) else Node(other)
        ratio = self.data / other.data
        return Node(ratio, (self, other), (1 / other.data, -ratio / other.data), "/")

    def __pow__(self, k: float) -> Node:
        return Node(self.data**k, (self,), (k * self.data ** (k - 1),), f"**{k}")

    def log(self) -> Node:
        return Node(math.log(self.data), (self,), (1 / self.data,), "log")

    def exp(self) -> Node:
        return Node(math.exp(self.data), (self,), (math.exp(self.data),), "exp")

    def tanh(self) -> Node:
        return Node(math.tanh(self.data), (self,), (1 / math.cosh(self.data) ** 2,), "tanh")

    def relu(self) -> Node:
        return Node(max(0.0, self.data), (self,), (float(self.data > 0),), "ReLU")

    def __neg__(self) -> Node:
        return self * -1

    def __sub__(self, other: Any) -> Node:
        return self + (-other)

    def __rsub__(self, other: Any) -> Node:
        return -self + other

    def __rtruediv__(self, other: Any) -> Node:
        return Node(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        order: list[Node] = []
        visited = set()

        def build(node: Node) -> None:
            if node not in visited:
                visited.add(node)
                for child in node._children:
                    build(child)
                order.append(node)

        build(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local in zip(node._children, node._local_grads, strict=True):
                child.grad += local * node.grad
