"""History: what happened during training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Diary", "DivergenceError", "History"]

from autograd_core import AutogradError

from .recording import Recording


@dataclass(frozen=True, repr=False)
class History:
    """What happened during training, one entry an epoch.

    Attributes
    ----------
    losses
        For each epoch the mean loss over its examples, each measured before the step its mini-batch led to.
    validation_losses
        The mean loss over the validation examples at the end of each epoch; empty without such.
    metrics, validation_metrics
        By name, the metrics at the end of each epoch on the training and on the validation examples.
    learning_rates
        The learning rate of each epoch.
    gradient_norms
        By layer, the length of the gradient of the epoch's last mini-batch.
    seconds
        How long training had taken at the end of each epoch.
    best_epoch
        The epoch, counted from 1, whose weights the model has now.
    stopped
        Why it ended: ``"epochs"`` (all were made), ``"patience"``, ``"callback"``, ``"interrupted"`` or ``"diverged"``.
    settings
        What was chosen beforehand; :func:`nn.hyperparameters` lists it.
    recording
        The weights at every moment that :func:`nn.fit` was to keep with ``record_every``; :func:`viz.replay` shows it.

    Examples
    --------
    >>> History((1.0, 0.5, 0.25), best_epoch=3)
    <History: 3 epochs, loss 1 to 0.25, weights of epoch 3; ended by epochs>
    """

    losses: tuple[float, ...]
    validation_losses: tuple[float, ...] = ()
    metrics: dict[str, tuple[float, ...]] = field(default_factory=dict)
    validation_metrics: dict[str, tuple[float, ...]] = field(default_factory=dict)
    learning_rates: tuple[float, ...] = ()
    gradient_norms: dict[str, tuple[float, ...]] = field(default_factory=dict)
    seconds: tuple[float, ...] = field(default=(), compare=False)
    best_epoch: int | None = None
    stopped: str = "epochs"
    settings: dict[str, Any] = field(default_factory=dict, compare=False)
    recording: Recording | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        kinds = {"loss": self.losses, "validation loss": self.validation_losses}
        went = [f"{name} {each[0]:.4g} to {each[-1]:.4g}" for name, each in kinds.items() if each]
        best = [f"weights of epoch {self.best_epoch}"] if self.best_epoch else []
        count = f"{len(self.losses):,} epoch{'s' * (len(self.losses) != 1)}"
        return f"<History: {', '.join([count, *went, *best])}; ended by {self.stopped}>"


class DivergenceError(AutogradError, ArithmeticError):
    """The loss became infinite or nan; the model has its last good weights again.

    Attributes
    ----------
    history
        What happened until then.
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history

    def __reduce__(self) -> Any:
        return type(self), (str(self), self.history)


class Diary:
    """A history in the making."""

    def __init__(self) -> None:
        self.columns: dict[str, list[float]] = {}
        self.tables: dict[str, dict[str, list[float]]] = {
            "metrics": {},
            "validation_metrics": {},
            "gradient_norms": {},
        }

    def add(self, **entries: float | dict[str, float]) -> None:
        """Add an epoch's numbers, each a number or several by name."""
        for name, entry in entries.items():
            if isinstance(entry, dict):
                for key, number in entry.items():
                    self.tables[name].setdefault(key, []).append(number)
            else:
                self.columns.setdefault(name, []).append(entry)

    def history(self, best_epoch: int | None, stopped: str) -> History:
        """What happened so far."""
        columns: dict[str, Any] = {name: tuple(column) for name, column in self.columns.items()}
        tables: dict[str, Any] = {
            name: {key: tuple(column) for key, column in table.items()} for name, table in self.tables.items()
        }
        return History(**{"losses": (), **columns, **tables}, best_epoch=best_epoch, stopped=stopped)
