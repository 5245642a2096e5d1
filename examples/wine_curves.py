"""A student trains a network on three kinds of wine with dropout and Adam, and looks at how it learned."""

import nn
from viz import plot_confusion_matrix, plot_training

wine = nn.load("wine")
print(wine)
train, validation, test = wine.split(test_size=0.2, validation_size=0.2, seed=1)
train, validation, test = train.standardized(validation, test)

layers = nn.MLP(13, [16, 3], activation=["relu", "linear"], initializer="he_normal", seed=1).to_tensor().layers
model = nn.Sequential([layers[0], nn.Dropout(0.2, seed=1), layers[1]])
history = nn.fit(
    model,
    train,
    loss=nn.cross_entropy,
    optimizer=nn.Adam(model.parameters(), learning_rate=0.01),
    epochs=100,
    batch_size=16,
    validation=validation,
    patience=15,
    seed=1,
)
print(nn.summary(model))
print(nn.hyperparameters(model, history))
print(f"stopped after {len(history.losses)} epochs ({history.stopped}), best epoch {history.best_epoch}")
print(f"accuracy {nn.score(model, *test):.3f} on wines it has not seen")

confusion = nn.confusion_matrix(test.y, nn.predict(model, test.X), wine.class_names)
print(confusion)
plot_training(history, title="Wine, with dropout").save("curves.svg")
plot_confusion_matrix(confusion).save("confusion.svg")
model.save("wine.safetensors")
print(nn.load("wine.safetensors"))
