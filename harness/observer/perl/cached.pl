# Reads what the kernel keeps in memory about a function. None of it wakes or disturbs a device: power_state and enable
# print struct fields (drivers/pci/pci-sysfs.c), so does runtime_status (drivers/base/power/sysfs.c), the rest are links.
#
# This runs 25 times a second for every function, so it asks the kernel for nothing but the values: system calls on an
# open directory of the device, which perl's own open and readlink would more than double.

my @LINKS = ('driver', 'iommu_group');
my @ATTRIBUTES = ('power_state', 'power/runtime_status', 'enable');
my $MISSING = "\0";
my $SEPARATOR = "\x1f";

# openat, read, close, readlinkat, pread64
my ($OPENAT, $READ, $CLOSE, $READLINKAT, $PREAD) = @{ { x86_64 => [257, 0, 3, 267, 17], aarch64 => [56, 63, 57, 78, 67] }->{$MACHINE} // [] };
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
    }
    # The function went, and its directory with it. It may be back in a new one.
    my $opened = directory_anew($function) // return;
    my $values = values_in($opened);
    syscall $CLOSE, delete $directory{$function} unless defined $values;
    return $values;
}

# Opens the function's directory in the place of the one that was kept; undef where the host has no such function.
sub directory_anew {
    my ($function) = @_;
    syscall $CLOSE, delete $directory{$function} if exists $directory{$function};
    my $path = "$PCI/$function";
    my $opened = syscall $OPENAT, $AT_FDCWD, $path, 0;
    return if $opened < 0;
    return $directory{$function} = $opened;
}

# One attribute of a function, without the last newline; undef where it cannot be read. Of a function whose directory is kept,
# it is read there: whoever asks has made sure that the directory still is the function's.
sub attribute {
    my ($function, $name) = @_;
    return slurp("$PCI/$function/$name") unless exists $directory{$function};
    my $content = content_at($directory{$function}, $name) // return;
    chomp $content;
    return $content;
}

# A short file of the kernel's, which comes in one read: at most one page. Undef where it cannot be read.
sub peek {
    my ($path) = @_;
    return slurp($path) unless defined $OPENAT;
    my $content = content_at($AT_FDCWD, $path) // return;
    chomp $content;
    return $content;
}

sub content_at {
    my ($directory, $name) = @_;
    my $file = syscall $OPENAT, $directory, $name, 0;
    return if $file < 0;
    my $length = syscall $READ, $file, $page, $PAGE_BYTES;
    syscall $CLOSE, $file;
    return $length < 0 ? undef : substr $page, 0, $length;
}

# Where a symbolic link points to; undef where there is none. Half the price of perl's own.
sub target_of {
    my ($path) = @_;
    return readlink $path unless defined $OPENAT;
    my $length = syscall $READLINKAT, $AT_FDCWD, $path, $page, $PAGE_BYTES;
    return $length < 0 ? undef : substr $page, 0, $length;
}

# The function's config space, open for config_bytes; undef where it cannot be opened.
sub open_config {
    my ($function) = @_;
    my $name = 'config';
    if (!defined $OPENAT) { sysopen my $handle, "$PCI/$function/$name", 0 or return; return $handle }
    my $file = exists $directory{$function} ? syscall($OPENAT, $directory{$function}, $name, 0) : -1;
    if ($file < 0) { $file = syscall $OPENAT, directory_anew($function) // return, $name, 0 }
    return $file < 0 ? undef : $file;
}

# So many bytes of config space from an offset on; undef where not all of them come.
sub config_bytes {
    my ($file, $offset, $length) = @_;
    return unless defined $file;
    if (ref $file) {
        my $bytes;
        my $read = sysseek($file, $offset, 0) && sysread $file, $bytes, $length;
        return $read && $read == $length ? $bytes : undef;
    }
    my $count = syscall $PREAD, $file, $page, $length, $offset;
    return $count == $length ? substr $page, 0, $length : undef;
}

sub close_config { syscall $CLOSE, $_[0] if defined $_[0] && !ref $_[0]; return }

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
        my $value = content_at($directory, $name);
        push @values, $value // $MISSING;
        $found ||= defined $value;
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
