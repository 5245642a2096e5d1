"""Tapes of arrays: operations on Tensors as a list, and what is made of such a list: files, batches, JAX, ONNX.

Nothing is replayed here. May import: all that stands below, programs of Values included.
"""
