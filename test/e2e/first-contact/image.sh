#!/bin/bash
# Makes a machine what a cloud's image is before its first boot: cloud-init, no host key, no user. User data on standard input.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Nothing here must outlast a power cut.
apt-get install -o Dpkg::Options::=--force-unsafe-io -qq --yes --no-install-recommends cloud-init e2fsprogs >/dev/null 2>&1
rm -rf /etc/systemd/system/ssh.service.d /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/longshore.conf /etc/sudoers.d/deploy
userdel --remove deploy 2>/dev/null
seed=/var/lib/cloud/seed/nocloud
mkdir -p $seed
cat >$seed/user-data
echo "instance-id: i-0123456789abcdef0" >$seed/meta-data
printf 'datasource_list: [NoCloud]\nnetwork: {config: disabled}\n' >/etc/cloud/cloud.cfg.d/90-test.cfg
