"""Losses, activations, optimisers with schedules and clipping, and batch normalisation: PyTorch's numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
import nn
from autograd_core import Tensor
from nn.layers.activations import choice_from

GENERATOR = np.random.default_rng(11)
Z = GENERATOR.normal(size=(6, 3)) * 3
T = GENERATOR.normal(size=(6, 3))
CLASSES = np.array([0, 2, 1, 1, 0, 2])
SOFT = np.exp(T) / np.exp(T).sum(axis=1, keepdims=True)
WEIGHTS = np.array([1.0, 0.5, 2.0, 0.0, 3.0, 1.5])


def close(ours: Any, theirs: Any) -> None:
    """To 1e-9 of the largest number."""
    theirs = theirs.detach().numpy() if hasattr(theirs, "detach") else np.asarray(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12 * np.abs(theirs).max())


# --- losses -----------------------------------------------------------------------------------------------------------

LOSSES: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "squares": (lambda z: nn.mean_squared_error(z, T), lambda t, z: t.nn.functional.mse_loss(z, t.tensor(T))),
    "absolute": (lambda z: nn.mean_absolute_error(z, T), lambda t, z: t.nn.functional.l1_loss(z, t.tensor(T))),
    "huber": (
        lambda z: nn.huber(z, T, delta=0.7),
        lambda t, z: t.nn.functional.huber_loss(z, t.tensor(T), delta=0.7),
    ),
    "binary": (
        lambda z: nn.binary_cross_entropy_with_logits(z, SOFT),
        lambda t, z: t.nn.functional.binary_cross_entropy_with_logits(z, t.tensor(SOFT)),
    ),
    "classes": (
        lambda z: nn.cross_entropy(z, CLASSES),
        lambda t, z: t.nn.functional.cross_entropy(z, t.tensor(CLASSES)),
    ),
    "distributions": (
        lambda z: nn.cross_entropy(z, SOFT),
        lambda t, z: t.nn.functional.cross_entropy(z, t.tensor(SOFT)),
    ),
    "class weights": (
        lambda z: nn.cross_entropy(z, CLASSES, np.array([1.0, 2.0, 0.5])[CLASSES]),
        lambda t, z: t.nn.functional.cross_entropy(z, t.tensor(CLASSES), weight=t.tensor([1.0, 2.0, 0.5])),
    ),
    "divergence": (
        lambda z: nn.kullback_leibler(z, SOFT),
        lambda t, z: t.nn.functional.kl_div(t.log_softmax(z, 1), t.tensor(SOFT), reduction="batchmean"),
    ),
    "gaussian": (
        lambda z: nn.gaussian_negative_log_likelihood(z[:, :2], T[:, 0]),
        lambda t, z: t.nn.functional.gaussian_nll_loss(
            z[:, 0], t.tensor(T[:, 0]), t.exp(z[:, 1]), full=True, eps=1e-300
        ),
    ),
    "hinge": (
        lambda z: nn.hinge(z, np.sign(T)),
        lambda t, z: t.relu(1 - t.tensor(np.sign(T)) * z).mean(),
    ),
    "quantile": (
        lambda z: nn.quantile(z, T, q=0.8),
        lambda t, z: t.maximum(0.8 * (t.tensor(T) - z), -0.2 * (t.tensor(T) - z)).mean(),
    ),
    "weights": (
        lambda z: nn.mean_squared_error(z, T, WEIGHTS),
        lambda t, z: (((z - t.tensor(T)) ** 2).mean(1) * t.tensor(WEIGHTS)).sum() / WEIGHTS.sum(),
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_and_its_gradient(torch: Any, name: str) -> None:
    ours, theirs = LOSSES[name]
    z, other = Tensor(Z), torch.tensor(Z, requires_grad=True)
    loss, expected = ours(z), theirs(torch, other)
    loss.backward()
    expected.backward()
    close(loss.item(), expected)
    close(z.grad, other.grad)


# --- activations ------------------------------------------------------------------------------------------------------

ACTIVATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "logistic": lambda t, z: t.sigmoid(z),
    "tanh": lambda t, z: t.tanh(z),
    "arctan": lambda t, z: t.atan(z),
    "relu": lambda t, z: t.relu(z),
    "leaky_relu": lambda t, z: t.nn.functional.leaky_relu(z),
    "elu": lambda t, z: t.nn.functional.elu(z),
    "softplus": lambda t, z: t.nn.functional.softplus(z),
    "identity": lambda t, z: z * 1.0,
    "silu": lambda t, z: t.nn.functional.silu(z),
    "gelu": lambda t, z: t.nn.functional.gelu(z),
    "step": lambda t, z: t.heaviside(z.detach(), t.tensor(0.0)) + 0.0 * z,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_and_its_gradient(torch: Any, name: str) -> None:
    z, other = Tensor(Z), torch.tensor(Z, requires_grad=True)
    layer = nn.Dense(Tensor(np.eye(3)), Tensor(np.zeros(3)), name)
    assert choice_from(name)[0] == layer.activation
    (layer(z) * T).sum().backward()
    (ACTIVATIONS[name](torch, other) * torch.tensor(T)).sum().backward()
    close(layer(z).data, ACTIVATIONS[name](torch, other))
    close(z.grad, other.grad)


def test_a_learned_slope(torch: Any) -> None:
    ours, theirs = nn.PReLU(3), torch.nn.PReLU(3)
    (ours(Tensor(Z)) * T).sum().backward()
    (theirs(torch.tensor(Z)) * torch.tensor(T)).sum().backward()
    close(ours.slope.grad, theirs.weight.grad)


# --- optimisers -------------------------------------------------------------------------------------------------------

OPTIMISERS: dict[str, tuple[Callable[..., nn.Optimizer], Callable[[Any, Any], Any]]] = {
    "SGD": (partial(nn.SGD, learning_rate=0.1), lambda t, p: t.optim.SGD(p, 0.1)),
    "momentum": (
        partial(nn.SGD, learning_rate=0.05, momentum=0.9, weight_decay=0.01),
        lambda t, p: t.optim.SGD(p, 0.05, momentum=0.9, weight_decay=0.01),
    ),
    "Nesterov": (
        partial(nn.SGD, learning_rate=0.05, momentum=0.9, nesterov=True),
        lambda t, p: t.optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    ),
    "Adam": (
        partial(nn.Adam, learning_rate=0.03, weight_decay=0.02),
        lambda t, p: t.optim.Adam(p, 0.03, weight_decay=0.02),
    ),
    "AdamW": (
        partial(nn.AdamW, learning_rate=0.03, weight_decay=0.1, betas=(0.8, 0.99)),
        lambda t, p: t.optim.AdamW(p, 0.03, weight_decay=0.1, betas=(0.8, 0.99)),
    ),
    "RMSProp": (
        partial(nn.RMSProp, learning_rate=0.02, alpha=0.9),
        lambda t, p: t.optim.RMSprop(p, 0.02, alpha=0.9),
    ),
}
SCHEDULES: dict[str, tuple[Callable[[], nn.Schedule], Callable[[Any, Any], Any]]] = {
    "constant": (nn.Constant, lambda t, o: t.optim.lr_scheduler.ConstantLR(o, factor=1.0)),
    "step": (lambda: nn.StepDecay(6, 0.5), lambda t, o: t.optim.lr_scheduler.StepLR(o, 6, 0.5)),
    "exponential": (lambda: nn.Exponential(0.9), lambda t, o: t.optim.lr_scheduler.ExponentialLR(o, 0.9)),
    "cosine": (
        lambda: nn.Cosine(20, least=0.1),
        lambda t, o: t.optim.lr_scheduler.CosineAnnealingLR(o, 20, eta_min=0.1 * o.param_groups[0]["lr"]),
    ),
    "warm-up": (
        lambda: nn.WarmUp(5, start=0.2, then=nn.Exponential(0.95)),
        lambda t, o: t.optim.lr_scheduler.SequentialLR(
            o,
            [
                t.optim.lr_scheduler.LinearLR(o, 0.2, 1.0, 5),
                t.optim.lr_scheduler.ExponentialLR(o, 0.95),
            ],
            [5],
        ),
    ),
    "plateau": (
        lambda: nn.ReduceOnPlateau(0.5, patience=2),
        lambda t, o: t.optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=2, eps=0.0),
    ),
}
CLIPPINGS: dict[str, tuple[dict[str, float], Callable[[Any, Any], Any]]] = {
    "free": ({}, lambda t, p: None),
    "norm": ({"max_norm": 0.3}, lambda t, p: t.nn.utils.clip_grad_norm_(p, 0.3)),
    "value": ({"max_value": 0.05}, lambda t, p: t.nn.utils.clip_grad_value_(p, 0.05)),
}


def ours_and_theirs(torch: Any) -> tuple[nn.Sequential, Any]:
    model = nn.MLP(3, [5, 3], activation=["tanh", None], initializer="glorot_uniform", seed=2).to_tensor()
    other = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
    for layer, linear in zip(model.layers, (other[0], other[2]), strict=True):
        linear.weight.data, linear.bias.data = torch.tensor(layer.W.data.copy()), torch.tensor(layer.b.data.copy())
    return model, other


#: Every optimiser with every schedule, and with every clipping; of Values, which share the update, one of each.
CASES = [
    *(
        (name, schedule, list(CLIPPINGS)[(first + second) % len(CLIPPINGS)], False)
        for first, name in enumerate(OPTIMISERS)
        for second, schedule in enumerate(SCHEDULES)
    ),
    *((name, "cosine", "norm", True) for name in OPTIMISERS),
]


@pytest.mark.parametrize(("name", "schedule", "clipping", "of_values"), CASES)
def test_twenty_steps_of_an_optimiser(torch: Any, name: str, schedule: str, clipping: str, of_values: bool) -> None:
    tensors, other = ours_and_theirs(torch)
    model: Any = tensors.to_scalar() if of_values else tensors
    options, clip = CLIPPINGS[clipping]
    optimizer = OPTIMISERS[name][0](model.parameters(), schedule=SCHEDULES[schedule][0](), **options)
    theirs = OPTIMISERS[name][1](torch, other.parameters())
    scheduler = SCHEDULES[schedule][1](torch, theirs)
    X = GENERATOR.normal(size=(8, 3))
    labels = GENERATOR.integers(0, 3, 8)
    for _ in range(20):
        loss = nn.cross_entropy([model(row) for row in X] if of_values else model(X), labels)
        expected = torch.nn.functional.cross_entropy(other(torch.tensor(X)), torch.tensor(labels))
        close(loss.data, expected)
        optimizer.zero_grad()
        theirs.zero_grad()
        loss.backward()
        expected.backward()
        clip(torch, list(other.parameters()))
        optimizer.step()
        theirs.step()
        value = float(loss.data)
        optimizer.end_epoch(value)
        scheduler.step(value) if schedule == "plateau" else scheduler.step()
        close(optimizer.learning_rate, theirs.param_groups[0]["lr"])
    twin = model.to_tensor() if of_values else model
    for layer, linear in zip(twin.layers, (other[0], other[2]), strict=True):
        close(layer.W.data, linear.weight)
        close(layer.b.data, linear.bias)


# --- batch normalisation ----------------------------------------------------------------------------------------------


def test_batch_normalisation_in_training_and_evaluation(torch: Any) -> None:
    ours, theirs = nn.BatchNorm(3), torch.nn.BatchNorm1d(3)
    ours.set_training(True)
    for _ in range(5):
        x = GENERATOR.normal(size=(7, 3)) * [1.0, 5.0, 0.1] + 2.0
        mine, other = Tensor(x), torch.tensor(x, requires_grad=True)
        z, expected = ours(mine), theirs(other)
        close(z.data, expected)
        ours.zero_grad()
        theirs.zero_grad()
        factors = GENERATOR.normal(size=(7, 3))
        (z * z * factors).sum().backward()
        (expected * expected * torch.tensor(factors)).sum().backward()
        close(ours.scale.grad, theirs.weight.grad)
        close(ours.shift.grad, theirs.bias.grad)
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-9, atol=1e-11)
    close(ours.mean, theirs.running_mean)
    close(ours.variance, theirs.running_var)
    ours.set_training(False)
    theirs.eval()
    close(ours(Tensor(Z)).data, theirs(torch.tensor(Z)))


def test_the_kinds_of_node_agree_with_each_other() -> None:
    """What the comparisons above rest on."""
    values = [[ac.Value(each) for each in row] for row in Z]
    assert nn.cross_entropy(values, CLASSES).data == pytest.approx(
        nn.cross_entropy(Tensor(Z), CLASSES).item(), rel=1e-13
    )
