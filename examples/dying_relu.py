"""A teacher shows how a network of ReLUs dies, how one sees it, and how it is mended."""

from nn import MLP, SGD, accuracy, binary_cross_entropy_with_logits, circles, fit, gradient_health
from viz import plot_decision_boundary

loss = binary_cross_entropy_with_logits
train, test = circles(200, seed=1).split(test_size=0.25, seed=0)


def lesson(activation: str, learning_rate: float) -> MLP:
    """Train eight neurons, and let their gradients tell how they are."""
    model = MLP(2, [8, 1], activation=[activation, "linear"], initializer="he_normal", seed=0)
    optimizer = SGD(model.parameters(), learning_rate)
    history = fit(model, train, loss=loss, optimizer=optimizer, epochs=40, seed=0)
    health = gradient_health(model, train.X, train.y, loss=loss)
    print(f"{activation}, learning rate {learning_rate}: loss {history.losses[-1]:.3f}, {health.summary}")
    for trouble in health.worst[:1]:
        print(f"  {trouble.edge.name}: {trouble.evidence}\n  Try: {trouble.change}")
    print(f"  accuracy on the test part: {accuracy(model, test.X, test.y):.2f}")
    return model


# One step too far, and the sum before the ReLU is negative for every example: its derivative is 0, and so is that of
# the loss by all its weights. Nothing can bring the neuron back.
dead = lesson("relu", 10.0)
print("  the biases that killed them:", dead.layers[0].b.round(1))

# A leaky ReLU lets a part of the gradient through; and a step should not be that long.
mended = lesson("leaky_relu", 1.0)
for name, model in (("dead", dead), ("mended", mended)):
    plot_decision_boundary(model, test.X, test.y, title=name).save(f"{name}.svg")
