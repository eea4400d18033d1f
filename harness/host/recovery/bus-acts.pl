# What the recovery ladder does to functions and ports of this host. Sent over SSH and run by perl, nothing is installed.
# Only core Perl. What it is told to touch was checked by whoever sent it; it does that and nothing else.
use strict;
use warnings;

my $PCI = ($ENV{COMEBACK_ROOT} // '') . '/sys/bus/pci';
# An act that was begun is ended in order, though the connection may be gone.
$SIG{HUP} = $SIG{PIPE} = 'IGNORE';

sub read_from {
    my ($path) = @_;
    sysopen my $file, $path, 0 or die "$path: $!\n";
    sysread $file, my $text, 4096;
    chomp($text //= '');
    return $text;
}

sub put {
    my ($path, $value) = @_;
    sysopen my $file, $path, 1 or die "$path: $!\n";
    defined syswrite $file, $value or die "$path: $!\n";
    return;
}

sub rest { select undef, undef, undef, $_[0]; return }

# pci_reset_function() by whatever method the kernel has for it (drivers/pci/pci-sysfs.c, reset_store).
sub function_reset { put("$PCI/devices/$_/reset", 1) for @_; return }

sub remove { -e "$PCI/devices/$_" and put("$PCI/devices/$_/remove", 1) for @_; return }

# The kernel's own reset of everything below a port where it offers that (reset_subordinate, since 6.13 and in the stable series),
# else Bridge Control bit 6 by hand with the times of pci_reset_secondary_bus() in drivers/pci/pci.c. The second after it is
# what a function may take to answer (PCI Express Base spec 6.6.1).
sub bus_reset {
    my ($port) = @_;
    my $whole = "$PCI/devices/$port/reset_subordinate";
    if (-e $whole) { put($whole, 1) }
    else {
        sysopen my $config, "$PCI/devices/$port/config", 2 or die "$port: $!\n";
        sysseek $config, 0x3e, 0;
        sysread($config, my $control, 2) == 2 or die "$port: Bridge Control cannot be read\n";
        my $value = unpack 'v', $control;
        for my $word ($value | 0x40, $value & ~0x40) {
            sysseek $config, 0x3e, 0;
            syswrite($config, pack 'v', $word) == 2 or die "$port: $!\n";
            rest(0.01);
        }
    }
    rest(1);
    return;
}

# Finds the functions below one port again; no other bus is scanned. The kernel gives each function that it adds to the first driver that
# wants it (device_attach() in pci_bus_add_device(), drivers/pci/bus.c, which heeds neither drivers_autoprobe nor an override that went
# with the function), so each is taken to the driver that it had, once it is there.
sub rescan {
    my ($port, @functions_and_drivers) = @_;
    my ($bus) = glob "$PCI/devices/$port/pci_bus/*";
    defined $bus or die "$port leads to no bus\n";
    put("$bus/rescan", 1);
    while (my ($function, $driver) = splice @functions_and_drivers, 0, 2) {
        my $node = "$PCI/devices/$function";
        my ($bound) = (readlink("$node/driver") // '') =~ m{([^/]+)$};
        next if !-e $node || ($bound // 'none') eq $driver;
        put("$node/driver/unbind", $function) if defined $bound;
        next if $driver eq 'none';
        put("$node/driver_override", $driver);
        put("$PCI/drivers_probe", $function);
        put("$node/driver_override", "\n");
    }
    return;
}

# Lets functions and then their port suspend, and wakes them: a port with power resources of its own takes the slot's power away then.
# Prints the deepest state that the first function was seen in.
sub power_down {
    my ($seconds, @nodes) = @_;
    my %before = map { my $node = $_; map { ("$node/$_" => read_from("$PCI/devices/$node/$_")) } 'd3cold_allowed', 'power/control' } @nodes;
    my $done = eval {
        for my $node (@nodes) {
            put("$PCI/devices/$node/d3cold_allowed", 1);
            put("$PCI/devices/$node/power/control", 'auto');
        }
        my $port = $nodes[-1];
        my $until = time + $seconds;
        while (read_from("$PCI/devices/$port/power/runtime_status") ne 'suspended') {
            die "$port did not suspend within $seconds s\n" if time >= $until;
            rest(0.05);
        }
        print read_from("$PCI/devices/$nodes[0]/power_state"), "\n";
        1;
    };
    my $why = $@;
    for my $node (reverse @nodes) {
        put("$PCI/devices/$node/power/control", 'on');
        put("$PCI/devices/$node/power/control", $before{"$node/power/control"});
        put("$PCI/devices/$node/d3cold_allowed", $before{"$node/d3cold_allowed"});
    }
    die $why unless $done;
    return;
}

my %act = (
    'function-reset' => \&function_reset, remove => \&remove, 'bus-reset' => \&bus_reset, rescan => \&rescan, 'power-down' => \&power_down,
);
my ($name, @arguments) = @ARGV;
$act{$name}->(@arguments);
