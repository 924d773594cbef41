#!/bin/bash
# Makes an apt repository like Docker's own, signed and served on port 80, and prints the key's public half. Its
# packages have the names, dependencies and versions of Docker's; what is in them is Debian's docker.io. Version 3
# has an engine that does not start.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C GNUPGHOME=/var/tmp/gnupg
exec 3>&1 >&2
apt-get update -qq
apt-get install -qq --yes --no-install-recommends apt-utils busybox gnupg >/dev/null
install -d -m 700 "$GNUPGHOME"
mkdir -p /var/tmp/work
cd /var/tmp/work
apt-get download -qq docker.io docker-cli containerd runc
architecture=$(dpkg --print-architecture)
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
root=/srv/docker/linux/debian
pool=dists/$suite/pool/stable/$architecture
mkdir -p "$root/$pool" "$root/dists/$suite/stable/binary-$architecture"

# repack DEB NAME VERSION: changes names and dependencies, and leaves the content as it is.
repack() {
  local folder=$2-$3
  rm -rf "$folder"
  dpkg-deb --raw-extract "$1" "$folder"
  sed -i -e "s/^Package: .*/Package: $2/" -e "s/^Version: .*/Version: $3/" \
    -e '/^\(Source\|Breaks\|Replaces\|Conflicts\|Provides\|Recommends\|Suggests\|Built-Using\|Static-Built-Using\):/d' "$folder/DEBIAN/control"
  perl -pi -e 'if (/^Depends: (.*)/) { $_ = join(", ", grep { !/^(docker|containerd|runc|tini)/ } split(/, */, $1));
    $_ = $_ eq "" ? "" : "Depends: $_\n" }' "$folder/DEBIAN/control"
}
pack() { dpkg-deb --root-owner-group -Znone --build "$1" "$root/$pool/$1.deb" >/dev/null; }

repack containerd_*.deb containerd.io 1.7.24-1
dpkg-deb --extract runc_*.deb containerd.io-1.7.24-1
printf '%s\n' 'Conflicts: containerd, runc' 'Replaces: containerd, runc' >>containerd.io-1.7.24-1/DEBIAN/control
pack containerd.io-1.7.24-1
for revision in 1 2 3; do
  version=5:26.1.5-$revision~debian.13~$suite
  repack docker.io_*.deb docker-ce "$version"
  sed -i -e 's/^Depends: \(.*\)/Depends: containerd.io, docker-ce-cli, \1/' \
    -e '$a Conflicts: docker.io\nReplaces: docker.io' "docker-ce-$version/DEBIAN/control"
  if [ "$revision" = 3 ]; then printf '#!/bin/sh\nexit 1\n' >"docker-ce-$version/usr/sbin/dockerd"; fi
  repack docker-cli_*.deb docker-ce-cli "$version"
  sed -i '$a Conflicts: docker-cli\nReplaces: docker-cli' "docker-ce-cli-$version/DEBIAN/control"
  pack "docker-ce-$version"
  pack "docker-ce-cli-$version"
done

cd "$root"
apt-ftparchive packages "$pool" >"dists/$suite/stable/binary-$architecture/Packages"
apt-ftparchive -o "APT::FTPArchive::Release::Origin=Docker" -o "APT::FTPArchive::Release::Suite=$suite" \
  -o "APT::FTPArchive::Release::Codename=$suite" -o "APT::FTPArchive::Release::Components=stable" \
  -o "APT::FTPArchive::Release::Architectures=$architecture" release "dists/$suite" >/var/tmp/work/Release
mv /var/tmp/work/Release "dists/$suite/Release"
gpg --batch --quiet --passphrase '' --quick-generate-key packages@test.invalid ed25519 sign never
gpg --batch --quiet --clearsign --output "dists/$suite/InRelease" "dists/$suite/Release"
systemd-run --quiet --unit=packages busybox httpd -f -p 80 -h /srv
gpg --armor --export packages@test.invalid >&3
