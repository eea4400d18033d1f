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

# Signals a process that the check finds to be the right one. Its file descriptor holds its number meanwhile, so that it cannot be given to
# another one between look and act. Returns why it was not signalled.
sub signal_checked {
    my ($pid, $name, $why_not) = @_;
    my $descriptor = syscall($PIDFD_OPEN, $pid + 0, 0);
    return "process $pid: $!" if $descriptor < 0 && $! != $ENOSYS;
    my $held;
    if ($descriptor >= 0) { open $held, '<&=', $descriptor or return "process $pid: $!" }
    my $reason = $why_not->();
    return $reason if defined $reason;
    # A kernel of before 5.3 has no such descriptor: what is left there is the moment between the look and this.
    my $done = $held ? syscall($PIDFD_SEND_SIGNAL, $descriptor, $SIGNAL{$name}, 0, 0) == 0 : kill $name, $pid;
    return $done ? undef : "process $pid: $!";
}

sub signal_vm {
    my ($id, $pid, $start, $name) = @_;
    my $reason = (watched_vm() // '') ne $pid
        ? "process $pid is not that of the VM any more"
        : signal_checked($pid, $name, sub { (living_start($pid) // '') eq $start ? undef : "process $pid is another one now" });
    return defined $reason ? refuse($id, 'not-signalled', $reason) : reply($id, '{}');
}
