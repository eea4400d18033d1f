# Reads what the kernel keeps in memory about a function. None of it wakes or disturbs a device: power_state and enable
# print struct fields (drivers/pci/pci-sysfs.c), so does runtime_status (drivers/base/power/sysfs.c), the rest are links.
#
# This runs 25 times a second for every function, so it asks the kernel for nothing but the values: system calls on an
# open directory of the device, which perl's own open and readlink would more than double.

my @LINKS = ('driver', 'iommu_group');
my @ATTRIBUTES = ('power_state', 'power/runtime_status', 'enable');
my $MISSING = "\0";
my $SEPARATOR = "\x1f";

# openat, read, close, readlinkat
my ($OPENAT, $READ, $CLOSE, $READLINKAT) = @{ { x86_64 => [257, 0, 3, 267], aarch64 => [56, 63, 57, 78] }->{$MACHINE} // [] };
my ($AT_FDCWD, $PAGE_BYTES) = (-100, 4096);
my $page = "\0" x $PAGE_BYTES;
my %directory;    # function => descriptor of its directory

# One string that differs when anything differs; undef where the host has no such function.
sub cached_values {
    my ($function) = @_;
    return values_by_path($function) unless defined $OPENAT;
    if (exists $directory{$function}) {
        my $values = values_in($directory{$function});
        return $values if defined $values;
        # The function went, and its directory with it. It may be back in a new one.
        syscall $CLOSE, delete $directory{$function};
    }
    my $path = "$PCI/$function";
    my $opened = syscall $OPENAT, $AT_FDCWD, $path, 0;
    return if $opened < 0;
    my $values = values_in($opened);
    if (defined $values) { $directory{$function} = $opened }
    else { syscall $CLOSE, $opened }
    return $values;
}

sub values_in {
    my ($directory) = @_;
    my @values;
    my $found = 0;
    for my $name (@LINKS) {
        my $length = syscall $READLINKAT, $directory, $name, $page, $PAGE_BYTES;
        push @values, $length < 0 ? $MISSING : substr $page, 0, $length;
        $found ||= $length >= 0;
    }
    for my $name (@ATTRIBUTES) {
        my $file = syscall $OPENAT, $directory, $name, 0;
        my $length = $file < 0 ? -1 : syscall $READ, $file, $page, $PAGE_BYTES;
        syscall $CLOSE, $file if $file >= 0;
        push @values, $length < 0 ? $MISSING : substr $page, 0, $length;
        $found ||= $length >= 0;
    }
    return $found ? join $SEPARATOR, @values : undef;
}

# For a processor whose call numbers are not known here.
sub values_by_path {
    my $node = "$PCI/$_[0]";
    return unless -e $node;
    return join $SEPARATOR, map { $_ // $MISSING } (map { scalar readlink "$node/$_" } @LINKS), map { slurp("$node/$_") } @ATTRIBUTES;
}

# JSON text of present, driver, group, powerState, runtimeStatus and enableCount.
sub cached_fields {
    my ($values) = @_;
    return ('false', ('null') x 5) unless defined $values;
    my ($driver, $group, @attributes) = map { $_ eq $MISSING ? undef : $_ } split /$SEPARATOR/, $values, -1;
    chomp @attributes[grep { defined $attributes[$_] } 0 .. $#attributes];
    my ($power_state, $runtime_status, $enable) = @attributes;
    return ('true', text(last_of($driver)), integer(last_of($group)), text($power_state), text($runtime_status), integer($enable));
}
