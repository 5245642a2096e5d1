# C types of copying.py.
cimport cython

from .value cimport Value

cdef tuple _record(Value node)

@cython.locals(node=Value)
cdef Value _from_record(tuple record, tuple parents)
