package ComebackLab::Process;
# The QEMU process of a VM: its files, whether it runs, and a wait for its end without polling.

use strict;
use warnings;

use ComebackLab::Root;

# x86-64 system call numbers; perl-base has no wrapper for these.
my $sys_close = 3;
my $sys_pidfd_open = 434;

# Proxmox writes /var/run on QEMU's command line and /run elsewhere; they are one directory.
sub run_file { my ($vmid, $extension) = @_; return ComebackLab::Root::path("/var/run/qemu-server/$vmid.$extension") }

# The pid of the VM's QEMU, or undef. A pid counts only when its command line names this pid file, so a
# recycled pid is never taken for the VM (PVE::QemuServer::Helpers::vm_running_locally).
sub running_pid {
    my ($vmid) = @_;
    my $pid_file = run_file($vmid, 'pid');
    my $line = ComebackLab::Root::read_first_line($pid_file) // return;
    my ($pid) = $line =~ /^(\d+)$/ or return;
    open(my $fh, '<', "/proc/$pid/cmdline") or return;
    my $command_line = <$fh> // return;
    my @arguments = split /\0/, $command_line;
    return if $arguments[0] !~ m{kvm$} && $arguments[0] !~ m{(?:^|/)qemu-system-[^/]+$};
    for my $i (1 .. $#arguments - 1) {
        return $pid if $arguments[$i] eq '-pidfile' && $arguments[ $i + 1 ] eq $pid_file;
    }
    return;
}

# Fields of /proc/<pid>/stat after the command name: [0] is the state, [19] the start time in ticks.
sub stat_fields {
    my ($pid) = @_;
    my $line = ComebackLab::Root::read_first_line("/proc/$pid/stat") // return;
    $line =~ s/^\d+ \(.*\) // or return;
    return split / /, $line;
}

sub start_ticks { my ($pid) = @_; return (stat_fields($pid))[19] }

# True when the process has exited within the time; undef as the time means for ever. A process stuck in
# the kernel after SIGKILL has not exited.
sub wait_for_exit {
    my ($pid, $timeout_seconds) = @_;
    my $descriptor = syscall($sys_pidfd_open, $pid + 0, 0);
    return 1 if $descriptor < 0;
    my $watched = '';
    vec($watched, $descriptor, 1) = 1;
    my $ready = select(my $readable = $watched, undef, undef, $timeout_seconds);
    syscall($sys_close, $descriptor);
    return $ready > 0;
}

1;
