"""Writes the table and the scores that TableEfficacyTests compares with, by scikit-learn 1.9.

    python make_efficacy.py [FOLDER]

efficacy.json: the cells of two columns of numbers, one of words (as indices) and three targets, training rows first; and for
each target what each model scores that is trained on the training rows and tried on the others. Where chance has a part, the
score is the mean over ten seeds. The features are SDGym's: numbers that are never negative and reach 1,000 by their
logarithms, all numbers to 0...5 by the training rows' range, words one-hot. Each column has fewer than 256 different values,
so that splits between the bins of a histogram are those of scikit-learn's exact search: by bins of many values AdaBoost's
scores move by 0.05, scikit-learn's own too.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, r2_score
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

TRAINING, TEST, SEEDS = 2000, 1000, 10


def table():
    random = np.random.default_rng(1)
    count = TRAINING + TEST
    age = np.round(random.normal(40, 12, count))
    income = np.round(np.exp(8 + np.round(20 * random.normal(0, 1, count)) / 20))
    job = random.choice(5, count, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    score = (age - 40) / 12 + np.log(income) - 8 + np.array([0, 0.5, -0.5, 2, -2])[job]
    noisy = score + random.normal(0, 0.4, count)
    binary = (noisy > 1).astype(int)
    triple = np.digitize(noisy, [-0.8, 1.2])
    number = np.round(3 * noisy + 10, 2)
    assert max(len(set(column)) for column in (age, income)) <= 256
    return np.stack([age, income, job, binary, triple, number], axis=1)


def features(rows):
    fitted = rows[:TRAINING]
    columns = []
    for index, logarithmic in [(0, False), (1, True)]:
        column, known = rows[:, index], fitted[:, index]
        if logarithmic:
            column, known = (np.log(np.maximum(values, 0.01)) for values in (column, known))
        columns.append((column - known.min()) / (known.max() - known.min()) * 5)
    columns += [rows[:, 2] == word for word in range(5)]
    return np.stack(columns, axis=1).astype(np.float32)


def main():
    warnings.filterwarnings("ignore", message=".*Maximum iterations")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    rows = table()
    inputs = features(rows)
    learnt, tried = inputs[:TRAINING], inputs[TRAINING:]
    classifiers = {
        "decision_tree": lambda seed: DecisionTreeClassifier(max_depth=15, class_weight="balanced", random_state=seed),
        "adaboost": lambda seed: AdaBoostClassifier(n_estimators=50, random_state=seed),
        "logistic_regression": lambda seed: LogisticRegression(class_weight="balanced", max_iter=1000),
        "mlp": lambda seed: MLPClassifier((50,), max_iter=50, batch_size=200, random_state=seed),
    }
    regressors = {
        "regression_tree": lambda seed: DecisionTreeRegressor(max_depth=15, random_state=seed),
        "ridge_regression": lambda seed: Ridge(),
    }
    scores = {}
    for name, column, models in [
        ("binary", 3, classifiers),
        ("triple", 4, classifiers),
        ("number", 5, regressors),
    ]:
        target = rows[:, column]
        rarest = min(set(target), key=lambda value: (target[:TRAINING] == value).sum())

        def score(predicted):
            if name == "number":
                return r2_score(target[TRAINING:], predicted)
            if name == "binary":
                return f1_score(target[TRAINING:], predicted, pos_label=rarest)
            return f1_score(target[TRAINING:], predicted, average="macro")

        scores[name] = {}
        for model, make in models.items():
            found = [score(make(seed).fit(learnt, target[:TRAINING]).predict(tried)) for seed in range(SEEDS)]
            print(name, model, np.round(np.mean(found), 4), "±", np.round(np.std(found), 4))
            scores[name][model] = round(float(np.mean(found)), 4)
    cells = [int(cell) if cell == int(cell) else float(cell) for row in rows for cell in row]
    text = json.dumps({"training": TRAINING, "cells": cells, "scores": scores}, separators=(",", ":"))
    (folder / "efficacy.json").write_text(text + "\n")


main()
