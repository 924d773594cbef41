#!/bin/bash
# Lets a machine install Docker's packages from an apt repository, as root. It is tried with files of its own first:
# nothing is changed unless its signature and the wanted version are there. Prints a line for each step.
# URI: the repository's folder for this distribution. KEY: what signs it, in ASCII armor. FINGERPRINT: the key's.
# VERSION: of docker-ce, or `any`.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
keyring=/etc/apt/keyrings/longshore-docker.asc
sources=/etc/apt/sources.list.d/longshore-docker.sources
preferences=/etc/apt/preferences.d/longshore-docker

# In a shell of its own: the file has a VERSION, too.
# shellcheck source=/dev/null
suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
if [ -z "$suite" ]; then
  echo "/etc/os-release has no VERSION_CODENAME, by which Docker's packages are found." >&2
  exit 1
fi
trial=$(mktemp -d)
# apt reads the lists as a user of its own.
chmod 755 "$trial"
trap 'rm -rf "$trial"' EXIT
mkdir -p "$trial/lists/partial" "$trial/parts"
printf '%s\n' "$KEY" >"$trial/key.asc"
chmod 644 "$trial/key.asc"

# The source, signed by the key in the file that is given.
source_by() {
  printf '%s\n' 'Types: deb' "URIs: $URI" "Suites: $suite" 'Components: stable' \
    "Architectures: $(dpkg --print-architecture)" "Signed-By: $1"
}

# apt with the trial's source and nothing else.
alone() {
  "$1" --option Dir::Etc::sourcelist=/dev/null --option "Dir::Etc::sourceparts=$trial/parts" \
    --option "Dir::State::lists=$trial/lists" --option Dir::Cache::pkgcache= --option Dir::Cache::srcpkgcache= \
    --option APT::Update::Error-Mode=any --option Acquire::Retries=2 "${@:2}"
}

echo "trying $URI, signed by $FINGERPRINT"
source_by "$trial/key.asc" >"$trial/parts/trial.sources"
if ! words=$(alone apt-get --quiet update 2>&1 </dev/null); then
  if grep -qE 'NO_PUBKEY|[Mm]issing key|not signed|EXPKEYSIG|BADSIG|REVKEYSIG|signature' <<<"$words"; then
    echo "$URI is not signed by the key $FINGERPRINT. Is it Docker's repository, or a mirror that signs with a key of" \
      "its own (\`docker.repository.key\`)? apt said:" >&2
  elif grep -qE '404|does not have a Release file' <<<"$words"; then
    echo "$URI has no packages for $suite. See \`docker.repository.url\`, or take the distribution's Docker. apt said:" >&2
  elif grep -qE 'ertificate' <<<"$words"; then
    echo "The certificate of $URI does not count there. Install ca-certificates there, or your authority's own. apt said:" >&2
  else
    echo "$URI cannot be read from there. In a closed network give a mirror: \`docker.repository.url\`. apt said:" >&2
  fi
  grep -E '^(E|W|Err|  )' <<<"$words" | tail -n 8 >&2 || true
  exit 1
fi
versions=$(alone apt-cache madison docker-ce | cut -d'|' -f2 | tr -d ' ')
if [ -z "$versions" ]; then
  echo "$URI has no package docker-ce for $suite on $(dpkg --print-architecture)." >&2
  exit 1
fi
if [ "$VERSION" != any ] && ! grep -qxF -- "$VERSION" <<<"$versions"; then
  echo "$URI has no docker-ce $VERSION for $suite. Its newest: $(head -n 8 <<<"$versions" | paste -sd' ' -)" >&2
  exit 1
fi

mkdir -p /etc/apt/keyrings
install -m 644 "$trial/key.asc" "$keyring"
source_by "$keyring" >"$sources"
# The distribution's engine is not to come in between, as what another package needs.
printf '%s\n' 'Package: docker.io docker-cli containerd runc podman-docker' 'Pin: release *' 'Pin-Priority: -1' \
  >"$preferences"
chmod 644 "$sources" "$preferences"
