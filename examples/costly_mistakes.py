"""An engineer trains with a loss of their own: a tumour that is missed costs five times as much as a false alarm."""

from autograd_core import exp, softplus
from nn import MLP, Adam, Data, confusion_matrix, fit, importance, load

every = load("breast_cancer")
few = Data(every.X[:, :5], every.y, every.feature_names[:5], every.class_names, "five features")
train, test = few.split(test_size=0.3, seed=0)
train, test = train.standardized(test)


def focal(z, t, weights=1.0):
    """Cross-entropy times (1 - p)², p the probability of the right class: easy examples count little.

    T.-Y. Lin and others, "Focal loss for dense object detection", ICCV 2017.
    """
    surprisal = softplus(z) - t * z
    return (weights * (1 - exp(-surprisal)) ** 2 * surprisal).mean()


for class_weight in (None, {0: 5.0, 1: 1.0}):  # 0 is malignant
    model = MLP(5, [8, 1], activation=["tanh", "linear"], seed=0).to_tensor()
    optimizer = Adam(model.parameters(), 0.01)
    fit(model, train, loss=focal, optimizer=optimizer, epochs=40, class_weight=class_weight, seed=0)
    predicted = (model(test.X).data[:, 0] > 0).astype(int)
    print(f"class_weight={class_weight}")
    print(confusion_matrix(test.y, predicted, test.class_names))

print(importance(model, test, repeats=3))
