# C types of blocks.py.
from .recording cimport Block, Notes, Recorders, State

cdef Recorders recorders


cdef class scope(Block):
    cdef str _name
    cdef Notes _outside
    cdef Notes _inside


cdef class recording(Block):
    cdef bint _enabled


cdef class branches_noted(Block):
    cdef dict _inputs


cdef class watched_by(Block):
    cdef object _watcher


cdef class differentiating(Block):
    cdef tuple _variables
