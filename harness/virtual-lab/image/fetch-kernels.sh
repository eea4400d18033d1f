#!/bin/sh
# Runs as a customize-hook of mmdebstrap, with the apt that it set up, so that kernels come from where everything else
# comes from. Kernels are not installed but unpacked by the build: dpkg would make initramfs that the lab never uses.
#
# COMEBACK_DEBS: where to put the packages, a directory for each kernel, and the list of kernels, default first.
# COMEBACK_KERNELS: a line for each series of kernels, "NUMBER PATTERN": so many of the newest whose package names match.
set -eu
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"

depends() { apt-cache depends --important "$1" | sed -n 's/^ *Depends: \([^<].*\)/\1/p'; }

# Names that only other packages mention are known to apt as well, but cannot be had.
can_be_had() { apt-cache show --no-all-versions "$1" 2>/dev/null | grep -q '^Filename:'; }

newest_of() {
    found=0
    for image in $(apt-cache pkgnames linux-image- | grep -E -e "$2" | sort --version-sort --reverse); do
        [ "$found" -lt "$1" ] || break
        can_be_had "$image" || continue
        echo "$image"
        found=$((found + 1))
    done
    [ "$found" -gt 0 ] || { echo "Debian offers no kernel that matches $2" >&2; return 1; }
}

while read -r number pattern; do
    images=$(newest_of "$number" "$pattern")
    for image in $images; do
        release=${image#linux-image-}
        headers=linux-headers-$release
        mkdir "$COMEBACK_DEBS/$release"
        cd "$COMEBACK_DEBS/$release"
        apt-get download -o APT::Sandbox::User=root "$image" "$headers" $(depends "$headers" | grep -E '^linux-(headers|kbuild)-')
        echo "$release" >> "$COMEBACK_DEBS/releases"
    done
done <<LIST
$COMEBACK_KERNELS
LIST
