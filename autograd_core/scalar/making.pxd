# C types of making.py: sums that are recorded without a call of Python for each node.
cimport cython
from cpython.object cimport PyObject

from .kernels cimport IN_C
from .recording cimport Block, State, current_state, tagged
from .value cimport Value, binary, record_binary, record_ternary, record_unary, set_on_class, unary

cdef int _ADD, _MUL

cdef list _kept


cdef extern from "kernels.h":
    int arity_of "autograd_arity"(int opcode)

cdef extern from "methods.h":
    object method_in_c "autograd_method"(
        object type, int opcode, const char *name, const char *text,
        object (*called)(int opcode, object node, PyObject **others, Py_ssize_t count)
    )


cdef inline object called(int opcode, object node, PyObject **others, Py_ssize_t count):
    """What a method does."""
    if count == 0 and arity_of(opcode) == 1:
        return unary(opcode, <Value> node)
    if count == 1 and arity_of(opcode) == 2:
        found = binary(opcode, node, <object> others[0])
        if found is not NotImplemented:
            return found
    cdef list arguments = [node]
    cdef Py_ssize_t place
    for place in range(count):
        arguments.append(<object> others[place])
    return _apply_anew(opcode, arguments)

cdef object _apply_anew(int opcode, list arguments)

@cython.locals(opcode=int, kept_name=bytes, kept_text=bytes)
cdef object _make_method(object rule, str name)

cpdef Value weighted_sum(list weights, list inputs, Value start)

@cython.locals(position=cython.Py_ssize_t, total=Value)
cdef Value _record_weighted_sum(State state, list weights, list inputs, Value start)

@cython.locals(state=State, total=Value)
cpdef Value neuron(list weights, list inputs, Value bias, object activation, Block place=*)
