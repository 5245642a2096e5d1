# C types of value.py. A node takes 80 bytes: two parents, two local derivatives, no garbage-collector header.
cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

from .kernels cimport IN_C, evaluate, evaluate_in_c
from .recording cimport Notes, Recorders, State, current_state, here, noted


cdef int _LEAF, _CONSTANT
cdef int _ADD, _SUB, _MUL, _DIV, _POW, _NEG, _POS, _ABS, _LESS, _LESS_EQUAL, _GREATER, _GREATER_EQUAL
cdef int _STOP_GRADIENT, _REMAINDER, _RINT
cdef tuple NOTHING
cdef Recorders recorders


cdef class Value:
    # What a walk needs stands first, in one cache line as often as can be.
    cdef Value _left
    cdef Value _right
    cdef int _mark
    cdef short _opcode
    cdef unsigned char _has_grad
    cdef unsigned char _differentiable
    cdef Notes _notes
    cdef double _grad
    cdef double _by_left
    cdef double _by_right
    cdef double _data


cdef extern from "release.h":
    void autograd_give_up(PyObject *reference)
    void autograd_release_pending()
    void autograd_go_on_releasing()


cdef extern from "slabs.h":
    object allocate "autograd_allocate"(object type)
    void leave_slab "autograd_node_free"(void *node) noexcept
    void use_slabs "autograd_use_slabs"(object type, void (*let_go)(PyObject *node) noexcept)

cdef extern from *:
    """
    /* What setattr does on classes that were made in Python. */
    static int autograd_set_on_class(PyObject *type, PyObject *name, PyObject *attribute) {
        int failed = PyDict_SetItem(((PyTypeObject *)type)->tp_dict, name, attribute);
        PyType_Modified((PyTypeObject *)type);
        return failed;
    }
    """
    int set_on_class "autograd_set_on_class"(object type, object name, object attribute) except -1

cdef extern from *:
    """
    /* The references of a node whose fields are not even None yet. */
    #define AUTOGRAD_JOIN(node, its_notes, one, other) do { \
        Py_INCREF((PyObject *)(its_notes)); (node)->_notes = (its_notes); \
        Py_INCREF((PyObject *)(one)); (node)->_left = (one); \
        Py_INCREF((PyObject *)(other)); (node)->_right = (other); \
    } while (0)
    /* A float, or an integer that a float equals without a question. */
    static inline int autograd_is_plain(PyObject *given) {
        if (PyFloat_CheckExact(given)) return 1;
        if (!PyLong_CheckExact(given)) return 0;
        int overflow;
        long number = PyLong_AsLongAndOverflow(given, &overflow);
        return !overflow && (double)number < 9007199254740992.0 && (double)number > -9007199254740992.0;
    }
    static inline double autograd_plain(PyObject *given) {
        return PyFloat_CheckExact(given) ? PyFloat_AS_DOUBLE(given) : (double)PyLong_AsLong(given);
    }
    """
    void join "AUTOGRAD_JOIN"(Value node, Notes notes, Value left, Value right) noexcept
    bint is_plain "autograd_is_plain"(object given) noexcept
    double plain "autograd_plain"(object given) noexcept


@cython.nonecheck(False)
cdef inline Value joined(State state, int opcode, double data, int differentiable, Value left, Value right):
    """A fresh node with parents, or None for a parent; all else is 0."""
    cdef Value node = <Value> allocate(Value)
    join(node, state.notes, left, right)
    node._opcode = opcode
    node._data = data
    node._differentiable = differentiable
    return node


cdef extern from *:
    """
    /* What a class without __setattr__ does; 1 if there is no such attribute, or none that can be set. */
    static inline int autograd_set_generic(PyObject *node, PyObject *name, PyObject *given) {
        if (PyObject_GenericSetAttr(node, name, given) == 0) return 0;
        /* Errors of ours are AttributeErrors too: those of a setter are to be seen. */
        if ((PyObject *)PyErr_Occurred() != PyExc_AttributeError) return -1;
        PyErr_Clear();
        return 1;
    }
    /* Or whether it is Python's, whose names begin with two of "_". */
    static inline int autograd_class_has(PyObject *node, PyObject *name) {
        if (!PyUnicode_CheckExact(name) || PyUnicode_GET_LENGTH(name) == 0) return 1;
        if (PyUnicode_GET_LENGTH(name) > 1 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_') return 1;
        return _PyType_Lookup(Py_TYPE(node), name) != NULL;
    }
    static int autograd_delete_generic(PyObject *node, PyObject *name) {
        return PyObject_GenericSetAttr(node, name, NULL);
    }
    """
    object get_generic "PyObject_GenericGetAttr"(object node, object name)
    int set_generic "autograd_set_generic"(object node, object name, object given) except -1
    bint class_has "autograd_class_has"(object node, object name) noexcept
    int delete_generic "autograd_delete_generic"(object node, object name) except -1


