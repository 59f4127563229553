#!/usr/bin/env bash
# install-sslyze.sh [FOLDER]: sslyze from PyPI, each version that the adapter was written against in a virtual environment of its
# own, FOLDER/VERSION. FOLDER is CENSUS_SSLYZE, else a cache: root's in /var. Needs python3-venv. What is there stays.
set -euo pipefail

if [ "$(id -u)" -eq 0 ]; then cache=/var/cache; else cache=${XDG_CACHE_HOME:-$HOME/.cache}; fi
folder=${1:-${CENSUS_SSLYZE:-$cache/mail-tls-census/sslyze}}

for version in 5.2.0 6.3.1; do
  [ -x "$folder/$version/bin/sslyze" ] && continue
  rm -rf "${folder:?}/$version"
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "sslyze==$version"
done
