#!/bin/sh
# Lets the libvirt of a root tree ask its QEMU what it can do; the answers stay in /var/cache/libvirt/qemu/capabilities. In the lab
# it would ask at the first virsh of every instance, and wait fifteen emulated seconds for the answers.
# Its argument: the root tree. Whoever calls gives it mounts and processes of its own.
set -e
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
exec chroot "$1" sh -ec '
    mkdir -p /var/log/libvirt
    # In full, for libvirt looks at the change time of the file that its first word names.
    /usr/sbin/libvirtd --daemon
    virsh --quiet domcapabilities --virttype qemu > /dev/null
    virsh --quiet dumpxml vm102 > /dev/null
    kill "$(cat /run/libvirtd.pid)"
    rm -r /var/log/libvirt
    [ -n "$(ls /var/cache/libvirt/qemu/capabilities)" ]
'
