# The kernel's own announcements of devices, over netlink (lib/kobject_uevent.c): they say at once what the cheap tier
# would find at its next tick. A container or an odd kernel may refuse the socket; the cheap tier then does alone.

our $uevents;
my ($AF_NETLINK, $SOCK_RAW, $KOBJECT_UEVENT, $DONTWAIT) = (16, 3, 15, 64);

sub open_uevents {
    socket my $netlink, $AF_NETLINK, $SOCK_RAW, $KOBJECT_UEVENT or return;
    # Multicast group 1 is the kernel's; udevd speaks in group 2.
    $uevents = $netlink if bind $netlink, pack 'SSLL', $AF_NETLINK, 0, 0, 1;
    return;
}

# Returns true where a PCI function came, went, or changed its driver.
sub read_uevents {
    my $concerns_us = 0;
    for (1 .. 100) {
        my $message;
        defined recv($uevents, $message, 8192, $DONTWAIT) or last;
        my (undef, @pairs) = split /\0/, $message;
        my %field = map { /^([^=]+)=(.*)$/s ? ($1, $2) : () } @pairs;
        my $subsystem = $field{SUBSYSTEM} // '';
        tell_tracer_of_module() if $subsystem eq 'module' && ($field{DEVPATH} // '') =~ m{/vfio_pci(?:_core)?$};
        next unless $subsystem =~ /^(?:pci|vfio|vfio-dev)$/;
        $concerns_us = 1;
        my $devpath = $field{DEVPATH} // '';
        my ($function) = $field{PCI_SLOT_NAME} // ($devpath =~ m{.*/($ADDRESS)(?:/|$)});
        emit(
            t => '"uevent"',
            mono => seconds(mono()),
            action => text($field{ACTION} // ''),
            subsystem => text($subsystem),
            devpath => text($devpath),
            function => text($function),
            driver => text($field{DRIVER}),
        );
    }
    return $concerns_us;
}
