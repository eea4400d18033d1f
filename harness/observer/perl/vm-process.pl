# The process of the VM that is watched: who it is, and how it is ended where its manager cannot.

# Equal on every architecture, since 5.3 and 5.1 (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
my ($PIDFD_OPEN, $PIDFD_SEND_SIGNAL, $ENOSYS) = (434, 424, 38);
my %SIGNAL = (TERM => $SIGTERM, KILL => $SIGKILL);

# State and start time of a process, which no other process with its number has (fields 3 and 22 of proc(5)); empty where there is none.
sub process_stat {
    my ($pid) = @_;
    my $stat = slurp("$ROOT/proc/$pid/stat") // return;
    return (split ' ', $stat =~ s/^.*\)//sr)[0, 19];
}

# Where a process lives under this number, undef else: a number may be given to another one, and one that only waits to be reaped is gone.
sub living_start {
    my ($state, $start) = process_stat($_[0]);
    return defined $start && $state !~ /^[ZX]/ ? $start : undef;
}

sub vm_process {
    my $pid = watched_vm() // return 'null';
    my $start = living_start($pid) // return 'null';
    my @arguments = split /\0/, slurp("$ROOT/proc/$pid/cmdline") // '';
    return object(pid => $pid, start => text($start), argv => list(map { text($_) } @arguments));
}

# Signals the VM's process and no other one: its file descriptor holds its number, so it cannot be given away between look and act.
sub signal_vm {
    my ($id, $pid, $start, $name) = @_;
    return refuse($id, 'not-the-vm', "process $pid is not that of the VM any more") if (watched_vm() // '') ne $pid;
    my $descriptor = syscall($PIDFD_OPEN, $pid + 0, 0);
    return refuse($id, 'not-the-vm', "process $pid: $!") if $descriptor < 0 && $! != $ENOSYS;
    my $held;
    if ($descriptor >= 0) { open $held, '<&=', $descriptor or return refuse($id, 'failed', "process $pid: $!") }
    return refuse($id, 'not-the-vm', "process $pid is another one now") if (living_start($pid) // '') ne $start;
    # A kernel of before 5.3 has no such descriptor: what is left there is the moment between the look and this.
    my $done = $held ? syscall($PIDFD_SEND_SIGNAL, $descriptor, $SIGNAL{$name}, 0, 0) == 0 : kill $name, $pid;
    return $done ? reply($id, '{}') : refuse($id, 'failed', "process $pid: $!");
}
