"""The Spark job: count the words of text files, and write the counts as Parquet."""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

source, target = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
words = spark.read.text(source).select(f.explode(f.split("value", " ")).alias("word"))
words.groupBy("word").count().write.parquet(target)
