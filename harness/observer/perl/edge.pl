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
my @ERROR_COUNTERS = (
    ['correctable', 'aer_dev_correctable', qr/^TOTAL_ERR_COR\s+([0-9]+)$/m],
    ['fatal', 'aer_dev_fatal', qr/^TOTAL_ERR_FATAL\s+([0-9]+)$/m],
    ['nonFatal', 'aer_dev_nonfatal', qr/^TOTAL_ERR_NONFATAL\s+([0-9]+)$/m],
);

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
    my $file = open_config($address);
    my $header = config_bytes($file, 0, 64);
    my ($offset, $express) = express_capability($file, $header);
    close_config($file);
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
    my @counts;
    for my $counter (@ERROR_COUNTERS) {
        my ($name, $file, $total) = @$counter;
        return 'null' unless (attribute($address, $file) // '') =~ $total;
        push @counts, $name => $1;
    }
    return object(@counts);
}

# The port above a function: the next component of its path in the device tree, where that is a PCI function too.
sub bridge_of {
    my $path = target_of("$PCI/$_[0]");
    return defined $path && $path =~ m{/($ADDRESS)/[^/]+$} ? $1 : undef;
}

# @param $ports the readings of ports that this edge has already: functions of one slot have one port.
sub edge_reading {
    my ($address, $ports) = @_;
    my ($present, $driver, $group, $power_state, $runtime_status, $enable) = cached_fields(cached_values($address));
    my $bridge = bridge_of($address) // $port_above{$address};
    my $methods = attribute($address, 'reset_method');
    my $file = $present eq 'true' ? open_config($address) : undef;
    my $header = config_bytes($file, 0, 64);
    close_config($file);
    return object(
        present => $present,
        driver => $driver,
        group => $group,
        powerState => $power_state,
        runtimeStatus => $runtime_status,
        enableCount => $enable,
        config => hex_text($header),
        linkSpeed => text(attribute($address, 'current_link_speed')),
        linkWidth => integer(attribute($address, 'current_link_width')),
        resetMethods => defined $methods ? list(map { text($_) } split ' ', $methods) : 'null',
        errors => error_counts($address),
        bridge => defined $bridge ? $ports->{$bridge} //= bridge_reading($bridge) : 'null',
    );
}

my %number_of;    # function => { what was read => number under which it was told }
my $numbers = 0;
my $MOST_TOLD = 16;

# A healthy function reads the same at every edge. What was told before, and has arrived, is told by its number alone.
sub said_reading {
    my ($function, $reading, $last_told) = @_;
    my $known = $number_of{$function} //= {};
    my $number = $known->{$reading};
    return object(known => $number) if defined $number && $number <= $last_told;
    if (!defined $number) {
        %$known = () if keys %$known >= $MOST_TOLD;
        $known->{$reading} = $number = ++$numbers;
    }
    return object(as => $number, reading => $reading);
}

# Asks a reader (reader.pl) for the health of functions.
# @param $last_told the highest number of a reading that has arrived.
sub read_edge {
    my ($id, $deadline_seconds, $last_told, @functions) = @_;
    ask_reader($deadline_seconds, \@functions, sub {
        my ($how, $said, $done) = @_;
        if ($how eq 'answered') {
            my @readings = split /\n/, $said;
            my $tasks = pop @readings;
            my @named = map { ($functions[$_] => said_reading($functions[$_], $readings[$_], $last_told)) } 0 .. $#functions;
            return reply($id, object(bootId => text(boot_id()), functions => object(@named), tasks => $tasks));
        }
        return refuse($id, 'edge-failed', $said) if $how eq 'none';
        my $stuck = $functions[$done] // 'the list of tasks';
        return refuse($id, 'edge-failed', "the reader of $stuck died") if $how eq 'ended';
        refuse($id, 'edge-read-hung', sprintf '%s has not answered within %.1f s', $stuck, $deadline_seconds);
    });
    return;
}
