/* Releasing nodes without recursion.
 *
 * A node that goes away gives up its parents, which may go away too, and so on down a chain of millions. Each would be
 * released inside the release of its child and overflow the C stack. Instead a parent that nobody else refers to is put
 * on a list, and the outermost release empties the list in a loop. The GIL guards all of it. */
#ifndef AUTOGRAD_RELEASE_H
#define AUTOGRAD_RELEASE_H
#include <Python.h>

static PyObject **autograd_pending = NULL;
static Py_ssize_t autograd_pending_count = 0, autograd_pending_capacity = 0;
static int autograd_releasing = 0;
static unsigned long autograd_releasing_thread;

/* Take over a reference and give it up, now or in the loop. */
static inline void autograd_give_up(PyObject *reference) {
    if (Py_REFCNT(reference) > 1) {
        Py_DECREF(reference);
        return;
    }
    if (autograd_pending_count == autograd_pending_capacity) {
        Py_ssize_t capacity = autograd_pending_capacity ? 2 * autograd_pending_capacity : 1024;
        PyObject **grown = (PyObject **)realloc(autograd_pending, (size_t)capacity * sizeof(PyObject *));
        if (grown == NULL) { /* out of memory: recursion is the better risk than a leak */
            Py_DECREF(reference);
            return;
        }
        autograd_pending = grown;
        autograd_pending_capacity = capacity;
    }
    autograd_pending[autograd_pending_count++] = reference;
}

static inline void autograd_release_pending(void) {
    if (autograd_pending_count == 0 || autograd_releasing) return;
    autograd_releasing = 1;
    autograd_releasing_thread = PyThread_get_thread_ident();
    while (autograd_pending_count) Py_DECREF(autograd_pending[--autograd_pending_count]);
    autograd_releasing = 0;
}

/* In the child of a fork. The loop may have been another thread's, in the middle of a finalizer; that one is gone. */
static inline void autograd_go_on_releasing(void) {
    if (autograd_releasing_thread != PyThread_get_thread_ident()) autograd_releasing = 0;
    autograd_release_pending();
}
#endif
