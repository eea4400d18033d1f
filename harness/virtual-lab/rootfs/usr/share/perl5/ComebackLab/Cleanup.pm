package ComebackLab::Cleanup;
# What is removed when a VM has ended, whoever ended it. Functions stay on vfio-pci: Proxmox never gives
# them back to the host's drivers.

use strict;
use warnings;

use ComebackLab::HostPci;
use ComebackLab::LockFile;
use ComebackLab::Process;
use ComebackLab::Reservation;
use ComebackLab::Syslog;
use ComebackLab::Task;
use ComebackLab::VmConfig;

# Seconds that clean-up waits for the VM's lock (qm cleanup).
my $lock_timeout_seconds = 60;

# In locked context, after QEMU is gone. Errors are warnings, as in PVE::QemuServer::vm_stop_cleanup.
sub after_stop {
    my ($vmid, $config) = @_;
    unlink map { ComebackLab::Process::run_file($vmid, $_) } qw(mon qmp pid vnc qga);
    eval { release_functions($vmid, $config); 1 } or warn $@;
    return;
}

# Parses the entries again first, so a function that left the bus keeps its reservation, as on Proxmox.
sub release_functions {
    my ($vmid, $config) = @_;
    ComebackLab::HostPci::parse($config->{$_}) for sort grep { /^hostpci\d+$/ } keys %$config;
    ComebackLab::Reservation::release($vmid);
    return;
}

# Starts a process that waits for QEMU's end and then cleans up: the work of qmeventd and qm cleanup.
sub watch {
    my ($vmid, $qemu_pid) = @_;
    pipe(my $detached, my $detached_writer) or die "unable to create pipe - $!\n";
    my $pid = fork() // die "unable to fork - $!\n";
    if ($pid) {
        close($detached_writer);
        sysread($detached, my $nothing, 1);
        return;
    }
    $0 = "qmeventd watching VM $vmid";
    ComebackLab::LockFile::release_inherited();
    ComebackLab::Task::leave();
    close($_) for $detached, $detached_writer;

    ComebackLab::Process::wait_for_exit($qemu_pid, undef);
    clean_up($vmid);
    exit(0);
}

sub clean_up {
    my ($vmid) = @_;
    return if !-f ComebackLab::VmConfig::config_file($vmid);
    local $SIG{__WARN__} = sub { ComebackLab::Syslog::write_line('qmeventd', 'err', $_[0]) };
    ComebackLab::Syslog::write_line('qmeventd', 'info', "Starting cleanup for $vmid");
    my $done = eval {
        ComebackLab::VmConfig::with_lock($vmid, $lock_timeout_seconds, sub {
            my $config = ComebackLab::VmConfig::load($vmid);
            die "vm still running\n" if ComebackLab::Process::running_pid($vmid);
            after_stop($vmid, $config);
        });
        1;
    };
    if (!$done) {
        warn $@;
        return;
    }
    ComebackLab::Syslog::write_line('qmeventd', 'info', "Finished cleanup for $vmid");
    return;
}

1;