@cython.nonecheck(False)
cdef inline void let_go(PyObject *node) noexcept:
    """What is done where nobody refers to a node in a slab any longer."""
    cdef PyObject *left = <PyObject *> (<Value> node)._left
    cdef PyObject *right = <PyObject *> (<Value> node)._right
    cdef PyObject *notes = <PyObject *> (<Value> node)._notes
    leave_slab(node)
    autograd_give_up(left)
    autograd_give_up(right)
    autograd_give_up(notes)
    autograd_release_pending()


@cython.nonecheck(False)
cdef inline void release_parents(Value node) noexcept:
    """Give up the parents of a node that goes away, without recursion."""
    if node._left is None:
        return
    # Each field is cleared while one reference more is held; that one is then given up.
    cdef PyObject *left = <PyObject *> node._left
    Py_INCREF(node._left)
    node._left = None
    autograd_give_up(left)
    cdef PyObject *right = <PyObject *> node._right
    Py_INCREF(node._right)
    node._right = None
    autograd_give_up(right)
    cdef PyObject *notes
    if node._notes.third_parent is not None:
        notes = <PyObject *> node._notes
        Py_INCREF(node._notes)
        node._notes = None
        autograd_give_up(notes)
    autograd_release_pending()


cpdef bint is_made(object node) except -1

cdef double _number(object given, str what) except? -1.0

cdef double _number_for(Value node, str what, object given) except? -1.0

@cython.locals(notes=Notes)
cdef int _set_label(Value node, object label) except -1

cdef int _set_own(Value node, object name, object given) except -1

cpdef dict own_attributes(Value node)

@cython.locals(notes=Notes)
cdef dict _attributes_to_set(Value node)

cdef bint _is_computed(Value node) except -1

cdef bint _has_notes(Value node) noexcept

cdef int _look_whether_made(Value node) except -1

cdef void _fill(Value node, State state, int opcode, double data, int differentiable) noexcept

@cython.locals(node=Value)
cdef Value _new(State state, int opcode, double data, int differentiable)

@cython.locals(node=Value)
cdef Value _new_child(State state, int opcode, int differentiable, Value left, Value right)

@cython.locals(by_third=double)
cdef double _compute(Value node, int opcode, int mask, double x, double y, double w) except? -1.0

cpdef Value unary(int opcode, Value x)

@cython.locals(node=Value, mask=int)
cpdef Value record_unary(State state, int opcode, Value x)

@cython.locals(state=State, x=Value, y=Value)
cdef object binary(int opcode, object first, object second)

@cython.locals(x=Value, y=Value)
cdef object _binary_of_any(int opcode, object first, object second)

@cython.locals(node=Value, mask=int)
cpdef Value record_binary(State state, int opcode, Value x, Value y)

@cython.locals(node=Value)
cpdef Value record_ternary(int opcode, Value x, Value y, Value w)

@cython.locals(state=State, mask=int, by_third=double)
cpdef int fill_ternary(Value node, int opcode, Value x, Value y, Value w) except -1

cdef object _whole_part(object first, object second)

cdef object _note_line(Value node)

cdef object _show(State state, Value node, int opcode, tuple inputs)

@cython.locals(node=Value)
cpdef Value stopped(Value x)

cdef bint _same(double one, double other) except -1

@cython.locals(left=Value, right=Value, third=Value, mask=int, x=double, y=double, w=double, z=double,
               by_left=double, by_right=double, by_third=double)
cpdef bint is_stale(Value node) except -1

cpdef bint is_same(object node, object other, str name) except -1

cpdef as_value(object other, int opcode)
