# What a run needs of the host besides its hardware. Nothing here touches a device, loads a module or takes the lock.

sub truth { return $_[0] ? 'true' : 'false' }

# `loaded` also where it is built in and has parameters; `installed` where modprobe would find it.
sub module_state {
    my ($name, $release) = @_;
    return 'loaded' if -d "$ROOT/sys/module/$name";
    my ($listed, $file) = (0, $name =~ s/[-_]/[-_]/gr);
    for my $list ('modules.dep', 'modules.builtin') {
        open my $lines, '<', "$ROOT/lib/modules/$release/$list" or next;
        $listed = 1;
        while (my $line = <$lines>) { return 'installed' if $line =~ m{(?:^|/)$file\.ko[.:\s]} }
    }
    return $listed ? 'absent' : undef;
}

# The kernel makes the file `reset` for whatever it can reset, and since 5.15 says in `reset_method` how (drivers/pci/pci-sysfs.c).
sub reset_reading {
    my ($function) = @_;
    my $methods = slurp("$PCI/$function/reset_method");
    return object(
        resettable => truth(-e "$PCI/$function/reset"),
        methods => defined $methods ? list(map { text($_) } split ' ', $methods) : 'null',
    );
}

sub readiness {
    my (@functions) = @_;
    my $tracing = find_tracefs();
    my $release = slurp("$ROOT/proc/sys/kernel/osrelease") // '';
    return object(
        root => truth($> == 0),
        perl => text(sprintf '%vd', $^V),
        tracefs => text(defined $tracing ? $tracing =~ s/^\Q$ROOT\E//r : undef),
        iommus => list(map { text($_) } entries("$ROOT/sys/class/iommu")),
        modules => object(map { $_ => text(module_state($_, $release)) } qw(vfio_pci vfio_iommu_type1)),
        functions => object(map { $_ => reset_reading($_) } grep { -e "$PCI/$_" } @functions),
        holders => holders([pids()], @functions),
    );
}
