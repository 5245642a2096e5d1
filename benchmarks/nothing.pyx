# cython: language_level=3
"""A node class that computes nothing: what a program takes on it is the program's own Python, which no engine saves.

Its operators are calls of C, as those of the engine are, and give the one node there is.
"""

cdef class Nothing:
    cdef public double data, grad
    cdef public object param_idx, m, v

    def __add__(self, other): return THE_NODE
    def __radd__(self, other): return THE_NODE
    def __sub__(self, other): return THE_NODE
    def __rsub__(self, other): return THE_NODE
    def __mul__(self, other): return THE_NODE
    def __rmul__(self, other): return THE_NODE
    def __truediv__(self, other): return THE_NODE
    def __rtruediv__(self, other): return THE_NODE
    def __pow__(self, other, modulus): return THE_NODE
    def __neg__(self): return THE_NODE
    def exp(self): return THE_NODE
    def log(self): return THE_NODE
    def tanh(self): return THE_NODE
    def relu(self): return THE_NODE
    def backward(self): return THE_NODE


cdef Nothing THE_NODE = Nothing()


def node(data, children=(), local_grads=()):
    """What stands in the place of the class; the number is a logarithm of 1/2, so that chances are even."""
    return THE_NODE


def begin():
    """Forget what a program has set on it."""
    THE_NODE.data, THE_NODE.grad = -0.6931471805599453, 0.0
