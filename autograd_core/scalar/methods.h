/* Primitives as methods of a class.
 *
 * Python calls a method that is a function in C at once, with the node and what stands in the parentheses; but such a
 * function holds nothing of its own, so that there is one for each opcode. All go on to the same function, which is set
 * when the methods are made. */
#ifndef AUTOGRAD_METHODS_H
#define AUTOGRAD_METHODS_H
#include <Python.h>
#include "kernels.h"

typedef PyObject *(*AutogradCalled)(int opcode, PyObject *node, PyObject **others, Py_ssize_t count);
static AutogradCalled autograd_called;

#define AUTOGRAD_METHOD(opcode)                                                                                  \
    static PyObject *autograd_method_##opcode(PyObject *node, PyObject *const *others, Py_ssize_t count) {       \
        return autograd_called(opcode, node, (PyObject **)others, count);                                        \
    }
AUTOGRAD_EACH_PRIMITIVE(AUTOGRAD_METHOD)

#define AUTOGRAD_METHOD_OF(opcode) (PyCFunction)(void (*)(void))autograd_method_##opcode,
static const PyCFunction autograd_methods[] = {AUTOGRAD_EACH_PRIMITIVE(AUTOGRAD_METHOD_OF)};

/* A method, to be set on the class; its name and its text are kept with it. */
static PyObject *autograd_method(PyObject *type, int opcode, const char *name, const char *text, AutogradCalled called) {
    PyMethodDef *method = (PyMethodDef *)PyMem_RawMalloc(sizeof *method);
    if (method == NULL) return PyErr_NoMemory();
    autograd_called = called;
    method->ml_name = name;
    method->ml_meth = autograd_methods[opcode];
    method->ml_flags = METH_FASTCALL;
    method->ml_doc = text;
    return PyDescr_NewMethod((PyTypeObject *)type, method);
}
#endif
