#!/usr/bin/env bash
# build-stacks.sh [FOLDER]: the TLS stacks that Debian has as libraries only, or not at all, as programs FOLDER/go, FOLDER/rustls,
# FOLDER/mbedtls, FOLDER/wolfssl, from the sources in the folders of these names beside this file. Needs go, cargo, gcc, libmbedtls-dev
# and libwolfssl-dev; crates come from crates.io as Cargo.lock says. FOLDER is CENSUS_STACKS, else a cache: root's in /var. What is
# newer than its sources stays.
set -euo pipefail

if [ "$(id -u)" -eq 0 ]; then cache=/var/cache; else cache=${XDG_CACHE_HOME:-$HOME/.cache}; fi
folder=${1:-${CENSUS_STACKS:-$cache/mail-tls-census/stacks}}
mkdir -p "$folder"
folder=$(realpath "$folder")
cd "$(dirname "$(realpath "$0")")"

is_fresh() {
  [ -x "$folder/$1" ] && [ -z "$(find "$1" -newer "$folder/$1" -type f)" ]
}

if ! is_fresh go; then (cd go && GOFLAGS=-buildvcs=false go build -o "$folder/go" .); fi
if ! is_fresh rustls; then
  cargo build --quiet --release --locked --manifest-path rustls/Cargo.toml --target-dir "$folder/rustls-target"
  cp "$folder/rustls-target/release/census-rustls-peer" "$folder/rustls"
fi
if ! is_fresh mbedtls; then gcc -O1 -Wall -o "$folder/mbedtls" mbedtls/peer.c -lmbedtls -lmbedx509 -lmbedcrypto; fi
if ! is_fresh wolfssl; then gcc -O1 -Wall -o "$folder/wolfssl" wolfssl/peer.c -lwolfssl; fi
