# Tasks of the host that keep a function from the next VM: who has its group open, and who waits in the kernel for a reset.

sub pids { return grep { /^[0-9]+$/ } entries("$ROOT/proc") }

# The two lists of an edge, by one look at the processes of the host.
sub tasks_reading {
    my @functions = @_;
    my @pids = pids();
    return object(holders => holders(\@pids, @functions), stuck => stuck_tasks(@pids));
}

# Processes, other than the VM that is watched, that hold a VFIO group or device file: the next VM gets "Device or resource busy".
sub holders {
    my ($pids, @functions) = @_;
    my %function_of;
    for my $function (@functions) {
        my $group = link_name("$PCI/$function/iommu_group");
        push @{ $function_of{"/dev/vfio/$group"} }, $function if defined $group;
        # The device files since 6.2 (drivers/vfio/device_cdev.c).
        push @{ $function_of{"/dev/vfio/devices/$_"} }, $function for entries("$PCI/$function/vfio-dev");
    }
    my $own = defined $pid_file ? integer(slurp($pid_file)) : 'null';
    my @holders;
    for my $pid (grep { $_ ne $own } @$pids) {
        my %open;
        for my $descriptor (entries("$ROOT/proc/$pid/fd")) {
            my $file = target_of("$ROOT/proc/$pid/fd/$descriptor");
            $open{$file} = 1 if defined $file && exists $function_of{$file};
        }
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
    for my $pid (grep { $_ ne $own } pids()) {
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
    for my $pid (@_) {
        # Most processes have one thread, and then this tells of it; the number of threads is the 17th field after the state.
        my $whole = peek("$ROOT/proc/$pid/stat") // '';
        my ($state, $threads) = $whole =~ /\) ([A-Za-z])(?: \S+){16} ([0-9]+)[^)]*\z/;
        next if defined $threads && $threads == 1 && $state ne 'D';
        for my $task (entries("$ROOT/proc/$pid/task")) {
            my $stat = peek("$ROOT/proc/$pid/task/$task/stat") // next;
            next unless $stat =~ /^[0-9]+ \((.*)\) D /s;
            my $command = $1;
            my $stack = slurp("$ROOT/proc/$pid/task/$task/stack") // slurp("$ROOT/proc/$pid/task/$task/wchan") // '';
            push @stuck, object(pid => $pid, command => text($command), where => text($1)) if $stack =~ $RESET_PATH;
        }
    }
    return list(@stuck);
}
