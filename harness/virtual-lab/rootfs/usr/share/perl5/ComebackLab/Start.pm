package ComebackLab::Start;
# qm start (PVE::QemuServer::vm_start).

use strict;
use warnings;

use ComebackLab::Cleanup;
use ComebackLab::HostPci;
use ComebackLab::Process;
use ComebackLab::QemuCommand;
use ComebackLab::Reservation;
use ComebackLab::Root;
use ComebackLab::Syslog;
use ComebackLab::Task;
use ComebackLab::VmConfig;

my $lock_timeout_seconds = 10;

sub run {
    my ($vmid, $options) = @_;
    return ComebackLab::Task::run('qmstart', $vmid, sub {
        my ($upid) = @_;
        ComebackLab::Syslog::write_line('qm', 'info', "start VM $vmid: $upid");
        ComebackLab::VmConfig::with_lock($vmid, $lock_timeout_seconds, sub { start_locked($vmid, $options) });
    });
}

sub start_locked {
    my ($vmid, $options) = @_;
    my $config = ComebackLab::VmConfig::load($vmid);
    my $running = ComebackLab::Process::running_pid($vmid);
    my $lock = $config->{lock} // '';
    return if $running && $lock eq 'backup';
    ComebackLab::VmConfig::check_lock($config) if !$options->{skiplock} && $lock ne 'suspended';
    die "VM $vmid already running\n" if $running;

    ComebackLab::Root::make_directories(ComebackLab::Root::path('/run/qemu-server'));
    my ($timeout, @command, @functions);
    if (!eval {
        my @hostpci = ComebackLab::HostPci::parse_all($config);
        @command = ComebackLab::QemuCommand::build($vmid, $config, @hostpci);
        $timeout = $options->{timeout} // ComebackLab::QemuCommand::start_timeout_seconds($config);
        @functions = map { @{ $_->{functions} } } @hostpci;
        ComebackLab::Reservation::reserve_for_start(\@functions, $vmid, $timeout);
        ComebackLab::HostPci::prepare($_) for @functions;
        1;
    }) {
        my $error = $@;
        eval { ComebackLab::Cleanup::release_functions($vmid, $config); 1 } or warn $@;
        die $error;
    }

    if (!eval { run_qemu($timeout, @command); 1 }) {
        my $error = $@;
        eval { ComebackLab::Cleanup::release_functions($vmid, $config); 1 } or warn $@;
        die "start failed: $error";
    }

    my $pid = ComebackLab::Process::running_pid($vmid);
    return if !$pid;
    eval { ComebackLab::Reservation::reserve_for_pid(\@functions, $vmid, $pid); 1 } or warn $@;
    ComebackLab::Syslog::write_line('qm', 'info', "VM $vmid started with PID $pid.");
    ComebackLab::Cleanup::watch($vmid, $pid);
    return;
}

# QEMU goes to the background by itself once all devices are realised; until then its messages are ours.
sub run_qemu {
    my ($timeout_seconds, @command) = @_;
    my $line = sub { "command '" . ComebackLab::QemuCommand::as_shell_line(@command) . "'" };
    my $pid = fork() // die $line->() . " failed: unable to fork - $!\n";
    if (!$pid) {
        umask(0077);
        $ENV{LC_ALL} = 'C';
        # "-id <vmid>" is an option of Proxmox's QEMU that only labels the process.
        splice(@command, 1, 2);
        open(STDIN, '<', '/dev/null');
        exec { ComebackLab::Root::path($command[0]) } @command or exit(127);
    }
    my $exited = eval {
        local $SIG{ALRM} = sub { die "got timeout\n" };
        alarm($timeout_seconds);
        waitpid($pid, 0);
        alarm(0);
        1;
    };
    my $status = $?;
    if (!$exited) {
        my $error = $@;
        alarm(0);
        kill('KILL', $pid);
        waitpid($pid, 0);
        die $line->() . " failed: $error";
    }
    die $line->() . " failed: got signal " . ($status & 127) . "\n" if $status & 127;
    die 'QEMU exited with code ' . ($status >> 8) . "\n" if $status;
    return;
}

1;
