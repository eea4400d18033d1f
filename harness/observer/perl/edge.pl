# The edge tier: the only reads of this program that can wake or disturb a device. Reading `config` resumes the parent
# port and a function in D3cold (drivers/pci/pci.c, pci_config_pm_runtime_get), and so do `current_link_*`. The client
# writes them down as an intervention. Of a function no more than the 64 bytes of its header, and of the port above it
# only capabilities besides, which the kernel reads as well: chips are known to lock up on reads of what they do not
# define (the comment at pci_read_config in drivers/pci/pci-sysfs.c).

# include/uapi/linux/pci_regs.h; the length is that of Slot Status and all before it.
my ($STATUS, $STATUS_CAP_LIST, $CAPABILITY_LIST) = (0x06, 0x10, 0x34);
my ($EXPRESS_ID, $EXPRESS_BYTES, $DEAD_ID) = (0x10, 28, 0xff);
# PCI_FIND_CAP_TTL in drivers/pci/pci.h: a list that a broken port made a ring of ends all the same.
my $MOST_CAPABILITIES = 48;

sub config_of { sysopen my $file, "$PCI/$_[0]/config", 0 or return; return $file }

# So many bytes of config space from an offset on; undef where not all of them come.
sub config_bytes {
    my ($file, $offset, $length) = @_;
    return unless defined $file && sysseek $file, $offset, 0;
    my $bytes;
    my $count = sysread $file, $bytes, $length;
    return defined $count && $count == $length ? $bytes : undef;
}

sub hex_text { return defined $_[0] ? '"' . unpack('H*', $_[0]) . '"' : 'null' }

# What a port says of the link and the slot below it, and where. Nothing where it has no such capability, or does not answer.
sub express_capability {
    my ($file, $header) = @_;
    return unless defined $header && unpack('v', substr $header, $STATUS, 2) & $STATUS_CAP_LIST;
    my $at = ord(substr $header, $CAPABILITY_LIST, 1) & ~3;
    for (1 .. $MOST_CAPABILITIES) {
        my $entry = $at < 64 ? undef : config_bytes($file, $at, 2);
        return unless defined $entry;
        my ($id, $next) = unpack 'CC', $entry;
        return ($at, config_bytes($file, $at, $EXPRESS_BYTES)) if $id == $EXPRESS_ID;
        return if $id == $DEAD_ID;
        $at = $next & ~3;
    }
    return;
}

sub bridge_reading {
    my ($address) = @_;
    my $file = config_of($address);
    my $header = config_bytes($file, 0, 64);
    my ($offset, $express) = express_capability($file, $header);
    return object(
        address => text($address),
        config => hex_text($header),
        defined $express ? (express => hex_text($express), expressOffset => $offset) : (),
        errors => error_counts($address),
    );
}

# Totals of the errors that the function itself reported (Documentation/ABI/testing/sysfs-bus-pci-devices-aer_stats, since 4.19);
# null where it has no AER capability, or the kernel no AER. Counters in memory: reading them touches nothing.
sub error_counts {
    my ($address) = @_;
    my %total = (
        correctable => 'aer_dev_correctable TOTAL_ERR_COR',
        nonFatal => 'aer_dev_nonfatal TOTAL_ERR_NONFATAL',
        fatal => 'aer_dev_fatal TOTAL_ERR_FATAL',
    );
    my @counts;
    for my $name (sort keys %total) {
        my ($file, $label) = split ' ', $total{$name};
        return 'null' unless (slurp("$PCI/$address/$file") // '') =~ /^$label\s+([0-9]+)$/m;
        push @counts, $name => $1;
    }
    return object(@counts);
}

# The port above a function: the next component of its path in the device tree, where that is a PCI function too.
sub bridge_of {
    my $path = readlink "$PCI/$_[0]";
    return defined $path && $path =~ m{/($ADDRESS)/[^/]+$} ? $1 : undef;
}

sub edge_reading {
    my ($address) = @_;
    my ($present, $driver, $group, $power_state, $runtime_status, $enable) = cached_fields(cached_values($address));
    my $bridge = bridge_of($address) // $port_above{$address};
    my $methods = slurp("$PCI/$address/reset_method");
    return object(
        present => $present,
        driver => $driver,
        group => $group,
        powerState => $power_state,
        runtimeStatus => $runtime_status,
        enableCount => $enable,
        config => hex_text(config_bytes(config_of($address), 0, 64)),
        linkSpeed => text(slurp("$PCI/$address/current_link_speed")),
        linkWidth => integer(slurp("$PCI/$address/current_link_width")),
        resetMethods => defined $methods ? list(map { text($_) } split ' ', $methods) : 'null',
        errors => error_counts($address),
        bridge => defined $bridge ? bridge_reading($bridge) : 'null',
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
        close $_ for $reader, grep { defined } $kmsg, $uevents, $lab_lock, $tracer, $tracer_orders;
        syscall $PRCTL, $PR_SET_PDEATHSIG, $SIGKILL, 0, 0, 0 if $PRCTL;
        alarm 1 + int $deadline_seconds;
        leave() if getppid() != $observer;
        syswrite $writer, edge_reading($_) . "\n" for @functions;
        syswrite $writer, object(holders => holders(@functions), stuck => stuck_tasks()) . "\n";
        leave();
    }
    close $writer;
    expect_from($reader, $deadline_seconds, $child, sub {
        my ($said, $complete) = @_;
        my @readings = $said =~ /^(.*)\n/mg;
        if (@readings == @functions + 1) {
            my $tasks = pop @readings;
            my @named = map { text($functions[$_]) =~ s/^"|"$//gr => $readings[$_] } 0 .. $#functions;
            return reply($id, object(bootId => text(boot_id()), functions => object(@named), tasks => $tasks));
        }
        my $stuck = $functions[@readings] // 'the list of tasks';
        return refuse($id, 'edge-failed', "the reader of $stuck died") if $complete;
        refuse($id, 'edge-read-hung', sprintf '%s has not answered within %.1f s', $stuck, $deadline_seconds);
    });
    return;
}

# Ends a child without the END blocks and buffers of its parent.
sub leave { kill 'KILL', $$; return }
