#!/bin/sh
# Runs as a customize-hook of mmdebstrap, with the apt that it set up, so that kernels come from where everything else
# comes from. Kernels are not installed but unpacked by the build: dpkg would make an initramfs that the lab never uses.
#
# COMEBACK_DEBS: where to put the packages. COMEBACK_KERNELS: linux-image packages or metapackages of them.
set -eu
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
cd "$COMEBACK_DEBS"

depends() { apt-cache depends --important "$1" | sed -n 's/^ *Depends: \([^<].*\)/\1/p'; }

for package in $COMEBACK_KERNELS; do
    image=$(depends "$package" | grep '^linux-image-' || true)
    image=${image:-$package}
    release=${image#linux-image-}
    headers=linux-headers-$release
    apt-get download -o APT::Sandbox::User=root "$image" "$headers" $(depends "$headers" | grep -E '^linux-(headers|kbuild)-')
    echo "$release" >> releases
done
