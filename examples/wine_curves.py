"""A student trains a network on three kinds of wine with Adam, and looks at how it learned."""

from nn import MLP, Adam, confusion_matrix, cross_entropy, fit, hyperparameters, load, predict, score, summary
from viz import plot_confusion_matrix, plot_training

wine = load("wine")
print(wine)
train, validation, test = wine.split(test_size=0.2, validation_size=0.2, seed=1)
train, validation, test = train.standardized(validation, test)

model = MLP(13, [16, 3], activation=["relu", "linear"], initializer="he_normal", seed=1).to_tensor()
history = fit(
    model,
    train,
    loss=cross_entropy,
    optimizer=Adam(model.parameters(), learning_rate=0.01),
    epochs=100,
    batch_size=16,
    validation=validation,
    patience=15,
    seed=1,
)
print(summary(model))
print(hyperparameters(model, history))
print(f"stopped after {len(history.losses)} epochs ({history.stopped}), best epoch {history.best_epoch}")
print(f"accuracy {score(model, *test):.3f} on wines it has not seen")

confusion = confusion_matrix(test.y, predict(model, test.X), wine.class_names)
print(confusion)
plot_training(history, title="Wine").save("curves.svg")
plot_confusion_matrix(confusion).save("confusion.svg")
model.save("wine.safetensors")
print(load("wine.safetensors"))
