# Requests that are answered at once from cached values: nothing here touches a device.

sub boot_id { return slurp("$ROOT/proc/sys/kernel/random/boot_id") // '' }

sub identity {
    my %dmi = map { $_ => text(slurp("$ROOT/sys/class/dmi/id/$_")) } qw(board_vendor board_name bios_vendor bios_version bios_date);
    return object(
        bootId => text(boot_id()),
        hostname => text(slurp("$ROOT/proc/sys/kernel/hostname") // ''),
        kernelRelease => text(slurp("$ROOT/proc/sys/kernel/osrelease") // ''),
        commandLine => text(slurp("$ROOT/proc/cmdline") // ''),
        boardVendor => $dmi{board_vendor},
        boardName => $dmi{board_name},
        biosVendor => $dmi{bios_vendor},
        biosVersion => $dmi{bios_version},
        biosDate => $dmi{bios_date},
        acsOverrideWarning => acs_override_warning(),
    );
}

sub groups {
    my $base = "$ROOT/sys/kernel/iommu_groups";
    my @members;
    for my $group (entries($base)) {
        for my $address (entries("$base/$group/devices")) {
            next unless $address =~ /^$ADDRESS$/;
            my ($vendor, $device, $class) = map { slurp("$PCI/$address/$_") // '' } qw(vendor device class);
            s/^0x// for $vendor, $device;
            push @members, object(
                address => text($address),
                group => integer($group),
                vendorDevice => text("$vendor:$device"),
                classCode => text($class),
                driver => text(link_name("$PCI/$address/driver")),
            );
        }
    }
    return list(@members);
}

# Every function of the host, whether in a group or not, with the port that it hangs below.
sub tree {
    my @functions;
    for my $address (entries($PCI)) {
        next unless $address =~ /^$ADDRESS$/;
        my ($vendor, $device, $class) = map { slurp("$PCI/$address/$_") // '' } qw(vendor device class);
        s/^0x// for $vendor, $device;
        push @functions, object(
            address => text($address),
            parent => text(bridge_of($address)),
            vendorDevice => text("$vendor:$device"),
            classCode => text($class),
            driver => text(link_name("$PCI/$address/driver")),
        );
    }
    return list(@functions);
}

sub usage {
    my @disks = map {
        my $path = "$ROOT/sys/block/$_";
        object(
            name => text($_),
            sysfsPath => text(device_path($path)),
            partitions => list(map { text($_) } grep { -e "$path/$_/partition" } entries($path)),
            slaves => list(map { text($_) } entries("$path/slaves")),
            mapperName => text(slurp("$path/dm/name")),
        );
    } entries("$ROOT/sys/block");
    my @interfaces = map {
        my $path = "$ROOT/sys/class/net/$_";
        object(name => text($_), sysfsPath => text(device_path($path)), operState => text(slurp("$path/operstate") // 'unknown'));
    } grep { -d "$ROOT/sys/class/net/$_" } entries("$ROOT/sys/class/net");
    my @mounts = map { object(source => text($_->[0]), target => text($_->[1])) } table("$ROOT/proc/mounts");
    my (undef, @swaps) = table("$ROOT/proc/swaps");
    return object(
        blockDevices => list(@disks),
        networkInterfaces => list(@interfaces),
        mounts => list(@mounts),
        swaps => list(map { text($_->[0]) } @swaps),
    );
}

# Rows of words in which blanks are written as \040 and the like (fs/proc_namespace.c, mangle()).
sub table {
    my ($path) = @_;
    my @rows;
    for my $line (split /\n/, slurp($path) // '') {
        my @words = split ' ', $line;
        s/\\([0-7]{3})/chr oct $1/ge for @words;
        push @rows, \@words if @words;
    }
    return @rows;
}
