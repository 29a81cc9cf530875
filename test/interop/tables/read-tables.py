"""Reads a.npy, a.npz, a.csv and a.parquet of a folder with the libraries that people use, and prints what they hold."""
import json
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

folder = sys.argv[1]
found = {}


def keep(reader, names, classes, features):
    values = np.asarray(features, dtype=np.float32)
    found[reader] = {
        "names": [str(name) for name in names],
        "classes": [int(number) for number in classes],
        "features": values.tobytes().hex(),
    }


arrays = np.load(f"{folder}/a.npz", allow_pickle=False)
keep("numpy .npz", arrays["names"], arrays["labels"], arrays["features"])
names = pd.read_csv(f"{folder}/a.names.csv")
keep("numpy .npy", names["name"], names["class"], np.load(f"{folder}/a.npy", mmap_mode="r"))
csv = pd.read_csv(f"{folder}/a.csv")
keep("pandas .csv", csv["name"], csv["class"], csv[["f0", "f1"]])
frame = pd.read_parquet(f"{folder}/a.parquet")
keep("pandas", frame["name"], frame["class"], np.stack(frame["features"]))
table = pq.read_table(f"{folder}/a.parquet")
keep("pyarrow", table["name"].to_pylist(), table["class"].to_pylist(), table["features"].to_pylist())
polars = pl.read_parquet(f"{folder}/a.parquet")
keep("polars", polars["name"], polars["class"], polars["features"].to_list())
rows = duckdb.sql(f"select name, class, features from '{folder}/a.parquet'").fetchall()
keep("duckdb", *zip(*rows))
print(json.dumps(found))
