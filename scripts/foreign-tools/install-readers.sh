#!/usr/bin/env bash
# install-readers.sh [FOLDER]: Spark and Arrow for Python from PyPI, in a virtual environment of their own, FOLDER/SPARK-ARROW: readers
# of a lake that share no code with DuckDB. FOLDER is CENSUS_READERS, else a cache: root's in /var. Needs python3-venv; Spark 4.3 runs
# on Java 17 or later. What is there stays.
set -euo pipefail

if [ "$(id -u)" -eq 0 ]; then cache=/var/cache; else cache=${XDG_CACHE_HOME:-$HOME/.cache}; fi
folder=${1:-${CENSUS_READERS:-$cache/mail-tls-census/readers}}
spark=4.3.0 arrow=26.0.1

[ -e "$folder/$spark-$arrow/installed" ] && exit
rm -rf "${folder:?}/$spark-$arrow"
python3 -m venv "$folder/$spark-$arrow"
"$folder/$spark-$arrow/bin/pip" install --quiet --disable-pip-version-check "pyspark==$spark" "pyarrow==$arrow"
touch "$folder/$spark-$arrow/installed"
