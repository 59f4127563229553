#!/bin/sh
# Debian packages of mail servers, unpacked into FOLDER and not installed: Exim and Cyrus conflict with Postfix and
# Dovecot, of which a machine can have one each. Nothing of them is set up, started or setuid. The libraries that they
# want have to be installed (see .ci/run). FOLDER is CENSUS_PEERS, else a cache: root's in /var, since servers that have
# put down root's rights read there, anyone else's at home.
# Usage: unpack-packages.sh [FOLDER]
set -eu

if [ "$(id -u)" -eq 0 ]; then cache=/var/cache; else cache=${XDG_CACHE_HOME:-$HOME/.cache}; fi
folder=${1:-${CENSUS_PEERS:-$cache/mail-tls-census/peers}}
mkdir -p "$folder"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

chmod 755 "$folder"
(cd "$scratch" && apt-get download -q exim4-daemon-light cyrus-common cyrus-imapd cyrus-pop3d)
for package in "$scratch"/*.deb; do
  name=$(basename "$package" | cut -d_ -f1)
  rm -rf "${folder:?}/$name"
  dpkg-deb -x "$package" "$folder/$name"
done
find "$folder" -perm /6000 -exec chmod ug-s {} +
