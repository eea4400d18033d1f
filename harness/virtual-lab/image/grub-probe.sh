#!/bin/sh
# Stands in for grub-probe while grub-mkconfig runs at the build of an image, in a tree that is on no disk yet. It answers
# what the real one answers on a lab host, where it is in its place again.
#
# ROOT_UUID, BOOT_UUID: of the file systems to be.
target=
device=
path=
while [ $# -gt 0 ]; do
    case $1 in
    --target=*) target=${1#*=} ;;
    --target | -t) target=$2; shift ;;
    --device | -d) device=given ;;
    --*) ;;
    *) path=$1 ;;
    esac
    shift
done
if [ -z "$device" ]; then
    case $path in /boot*) path=/dev/vdb1 ;; *) path=/dev/vda ;; esac
fi
case $target:$path in
device:*) echo "$path" ;;
fs:*) echo ext2 ;;
fs_uuid:/dev/vda) echo "$ROOT_UUID" ;;
fs_uuid:*) echo "$BOOT_UUID" ;;
partmap:/dev/vdb1) echo msdos ;;
partuuid:*) exit 1 ;;
esac
