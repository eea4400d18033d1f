# The cheap tier: looks at cached values many times a second, and tells only what changed.

my @FIELDS = qw(present driver group powerState runtimeStatus enableCount);
our @watched;
our $pid_file;
my %known;
my $listing_directory;
my $known_listing;
my $known_pid;
my $known_start;
our $samples = 0;

# Ports above functions that are or were watched: a function that is gone has no path any more that would tell.
our %port_above;

sub watch {
    @watched = @_;
    $port_above{$_} = bridge_of($_) // $port_above{$_} for @watched;
    %known = ();
    undef $known_listing;
    retire_readers();
    return;
}

sub watch_vm { $pid_file = "$ROOT$_[0]"; undef $known_pid; undef $known_start; retire_readers(); return }

# The process that was last told to be the VM's; undef where there is none.
sub watched_vm { return defined $known_pid && $known_pid ne 'null' ? $known_pid : undef }

# Looks at everything that is watched and tells what changed since the last look; all of it at the first one.
sub sample {
    my $now = seconds(mono());
    $samples++ if @watched;
    for my $function (@watched) {
        my $values = cached_values($function);
        my $before = $known{$function};
        next if $before && (defined $values ? $values eq ($before->{values} // '') : !defined $before->{values});
        my @state = cached_fields($values);
        my @changed = grep { !$before || $before->{state}[$_] ne $state[$_] } 0 .. $#FIELDS;
        $known{$function} = { values => $values, state => \@state };
        next unless @changed;
        emit(t => '"change"', mono => $now, function => text($function), state => object(map { ($FIELDS[$_], $state[$_]) } @changed));
    }
    sample_listing($now) if @watched;
    sample_vm($now) if defined $pid_file;
    return;
}

sub sample_listing {
    my ($now) = @_;
    if ($listing_directory) { rewinddir $listing_directory }
    else { opendir $listing_directory, $PCI or return }
    my $listing = join ' ', readdir $listing_directory;
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
    # A QEMU that aborted leaves its pid file behind: the VM is there only while its process is. Signal 0 only asks; 3 is ESRCH (kill(2)).
    $pid = 'null' if $pid ne 'null' && !kill(0, $pid) && $! == 3;
    # A manager that could not kill its QEMU takes the pid file away all the same (PVE/QemuServer.pm, _do_vm_stop).
    $pid = $known_pid if $pid eq 'null' && defined $known_start && (living_start($known_pid) // '') eq $known_start;
    return if defined $known_pid && $known_pid eq $pid;
    $known_pid = $pid;
    $known_start = $pid eq 'null' ? undef : living_start($pid);
    emit(t => '"vm"', mono => $now, pid => $pid);
    return;
}
