#!/bin/sh
# The first process of a node, in namespaces of its own: gives it a root that is the machine's, read through an overlay, so that
# whatever the node writes (interface names, locks, host paths of pods) is its own and is gone with it. Then it becomes the
# process that holds the node open and reaps its orphans.
# node.sh NAME STATE NODE_STATE HOLDER
set -eu
name=$1 state=$2 own=$3 holder=$4
hostname "$name"

# The upper layer lies in memory: the kernel refuses an upper layer below its own lower one.
mkdir -p "$own/scratch"
mount -t tmpfs -o mode=755 tmpfs "$own/scratch"
cd "$own/scratch"
mkdir upper work root
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
cd root

mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t bpf bpf sys/fs/bpf || echo "no BPF file system on $name"
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p run/netns run/lock

# kubelet wants these values, which belong to the whole machine: it finds them, and the machine keeps its own.
while read -r path value; do
  [ -e "proc/sys/$path" ] || continue
  file=$own/sysctl/$path
  mkdir -p "${file%/*}"
  echo "$value" >"$file"
  mount --bind "$file" "proc/sys/$path"
done <<SYSCTLS
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SYSCTLS

# What grows lies on the disk, not in memory.
for folder in var/lib/kubelet var/lib/containerd var/lib/cni var/lib/podlynx var/log; do
  mkdir -p "$own/$folder" "$folder"
  mount --bind "$own/$folder" "$folder"
done
mkdir -p "./$state" etc/cni/net.d
mount --bind "$state" "./$state"
echo "$name" | sha256sum | cut -c1-32 >etc/machine-id
echo "127.0.0.1 localhost $name" >etc/hosts
: >etc/resolv.conf

pivot_root . .
umount -l .
cd /
mount --make-rshared /
echo 1 >/proc/sys/net/ipv4/ip_forward
if [ -e /proc/sys/net/ipv6/conf/all ]; then
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
fi
ip link set lo up
exec "$holder"
