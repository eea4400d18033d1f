# Tasks of the host that keep a function from the next VM: who has its group open, and who waits in the kernel for a reset.

# Processes, other than the VM that is watched, that hold a VFIO group or device file: the next VM gets "Device or resource busy".
sub holders {
    my @functions = @_;
    my %function_of;
    for my $function (@functions) {
        my $group = link_name("$PCI/$function/iommu_group");
        push @{ $function_of{"/dev/vfio/$group"} }, $function if defined $group;
        # The device files since 6.2 (drivers/vfio/device_cdev.c).
        push @{ $function_of{"/dev/vfio/devices/$_"} }, $function for entries("$PCI/$function/vfio-dev");
    }
    my $own = defined $pid_file ? integer(slurp($pid_file)) : 'null';
    my @holders;
    for my $pid (grep { /^[0-9]+$/ && $_ ne $own } entries("$ROOT/proc")) {
        my %open = map { $_ => 1 } grep { defined && exists $function_of{$_} } map { scalar readlink "$ROOT/proc/$pid/fd/$_" } entries("$ROOT/proc/$pid/fd");
        for my $file (sort keys %open) {
            push @holders, object(pid => $pid, command => text(slurp("$ROOT/proc/$pid/comm") // ''), file => text($file), functions => list(map { text($_) } @{ $function_of{$file} }));
        }
    }
    return list(@holders);
}

# Virtual machines and containers of the host, whoever manages them, besides the VM that is watched: a reboot would end them.
sub guests {
    my $own = watched_vm() // 'null';
    my @guests;
    for my $pid (grep { /^[0-9]+$/ && $_ ne $own } entries("$ROOT/proc")) {
        my $command = slurp("$ROOT/proc/$pid/comm") // next;
        push @guests, object(pid => $pid, command => text($command)) if $command =~ /^(?:kvm|qemu-|lxc-start|bhyve|VBoxHeadless|vmware-vmx)/;
    }
    return list(@guests);
}

# Functions of the kernel in which a task waits while a device is reset, opened, closed or taken away (drivers/pci/pci.c,
# drivers/pci/remove.c, drivers/vfio). The uppermost of them in the task's stack is told.
my $RESET_PATH = qr/\b((?:pci_|pcie_|__pci_|vfio_)[a-z0-9_]+)/;

# Tasks that no signal reaches ("D" in /proc/PID/stat, proc(5)) in one of these functions.
sub stuck_tasks {
    my @stuck;
    for my $pid (grep { /^[0-9]+$/ } entries("$ROOT/proc")) {
        for my $task (entries("$ROOT/proc/$pid/task")) {
            my $stat = slurp("$ROOT/proc/$pid/task/$task/stat") // next;
            next unless $stat =~ /^[0-9]+ \((.*)\) D /s;
            my $command = $1;
            my $stack = slurp("$ROOT/proc/$pid/task/$task/stack") // slurp("$ROOT/proc/$pid/task/$task/wchan") // '';
            push @stuck, object(pid => $pid, command => text($command), where => text($1)) if $stack =~ $RESET_PATH;
        }
    }
    return list(@stuck);
}
