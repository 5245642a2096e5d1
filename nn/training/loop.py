"""The one training loop: epochs of mini-batches, what is recorded of them, when they end, and which weights stay."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import random
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from autograd_core import InputTypeError, InputValueError, Tensor
from autograd_core.errors import shortened

from ..conversion import called, examples_from, generator_from, model_from, positive_integer
from ..data.batches import minibatches
from ..layers.dense import Sequential
from ..layers.module import Module
from ..layers.perceptron import MLP
from ..losses.known import loss_from
from ..losses.penalties import penalty_from
from ..losses.reduction import weights_from
from ..optim.adam import Adam
from ..optim.clipping import norm
from ..optim.optimizer import Optimizer
from .checkpoints import path_from, read_checkpoint, write_checkpoint
from .gradient_norms import Layers
from .heads import Head, head_of
from .history import Diary, DivergenceError, History
from .recording import Recorder
from .settings import name_of, settings_of_optimizer
from .sharing_out import class_weights, pair_from, set_aside
from .steps import Steps, leaves_of
from .task import Task, targets_for

__all__ = ["Epoch", "learn"]

Array = np.ndarray[Any, Any]


class Epoch:
    """What a callback sees at the end of each epoch.

    Attributes
    ----------
    model, optimizer
        What is being trained; the model has its present weights.
    number
        The epoch, counted from 1.
    history
        What happened so far.
    """

    def __init__(self, model: Any, optimizer: Any, number: int, history: History) -> None:
        self.model, self.optimizer, self.number, self.history = model, optimizer, number, history


def learn(
    who: str,
    model: Any,
    X: Any,
    y: Any,
    *,
    loss: Any,
    optimizer: Any,
    epochs: Any,
    batch_size: Any,
    seed: Any,
    validation: Any = None,
    patience: Any = None,
    penalty: Any = None,
    callbacks: Any = (),
    sample_weight: Any = None,
    class_weight: Any = None,
    record_every: Any = None,
    checkpoint: Any = None,
    progress: bool = False,
    replay: bool = True,
) -> History:
    """Train a model; see :func:`fit`. Errors name who was called."""
    if y is None and who == "fit":
        X, y = pair_from(X, who, "fit(model, X, y, loss=...)")
    model_from(model, who)
    loss_from(loss, who)
    if optimizer is None and who == "fit":
        optimizer = Adam(model.parameters(), 0.01)
    leaves = leaves_of(model, optimizer, who)
    of_tensors = any(isinstance(each, Tensor) for each in leaves.nodes)
    generator = generator_from(seed, who)
    seed = seed if isinstance(seed, int) else "a generator"
    examples = examples_from(X)
    targets = targets_for(loss, y, len(examples))
    weights = None if sample_weight is None else weights_from(sample_weight, len(examples), who)
    if class_weight is not None:
        of_classes = class_weights(class_weight, targets, who)
        weights = of_classes if weights is None else weights * of_classes
    if validation is not None and not isinstance(validation, tuple | list) and not hasattr(validation, "X"):
        kept, held = set_aside(validation, examples, targets, head_of(loss), generator)
        validation = examples[held], targets[held]
        examples, targets = examples[kept], targets[kept]
        weights = None if weights is None else weights[kept]
    task = Task(model, loss, examples, targets, weights, of_tensors, who)
    watched = None
    if validation is not None:
        watched = Task(
            model,
            loss,
            *pair_from(validation, f"{who}: validation", "validation=(X, y)"),
            None,
            of_tensors,
            f"{who}: validation",
        )
    elif patience is not None:
        raise InputValueError(f"{who}: patience={shortened(patience)} needs a validation; write validation=0.2")
    penalties = [] if penalty is None else [penalty_from(penalty, who)]
    if penalties and not isinstance(optimizer, Optimizer):
        raise InputTypeError(f"{who}: a penalty needs an optimizer that is an nn.Optimizer, such as SGD")
    steps = Steps(task, optimizer, leaves, penalties)
    held_out = None if watched is None else f"{watched.count} examples"
    training = _Training(
        steps, watched, head_of(loss), positive_integer(epochs, f"{who}: epochs"),
        positive_integer(batch_size, f"{who}: batch_size"), generator, seed,
        None if patience is None else positive_integer(patience, f"{who}: patience"),
        [called(each, f"{who}: callback", {}, "callbacks=[lambda epoch: ...]") for each in callbacks],
    )  # fmt: skip
    if isinstance(model, Module) and training.head is not None:
        vars(model)["head"] = training.head.name
    if checkpoint is not None:
        training.go_on_from(path_from(checkpoint, f"{who}: checkpoint"))
    recorder = None
    if record_every is not None:
        recorder = Recorder(model, loss, task.X, task.y, record_every)
        training.callbacks.append(recorder)
    settings = {
        "loss": name_of(loss), "epochs": epochs, "batch_size": batch_size, "validation": held_out, "patience": patience,
        "penalty": None if penalty is None else repr(penalty),
        "sample_weight": None if sample_weight is None else "given", "class_weight": class_weight,
        "seed": seed, **settings_of_optimizer(optimizer),
    }  # fmt: skip
    history = training.run(progress, replay)
    return dataclasses.replace(history, settings=settings, recording=None if recorder is None else recorder.recording())


class _Training:
    """One call of :func:`fit`."""

    def __init__(
        self, steps: Steps, watched: Task | None, head: Head | None, epochs: int, batch_size: int,
        generator: random.Random, seed: int | str, patience: int | None, callbacks: list[Callable[[Epoch], Any]],
    ) -> None:  # fmt: skip
        self.steps, self.task, self.watched, self.head = steps, steps.task, watched, head
        self.epochs, self.batch_size, self.generator, self.patience = epochs, batch_size, generator, patience
        self.seed = seed
        self.callbacks = callbacks
        self.diary = Diary()
        self.epoch = 0  # how many have ended
        self.good = steps.place()  # the weights to go back to
        self.file: Path | None = None
        self.kind: dict[str, Any] = {}
        self.stopped, self.before = "epochs", 0.0
        self.least, self.best, self.waited = math.inf, None if watched else 0, 0
        self.layers = Layers(steps)

    def run(self, progress: bool, replay: bool) -> History:
        """All epochs that are left."""
        self.begun = time.perf_counter() - self.before
        total = (self.epochs - self.epoch) * math.ceil(self.task.count / self.batch_size)
        stopped, first = self.stopped, True
        model = self.task.model
        try:
            if isinstance(model, Module):
                model.set_training(True)
            with tqdm(total=total, disable=not progress, unit="batch") as bar:
                while self.epoch < self.epochs and stopped == "epochs":
                    self._one_epoch(bar, replay and first)
                    stopped, first = self._ends(), False
                    if self.file is not None:
                        write_checkpoint(self.file, self._state(stopped))
        except KeyboardInterrupt:
            stopped = "interrupted"
        except DivergenceError:
            self.steps.restore(self.good)
            raise
        finally:
            if isinstance(model, Module):
                model.set_training(False)
        if self.watched is not None and self.best is not None:
            self.steps.restore(self.good)
        self.steps.settle()
        return self._history(stopped)

    def _one_epoch(self, bar: Any, record: bool) -> None:
        task, steps, size = self.task, self.steps, self.batch_size
        batches = minibatches(task.count, batch_size=size, seed=self.generator)
        task.take(np.fromiter(chain.from_iterable(batches), np.intp, task.count))
        shares = []
        for number in range(len(batches)):
            batch = slice(number * size, number * size + len(batches[number]))
            if record and number == 0:
                value = steps.first_loss_and_gradients(batch, stacklevel=6)
            else:
                value = steps.loss_and_gradients(batch)
            if not math.isfinite(value):
                raise self._diverged(value, number, len(batches))
            steps.step()
            shares.append(value * (len(batches[number]) / task.count))
            if not bar.disable:
                bar.set_postfix(epoch=self.epoch + 1, loss=f"{value:.4g}", refresh=False)
                bar.update()
        self._note(math.fsum(shares))

    def _note(self, loss: float) -> None:
        """The end of an epoch: what is written down, and whether its weights are the best."""
        optimizer, steps = self.steps.optimizer, self.steps
        rate = getattr(optimizer, "learning_rate", math.nan)
        entries: dict[str, Any] = {"losses": loss, "learning_rates": rate, "gradient_norms": self.layers.norms()}
        self.epoch += 1
        seen = loss
        if self.watched is None:
            self.good = steps.place()
            self.best = self.epoch
        else:
            outputs = steps.outputs(self.watched)
            seen = self.watched.loss_of_outputs(outputs)
            entries["validation_losses"] = seen
            if self.head is not None:
                entries["validation_metrics"] = self._metric(outputs, self.watched)
                entries["metrics"] = self._metric(steps.outputs(self.task), self.task)
            self.waited += 1
            if seen < self.least:
                self.least, self.good, self.best, self.waited = seen, steps.place(), self.epoch, 0
        self.diary.add(**entries, seconds=time.perf_counter() - self.begun)
        if isinstance(optimizer, Optimizer):
            optimizer.end_epoch(seen)

    def _metric(self, outputs: Array, task: Task) -> dict[str, float]:
        assert self.head is not None
        name, metric = self.head.metric
        targets = task.y.argmax(axis=1) if self.head.name == "multiclass" and task.y.ndim == 2 else task.y
        return {name: metric(self.head.predict(outputs), targets)}

    def _ends(self) -> str:
        if self.callbacks:
            self.steps.settle()
            seen = Epoch(self.task.model, self.steps.optimizer, self.epoch, self._history("running"))
            model = self.task.model
            if isinstance(model, Module):
                model.set_training(False)
            answers = [callback(seen) for callback in self.callbacks]  # all of them are asked
            if isinstance(model, Module):
                model.set_training(True)
            if any(answer is True for answer in answers):
                return "callback"
            self.steps.numbers = self.steps.leaves.read()  # which a callback may have changed
        return "patience" if self.patience is not None and self.waited >= self.patience else "epochs"

    def _history(self, stopped: str) -> History:
        return self.diary.history(self.best or None, stopped)

    # --- checkpoints --------------------------------------------------------------------------------------------------

    def go_on_from(self, file: Path) -> None:
        """Write this file after each epoch; if it is there already, go on from it."""
        self.file, self.kind = file, self._kind()
        if not file.exists():
            return
        state = read_checkpoint(file)
        ours, theirs = self.kind, state.get("kind", {})
        for name, each in ours.items():
            if each != theirs.get(name):
                raise InputValueError(
                    f"{self.task.who}: checkpoint: {file} is that of another training, with other {name}; give another "
                    "file, or remove it to begin anew"
                )
        self.diary.columns, self.diary.tables = state["columns"], state["tables"]
        self.epoch, self.stopped, self.before = state["epoch"], state["stopped"], state["seconds"]
        self.least, self.best, self.waited = state["least"], state["best"], state["waited"]
        self.good = (state["good"][0], state["good"][1])
        self.steps.restore((state["now"][0], state["now"][1]))
        if isinstance(self.steps.optimizer, Optimizer):
            self.steps.optimizer.load_state_dict(state["optimizer"])
        version, numbers, spare = state["generator"]
        self.generator.setstate((version, tuple(numbers), spare))

    def _state(self, stopped: str) -> dict[str, Any]:
        optimizer = self.steps.optimizer
        return {
            "kind": self.kind,
            "columns": self.diary.columns,
            "tables": self.diary.tables,
            "epoch": self.epoch,
            "stopped": stopped,
            "seconds": time.perf_counter() - self.begun,
            "least": self.least,
            "best": self.best,
            "waited": self.waited,
            "good": self.good,
            "now": self.steps.place(),
            "optimizer": optimizer.state_dict() if isinstance(optimizer, Optimizer) else None,
            "generator": self.generator.getstate(),
        }

    def _kind(self) -> dict[str, Any]:
        """What a training that goes on from a checkpoint must have in common with the one that wrote it."""
        task = self.task
        arrays = [task.X, task.y, *([] if task.weights is None else [task.weights])]
        return {
            "seed": self.seed,  # before the examples, for it says which of them are set aside
            "examples": hashlib.sha256(b"".join(np.ascontiguousarray(each).tobytes() for each in arrays)).hexdigest(),
            "parameters": [list(each.shape) for each in self.steps.numbers],
            "model": repr(task.model) if isinstance(task.model, MLP | Sequential) else None,
            **self._optimizer(),
            "loss": name_of(task.loss),
            "batch_size": self.batch_size,
        }

    def _optimizer(self) -> dict[str, Any]:
        """What a checkpoint says of the optimiser in the place of who made it."""
        optimizer = self.steps.optimizer
        if not isinstance(optimizer, Optimizer):
            return {"optimizer": type(optimizer).__name__}
        return {
            "optimizer": type(optimizer).__name__,
            "learning_rate": optimizer.state_dict()["first_learning_rate"],
            "schedule": type(optimizer.schedule).__name__,
        }

    def _diverged(self, value: float, number: int, batches: int) -> DivergenceError:
        rate = getattr(self.steps.optimizer, "learning_rate", None)
        present = "" if rate is None else f" than {rate}"
        return DivergenceError(
            f"{self.task.who}: the loss is {value} in epoch {self.epoch + 1}, batch {number + 1} of {batches}, "
            f"{self._because()}; what usually helps is a learning rate smaller{present}, standardised inputs "
            "(Standardizer), and a loss of logits in place of a logarithm of sigmoid",
            self._history("diverged"),
        )

    def _because(self) -> str:
        """Where the last step led."""
        largest = max(float(np.abs(each).max()) for each in self.steps.numbers)
        if not self.steps.gradients:
            return f"with the first weights (the largest is {largest:.3g})"
        length = norm(self.steps.gradients)
        return f"for a step along a gradient of length {length:.3g} led to a parameter of the size {largest:.3g}"
