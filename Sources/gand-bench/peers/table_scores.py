"""Judges synthetic tables, whoever made them: SDMetrics' quality, and F1 of SDGym's four classifiers.

    python table_scores.py train.csv test.csv [--target COLUMN] [--seeds N] [synthetic.csv …]
    python table_scores.py real.csv test.csv synthetic.csv --figures figures.json

Prints a line of JSON for the training rows themselves, and one for each synthetic table. Quality is that of SDMetrics
0.32 against the training rows. F1 is of the target's rarer value in the test rows, by classifiers trained on the table
that is judged, as SDGym 0.2's `evaluate.py` has it for Adult (its features are given the training rows' ranges), in the
mean over seeds. The target is the last column unless named, and has two values.

Today's scikit-learn boosts by SAMME where SDGym's of 2019 did by SAMME.R: compare only figures made by one version.
"""

import argparse
import json
import warnings

import numpy
import pandas
from sdmetrics.reports.single_table import QualityReport
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

CLASSIFIERS = {
    "decision_tree": lambda seed: DecisionTreeClassifier(max_depth=15, class_weight="balanced", random_state=seed),
    "boosted_stumps": lambda seed: AdaBoostClassifier(random_state=seed),
    "logistic_regression": lambda seed: LogisticRegression(class_weight="balanced", max_iter=50, random_state=seed),
    "perceptron": lambda seed: MLPClassifier((50,), max_iter=50, random_state=seed),
}


def features(table, train, target):
    """SDGym's `FeatureMaker`: numbers as logarithms where they are large, else from 0 to 5; words one-hot.

    What it can't take, missing numbers, are 0 with a feature of their own.
    """
    columns = []
    for name in train.columns.drop(target):
        if pandas.api.types.is_numeric_dtype(train[name]):
            low, high = train[name].min(), train[name].max()
            cells = table[name].astype(float)
            scaled = (
                numpy.log(cells.clip(lower=1e-2))
                if low >= 0 and high >= 1000
                else (cells - low) / (high - low or 1) * 5
            )
            columns.append(scaled.fillna(0))
            if train[name].isna().any():
                columns.append(cells.isna())
        else:
            columns += [table[name] == value for value in sorted(train[name].dropna().unique())]
    return numpy.column_stack(columns).astype(float)


def differences(train, table, figures):
    """How far gand's figures (`gand-bench table --real`) are from SDMetrics' on the same two tables, at most."""
    report = report_of(train, table)
    found = {"quality": report.get_score()}
    for _, row in report.get_details("Column Shapes").iterrows():
        found["shape of " + row["Column"]] = row["Score"]
    for _, row in report.get_details("Column Pair Trends").iterrows():
        found[f"trend of {row['Column 1']}, {row['Column 2']}"] = row["Score"]
    found = {name: score for name, score in found.items() if not numpy.isnan(score)}
    own = {name: figures[name] for name in figures if name.startswith(("quality", "shape of ", "trend of "))}
    assert own.keys() == found.keys(), own.keys() ^ found.keys()
    return {"compared": len(found), "largest_difference": max(abs(own[name] - found[name]) for name in found)}


def report_of(train, table):
    kinds = {
        name: {"sdtype": "numerical" if pandas.api.types.is_numeric_dtype(train[name]) else "categorical"}
        for name in train.columns
    }
    report = QualityReport()
    report.generate(train, table, {"columns": kinds}, verbose=False)
    return report


def quality(train, table):
    report = report_of(train, table)
    parts = report.get_properties()["Score"]
    return {"quality": report.get_score(), "column_shapes": parts[0], "column_pair_trends": parts[1]}


def efficacy(train, test, table, target, seeds):
    rarer = train[target].value_counts().index[-1]
    made, truth = table[target] == rarer, test[target] == rarer
    seen, asked = features(table, train, target), features(test, train, target)

    def score(classifier, seed):
        if made.nunique() == 1:
            answers = numpy.full(len(truth), made.iloc[0])
        else:
            answers = CLASSIFIERS[classifier](seed).fit(seen, made).predict(asked)
        return f1_score(truth, answers, zero_division=0)

    scores = {name: float(numpy.mean([score(name, seed) for seed in range(seeds)])) for name in CLASSIFIERS}
    return {"f1": float(numpy.mean(list(scores.values()))), "f1_of": scores}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("synthetic", nargs="*")
    parser.add_argument("--target")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--figures", metavar="FILE", help="gand's own, as JSON, of the one synthetic table: how far they are from SDMetrics'")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    train, test = (pandas.read_csv(path, skipinitialspace=True) for path in (arguments.train, arguments.test))
    target = arguments.target or train.columns[-1]
    if arguments.figures:
        with open(arguments.figures) as file:
            print(json.dumps(differences(train, pandas.read_csv(arguments.synthetic[0], skipinitialspace=True), json.load(file))))
        return
    for path in [arguments.train, *arguments.synthetic]:
        table = pandas.read_csv(path, skipinitialspace=True)[list(train.columns)]
        figures = quality(train, table) if path != arguments.train else {}
        figures |= efficacy(train, test, table, target, arguments.seeds)
        print(json.dumps({"table": path, "rows": len(table)} | figures), flush=True)


main()
