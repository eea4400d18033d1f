package ComebackLab::Stop;
# qm stop and qm shutdown (PVE::QemuServer::vm_stop, _do_vm_stop).

use strict;
use warnings;

use ComebackLab::Cleanup;
use ComebackLab::Process;
use ComebackLab::Qmp;
use ComebackLab::Syslog;
use ComebackLab::Task;
use ComebackLab::VmConfig;

my $lock_timeout_seconds = 10;
my $quit_timeout_seconds = 60;
my $term_timeout_seconds = 10;

sub stop {
    my ($vmid, $options) = @_;
    return ComebackLab::Task::run('qmstop', $vmid, sub {
        my ($upid) = @_;
        ComebackLab::Syslog::write_line('qm', 'info', "stop VM $vmid: $upid");
        abort_shutdown_tasks($vmid) if $options->{'overrule-shutdown'};
        end_vm($vmid, { %$options, command => 'quit', force => 1 });
    });
}

sub shutdown {
    my ($vmid, $options) = @_;
    my $command = 'system_powerdown';
    if (is_paused($vmid)) {
        die "VM is paused - cannot shutdown\n" if !$options->{forceStop};
        warn "VM is paused - stop instead of shutdown\n";
        $command = 'quit';
    }
    return ComebackLab::Task::run('qmshutdown', $vmid, sub {
        my ($upid) = @_;
        ComebackLab::Syslog::write_line('qm', 'info', "shutdown VM $vmid: $upid");
        end_vm($vmid, { %$options, command => $command, force => $options->{forceStop} });
    });
}

# A paused guest would only act on the power button when it is resumed.
sub is_paused {
    my ($vmid) = @_;
    my $status = eval {
        ComebackLab::VmConfig::assert_exists($vmid);
        ComebackLab::Qmp->connect_to($vmid)->command('query-status')->{status};
    };
    warn "$@\n" if $@;
    return defined $status && $status =~ /^(?:paused|suspended|prelaunch)$/;
}

sub end_vm {
    my ($vmid, $options) = @_;
    ComebackLab::VmConfig::with_lock($vmid, $lock_timeout_seconds, sub { end_vm_locked($vmid, $options) });
    return;
}

sub end_vm_locked {
    my ($vmid, $options) = @_;
    ComebackLab::VmConfig::assert_exists($vmid);
    my $pid = ComebackLab::Process::running_pid($vmid) or return;
    my $config = ComebackLab::VmConfig::load($vmid);
    ComebackLab::VmConfig::check_lock($config) if !$options->{skiplock};

    if (eval { ComebackLab::Qmp->connect_to($vmid)->command($options->{command}); 1 }) {
        if (ComebackLab::Process::wait_for_exit($pid, $options->{timeout} // $quit_timeout_seconds)) {
            ComebackLab::Cleanup::after_stop($vmid, $config);
            return;
        }
        die "VM quit/powerdown failed - got timeout\n" if !$options->{force};
        warn "VM still running - terminating now with SIGTERM\n";
    } else {
        if (!ComebackLab::Process::running_pid($vmid)) {
            warn "Unexpected: VM shutdown command failed, but VM not running anymore..\n";
            return;
        }
        die "VM quit/powerdown failed\n" if !$options->{force};
        warn "VM quit/powerdown failed - terminating now with SIGTERM\n";
    }
    kill('TERM', $pid);
    if (!ComebackLab::Process::wait_for_exit($pid, $term_timeout_seconds)) {
        warn "VM still running - terminating now with SIGKILL\n";
        kill('KILL', $pid);
        # A QEMU that is stuck in the kernel stays; Proxmox too calls this stopped after one second.
        ComebackLab::Process::wait_for_exit($pid, 1);
    }
    ComebackLab::Cleanup::after_stop($vmid, $config);
    return;
}

# A running qm shutdown holds the VM's lock until its timeout; stop would fail behind it.
sub abort_shutdown_tasks {
    my ($vmid) = @_;
    opendir(my $proc, '/proc') or return;
    my @aborted;
    for my $pid (grep { /^\d+$/ } readdir($proc)) {
        open(my $fh, '<', "/proc/$pid/cmdline") or next;
        my $command_line = <$fh> // next;
        my ($upid) = $command_line =~ /^task (UPID:[^\0]*:qmshutdown:\Q$vmid\E:[^\0]*:)/ or next;
        push @aborted, $upid if kill('TERM', -$pid);
        ComebackLab::Process::wait_for_exit($pid, 5);
    }
    print 'overruled qmshutdown tasks: ' . join(', ', @aborted) . "\n" if @aborted;
    return;
}

1;
