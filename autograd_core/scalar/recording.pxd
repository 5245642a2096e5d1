# C types of recording.py.
cimport cython


cdef extern from *:
    """
    /* The context of a thread has a version, another one whenever the thread enters or leaves a context; the numbers of
     * threads are not given out twice. PyContextVar_Get has its cache by both, and so has current_state(). */
    static inline unsigned long long autograd_thread_number(void) { return PyThreadState_Get()->id; }
    static inline unsigned long long autograd_context_version(void) { return PyThreadState_Get()->context_ver; }
    static inline int autograd_is_current(unsigned long long number, unsigned long long version) {
        PyThreadState *thread = PyThreadState_Get();
        return thread->id == number && thread->context_ver == version;
    }
    static inline PyObject *autograd_get_in_context(PyObject *variable, PyObject *otherwise) {
        PyObject *value;
        return PyContextVar_Get(variable, otherwise, &value) < 0 ? NULL : value;
    }
    /* Whether the running code is neither a generator's nor a function of one of these names. */
    static inline int autograd_is_called_plainly(PyObject *names) {
        PyFrameObject *frame = PyEval_GetFrame();
        if (frame == NULL) return 1;
        PyCodeObject *code = PyFrame_GetCode(frame);
        int plainly = !(code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) && !PySet_Contains(names, code->co_name);
        Py_DECREF(code);
        return plainly;
    }
    """
    unsigned long long thread_number "autograd_thread_number"() noexcept
    unsigned long long context_version "autograd_context_version"() noexcept
    bint is_current "autograd_is_current"(unsigned long long number, unsigned long long version) noexcept
    bint is_called_plainly "autograd_is_called_plainly"(object names) noexcept
    object get_in_context "autograd_get_in_context"(object variable, object otherwise)
    object PyContextVar_Set(object variable, object value)


cdef class Notes:
    cdef readonly object label
    cdef readonly object scope
    cdef readonly object third_parent
    cdef readonly double by_third
    cdef readonly object line
    cdef readonly dict attributes


@cython.locals(notes=Notes)
cpdef Notes noted(object label, object scope, object third_parent, double by_third, object line, dict attributes)


cdef class State:
    cdef readonly Notes notes
    cdef readonly bint enabled
    cdef readonly object branches
    cdef readonly dict inputs
    cdef readonly object watcher
    cdef readonly tuple variables
    cdef Block block
    cdef State outer
    cdef object value
    cdef Hold hold
    cdef bint held_by_generators


cdef class Recorders:
    cdef public int count


cdef class Hold:
    cdef object frame
    cdef object thread
    cdef bint open


cdef class Block:
    cdef list _holds
    cdef object _value(self, State outside)
    cdef int _apply(self, State state) except -1


cdef State _fresh
cdef State _last_state
cdef unsigned long long _last_thread
cdef unsigned long long _last_version

cpdef State current_state()

cdef inline State here():
    """The same, for other modules: most often without a call."""
    return _last_state if is_current(_last_thread, _last_version) else current_state()

cpdef State tagged(State state, Block place)

cdef State _stored()

@cython.locals(token=object)
cdef int _become(State state) except -1

cdef void _remember(State state) noexcept

cdef void _forget() noexcept

@cython.locals(state=State)
cdef State _pushed(State outer, Block block, object value, Hold hold)

cdef bint _is_awake(Hold hold) except -1

@cython.locals(outer=State)
cdef State _awake(State state)

cdef list _entries(State state)

@cython.locals(entry=State)
cdef State _rebuilt(list entries, State outer)

@cython.locals(entry=State)
cdef State _pushed_beside_generators(State state, Block block, Hold hold)

@cython.locals(entry=State, left=State, hold=Hold, each=Hold)
cdef State _without(State state, Block block)

cdef Hold _hold_of_caller()
