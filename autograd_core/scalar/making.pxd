# C types of making.py: sums that are recorded without a call of Python for each node.
cimport cython

from .recording cimport Block, State, current_state, tagged
from .value cimport Value, record_binary, record_ternary, record_unary, set_on_class, unary

cdef int _ADD, _MUL

cpdef Value weighted_sum(list weights, list inputs, Value start)

@cython.locals(position=cython.Py_ssize_t, total=Value)
cdef Value _record_weighted_sum(State state, list weights, list inputs, Value start)

@cython.locals(state=State, total=Value)
cpdef Value neuron(list weights, list inputs, Value bias, object activation, Block place=*)
