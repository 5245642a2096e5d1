"""scikit-learn takes the estimators for its own: every check of ``check_estimator``, and what it does not look at."""

from __future__ import annotations

import copy
import io
import sys
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import nn
from autograd_core import AutogradError, InputValueError
from nn import DenseClassifier, DenseRegressor

pytestmark = pytest.mark.slow  # loading scikit-learn is

QUICK: dict[str, Any] = {"hidden": (8,), "learning_rate": 0.1, "epochs": 30}
X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
FEW, CLASSES = X[::5], Y[::5]
MODELS = [DenseClassifier(**QUICK), DenseRegressor(**QUICK)]


@pytest.mark.parametrize("model", [DenseClassifier(), DenseRegressor()], ids=repr)
def test_every_check_of_scikit_learn_passes(model: Any) -> None:
    check_estimator(model, on_skip=None)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_epochs_are_the_same_in_one_call_and_in_several(model: Any) -> None:
    """Of whole batches, in which the order of examples is only one of additions."""
    settings = {**QUICK, "epochs": 6}
    whole = type(model)(**settings).fit(FEW, CLASSES)
    bits = type(model)(**settings)
    for _ in range(6):
        bits.partial_fit(FEW, CLASSES)
    warm = type(model)(**{**settings, "epochs": 3}, warm_start=True).fit(FEW, CLASSES).fit(FEW, CLASSES)
    for each in (bits, warm):
        assert each.n_iter_ == whole.n_iter_ == 6
        assert each.loss_curve_ == pytest.approx(whole.loss_curve_, rel=1e-9)
        assert each._outputs(FEW) == pytest.approx(whole._outputs(FEW), rel=1e-7)
    cold = type(model)(**settings).fit(FEW, CLASSES).fit(FEW, CLASSES)
    assert cold.loss_curve_ == whole.loss_curve_


def test_class_weights_are_weights_of_examples() -> None:
    counts = {0: 3.0, 1: 0.5, 2: 1.0}
    by_class = DenseClassifier(**QUICK, class_weight=counts).fit(FEW, CLASSES)
    by_example = DenseClassifier(**QUICK).fit(FEW, CLASSES, sample_weight=[counts[k] for k in CLASSES.tolist()])
    assert by_class.predict_proba(FEW) == pytest.approx(by_example.predict_proba(FEW), rel=1e-9)
    uneven = np.r_[0:3, 10:30]
    balanced = DenseClassifier(**QUICK, class_weight="balanced").fit(FEW[uneven], CLASSES[uneven])
    sizes = np.bincount(CLASSES[uneven])
    by_example = DenseClassifier(**QUICK).fit(
        FEW[uneven], CLASSES[uneven], sample_weight=(23 / (3 * sizes))[CLASSES[uneven]]
    )
    assert balanced.predict_proba(FEW) == pytest.approx(by_example.predict_proba(FEW), rel=1e-9)


def test_pipelines_grids_and_folds() -> None:
    pipeline = make_pipeline(StandardScaler(), DenseClassifier(**QUICK))
    assert cross_val_score(pipeline, X, Y, cv=3).min() > 0.9
    grid = GridSearchCV(pipeline, {"denseclassifier__hidden": [(2,), (6, 4)]}, cv=2)
    with joblib.parallel_backend("threading", n_jobs=2):
        grid.fit(X, Y)
    assert grid.best_score_ > 0.9


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_copy_predicts_and_goes_on_alike(model: Any) -> None:
    trained = copy.deepcopy(model).fit(FEW, CLASSES)
    file = io.BytesIO()
    joblib.dump(trained, file)
    file.seek(0)
    for twin in (copy.deepcopy(trained), joblib.load(file)):
        assert np.array_equal(twin.predict(X), trained.predict(X))
        further = copy.deepcopy(trained).partial_fit(FEW, CLASSES)
        assert np.array_equal(twin.partial_fit(FEW, CLASSES).predict(X), further.predict(X))
        assert not np.array_equal(further._outputs(X), trained._outputs(X))


def test_early_stopping_keeps_the_best_weights() -> None:
    model = DenseClassifier((16,), learning_rate=0.3, epochs=500, early_stopping=3, validation_fraction=0.3).fit(X, Y)
    losses = model.history_.validation_losses
    assert len(losses) < 500
    assert min(losses) == losses[model.history_.best_epoch - 1] == losses[-4]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizer": "admw"}, "there is no optimizer 'admw'; did you mean adamw"),
        ({"hidden": "16"}, r"hidden='16'; write hidden=\(16, 8\)"),
        ({"hidden": (0,)}, "hidden: 0 is too small"),
        ({"epochs": 0}, "epochs: 0 is too small"),
        ({"activation": "tahn"}, "there is no activation 'tahn'"),
        ({"learning_rate": -1.0}, "learning rate -1.0"),
    ],
)
def test_a_wrong_setting_is_refused_by_fit(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(AutogradError, match=message):
        DenseClassifier(**settings).fit(FEW, CLASSES)


def test_classes_that_come_later_have_to_be_announced() -> None:
    late = DenseClassifier(**QUICK).partial_fit(FEW[:10], CLASSES[:10], classes=[0, 1, 2])
    assert late.partial_fit(FEW, CLASSES).predict_proba(FEW).shape == (30, 3)
    with pytest.raises(InputValueError, match="the class 1 was not there before"):
        DenseClassifier(**QUICK).partial_fit(FEW[:10], CLASSES[:10]).partial_fit(FEW, CLASSES)
    with pytest.raises(InputValueError, match=r"not among classes=\[1, 2\]"):
        DenseClassifier(**QUICK).partial_fit(FEW, CLASSES, classes=[1, 2])


def test_without_scikit_learn_an_estimator_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(
        InputValueError, match=r"nn\.DenseClassifier: scikit-learn.*pip install 'autograd-core\[data\]'"
    ):
        nn.DenseClassifier  # noqa: B018


def test_the_penalty_pulls_weights_and_not_biases() -> None:
    def trained(l2: float) -> Any:
        return DenseClassifier((), l2=l2, learning_rate=0.1, epochs=200).fit(FEW, CLASSES).network_.layers[0]

    free, bound = trained(0.0), trained(1.0)
    assert abs(bound.W.data).max() < 0.1 * abs(free.W.data).max()
    assert abs(bound.b.data).max() > 0.01
