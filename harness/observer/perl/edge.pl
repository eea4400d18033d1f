# The edge tier: the only reads of this program that can wake or disturb a device. Reading `config` resumes the parent
# port and a function in D3cold (drivers/pci/pci.c, pci_config_pm_runtime_get), and so do `current_link_*`. The client
# writes them down as an intervention. No more than 64 bytes: chips are known to lock up on reads of what they do not
# define beyond the header (the comment at pci_read_config in drivers/pci/pci-sysfs.c).

my $PR_SET_PDEATHSIG = 1;
my $SIGKILL = 9;

sub config_header {
    my ($address) = @_;
    sysopen my $file, "$PCI/$address/config", 0 or return 'null';
    my $count = sysread $file, my $bytes, 64;
    return defined $count && $count == 64 ? '"' . unpack('H*', $bytes) . '"' : 'null';
}

# The port above a function: the next component of its path in the device tree, where that is a PCI function too.
sub bridge_of {
    my $path = readlink "$PCI/$_[0]";
    return defined $path && $path =~ m{/($ADDRESS)/[^/]+$} ? $1 : undef;
}

sub edge_reading {
    my ($address) = @_;
    my ($present, $driver, $group, $power_state, $runtime_status, $enable) = cached_fields(cached_values($address));
    my $bridge = bridge_of($address);
    my $methods = slurp("$PCI/$address/reset_method");
    return object(
        present => $present,
        driver => $driver,
        group => $group,
        powerState => $power_state,
        runtimeStatus => $runtime_status,
        enableCount => $enable,
        config => config_header($address),
        linkSpeed => text(slurp("$PCI/$address/current_link_speed")),
        linkWidth => integer(slurp("$PCI/$address/current_link_width")),
        resetMethods => defined $methods ? list(map { text($_) } split ' ', $methods) : 'null',
        bridge => defined $bridge ? object(address => text($bridge), config => config_header($bridge)) : 'null',
    );
}

# A read of a hung port can take for ever, in a state in which no signal kills the reader. So a child reads, function by
# function, and we go on; after the deadline we say which function it hangs at and never wait for the child.
sub read_edge {
    my ($id, $deadline_seconds, @functions) = @_;
    pipe my $reader, my $writer or return refuse($id, 'edge-failed', "pipe: $!");
    my $observer = $$;
    flush_output();
    my $child = fork;
    return refuse($id, 'edge-failed', "fork: $!") unless defined $child;
    if (!$child) {
        # A child that hangs must hold neither the SSH channel nor the lab lock.
        # Perl would never close a file that it opened in the place of a closed stdin: hence /dev/null.
        open $_, '+<', '/dev/null' for \*STDIN, \*STDOUT, \*STDERR;
        close $_ for $reader, grep { defined } $kmsg, $uevents, $lab_lock;
        syscall $PRCTL, $PR_SET_PDEATHSIG, $SIGKILL, 0, 0, 0 if $PRCTL;
        alarm 1 + int $deadline_seconds;
        leave() if getppid() != $observer;
        syswrite $writer, edge_reading($_) . "\n" for @functions;
        leave();
    }
    close $writer;
    expect_from($reader, $deadline_seconds, $child, sub {
        my ($said, $complete) = @_;
        my @readings = $said =~ /^(.*)\n/mg;
        if (@readings == @functions) {
            my @named = map { text($functions[$_]) =~ s/^"|"$//gr => $readings[$_] } 0 .. $#functions;
            return reply($id, object(bootId => text(boot_id()), functions => object(@named)));
        }
        my $stuck = $functions[@readings];
        return refuse($id, 'edge-failed', "the reader of $stuck died") if $complete;
        refuse($id, 'edge-read-hung', sprintf '%s has not answered within %.1f s', $stuck, $deadline_seconds);
    });
    return;
}

# Ends a child without the END blocks and buffers of its parent.
sub leave { kill 'KILL', $$; return }
