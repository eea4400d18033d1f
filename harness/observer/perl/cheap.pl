# The cheap tier: what the kernel keeps in memory about a function. None of these reads wakes or disturbs a device
# (drivers/pci/pci-sysfs.c: power_state and enable print struct fields; drivers/base/power/sysfs.c: runtime_status).

my @FIELDS = qw(present driver group powerState runtimeStatus enableCount);
our @watched;
our $pid_file;
my %known;
my $known_listing;
my $known_pid;

# JSON text of each field, in the order of @FIELDS. sysfs nodes come and go, so each read opens its file anew.
sub cheap_state {
    my $node = "$PCI/$_[0]";
    return ('false', ('null') x 5) unless -e $node;
    return (
        'true',
        text(link_name("$node/driver")),
        integer(link_name("$node/iommu_group")),
        text(slurp("$node/power_state")),
        text(slurp("$node/power/runtime_status")),
        integer(slurp("$node/enable")),
    );
}

sub watch {
    @watched = @_;
    %known = ();
    undef $known_listing;
    return;
}

sub watch_vm { $pid_file = "$ROOT$_[0]"; undef $known_pid; return }

# Looks at everything that is watched and tells what changed since the last look; all of it at the first one.
sub sample {
    my $now = seconds(mono());
    for my $function (@watched) {
        my @state = cheap_state($function);
        my $before = $known{$function};
        my @changed = grep { !$before || $before->[$_] ne $state[$_] } 0 .. $#FIELDS;
        next unless @changed;
        $known{$function} = \@state;
        emit(t => '"change"', mono => $now, function => text($function), state => object(map { ($FIELDS[$_], $state[$_]) } @changed));
    }
    sample_listing($now) if @watched;
    sample_vm($now) if defined $pid_file;
    return;
}

sub sample_listing {
    my ($now) = @_;
    opendir my $directory, $PCI or return;
    my $listing = join ' ', readdir $directory;
    return if defined $known_listing && $listing eq $known_listing;
    my %before = map { $_ => 1 } grep { /^$ADDRESS$/ } split / /, $known_listing // '';
    my %after = map { $_ => 1 } grep { /^$ADDRESS$/ } split / /, $listing;
    $known_listing = $listing;
    my @added = grep { !$before{$_} } sort keys %after;
    my @removed = grep { !$after{$_} } sort keys %before;
    emit(t => '"listing"', mono => $now, added => list(map { text($_) } @added), removed => list(map { text($_) } @removed))
        if @added || @removed;
    return;
}

sub sample_vm {
    my ($now) = @_;
    my $pid = integer(slurp($pid_file));
    return if defined $known_pid && $known_pid eq $pid;
    $known_pid = $pid;
    emit(t => '"vm"', mono => $now, pid => $pid);
    return;
}
