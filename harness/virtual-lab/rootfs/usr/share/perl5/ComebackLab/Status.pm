package ComebackLab::Status;
# qm status and qm list (PVE::QemuServer::vmstatus).

use strict;
use warnings;

use ComebackLab::Process;
use ComebackLab::Root;
use ComebackLab::VmConfig;

my $mib = 1024 * 1024;
my $ticks_per_second = 100;

# Capabilities that a Proxmox QEMU reports; Debian's has no such command.
my %proxmox_support = (
    'backup-fleecing' => 1, 'backup-max-workers' => 1, 'pbs-dirty-bitmap' => 1, 'pbs-dirty-bitmap-migration' => 1,
    'pbs-dirty-bitmap-savevm' => 1, 'pbs-library-version' => '1.5.1 (UNKNOWN)', 'pbs-masterkey' => 1,
    'query-bitmap-info' => 1,
);

sub status {
    my ($vmid, $options) = @_;
    my $config = ComebackLab::VmConfig::load($vmid);
    if (!$options->{verbose}) {
        print 'status: ' . run_state($vmid, ComebackLab::Process::running_pid($vmid)) . "\n";
        return 0;
    }
    my $details = details($vmid, $config);
    print_value('', $details->{$_}, $_) for sort keys %$details;
    return 0;
}

sub list {
    my @vmids = ComebackLab::VmConfig::all_vmids() or return 0;
    printf "%10s %-20s %-10s %-10s %12s %-10s\n", qw(VMID NAME STATUS MEM(MB) BOOTDISK(GB) PID);
    for my $vmid (@vmids) {
        my $config = ComebackLab::VmConfig::load($vmid);
        my $pid = ComebackLab::Process::running_pid($vmid);
        printf "%10s %-20s %-10s %-10s %12.2f %-10s\n", $vmid, $config->{name} || "VM $vmid",
            run_state($vmid, $pid), $config->{memory} || 512, 0, $pid || 0;
    }
    return 0;
}

# QEMU's own word (running, paused, internal-error, ...), or running or stopped when it cannot be asked.
sub run_state {
    my ($vmid, $pid, $qmp) = @_;
    return 'stopped' if !$pid;
    my $state = eval {
        require ComebackLab::Qmp;
        ($qmp // ComebackLab::Qmp->connect_to($vmid))->command('query-status')->{status};
    };
    warn $@ if $@;
    return $state // 'running';
}

sub details {
    my ($vmid, $config) = @_;
    my $pid = ComebackLab::Process::running_pid($vmid);
    my $memory = ($config->{memory} || 512) * $mib;
    my %details = (
        vmid => $vmid, status => $pid ? 'running' : 'stopped', name => $config->{name} || "VM $vmid",
        cpus => processors($config), maxmem => $memory, (map { $_ => 0 } qw(disk diskread diskwrite maxdisk
        mem memhost netin netout uptime)),
    );
    $details{lock} = $config->{lock} if $config->{lock};
    $details{tags} = $config->{tags} if defined $config->{tags};
    $details{serial} = 1 if grep { /^serial\d$/ } keys %$config;
    $details{template} = 1 if $config->{template};
    if ($config->{balloon}) {
        $details{balloon_min} = $config->{balloon} * $mib;
        $details{shares} = $config->{shares} // 1000;
    }
    add_process(\%details, $pid) if $pid;
    add_qemu(\%details, $vmid) if $pid;
    $details{qmpstatus} //= $details{status};
    return \%details;
}

sub add_process {
    my ($details, $pid) = @_;
    my ($uptime) = split / /, ComebackLab::Root::read_first_line('/proc/uptime');
    $details->{pid} = $pid;
    $details->{uptime} = int($uptime - ComebackLab::Process::start_ticks($pid) / $ticks_per_second);
    if (open(my $fh, '<', "/proc/$pid/smaps_rollup")) {
        while (my $line = <$fh>) {
            $details->{mem} = $details->{memhost} = $1 * 1024 if $line =~ /^Pss:\s+(\d+) kB/;
        }
    }
    $details->{"pressure$_"} = 0 for qw(cpusome cpufull iosome iofull memorysome memoryfull);
    return;
}

sub add_qemu {
    my ($details, $vmid) = @_;
    require ComebackLab::Qmp;
    my $qmp = eval { ComebackLab::Qmp->connect_to($vmid) };
    if (!$qmp) {
        warn $@;
        return;
    }
    eval {
        $details->{qmpstatus} = $qmp->command('query-status')->{status};
        $details->{'proxmox-support'} = \%proxmox_support;
        my $version = $qmp->command('query-version')->{qemu};
        $details->{'running-qemu'} = "$version->{major}.$version->{minor}.$version->{micro}";
        my $machine = $qmp->command('qom-get', '{"path":"/machine","property":"type"}');
        ($details->{'running-machine'} = $machine) =~ s/-machine$/+pve0/;
        1;
    } or warn $@;
    my $balloon = eval { $qmp->command('query-balloon') } or return;
    $details->{balloon} = $balloon->{actual};
    $details->{ballooninfo} = { %$balloon, max_mem => $details->{maxmem} };
    return;
}

sub processors {
    my ($config) = @_;
    my $configured = ($config->{sockets} || 1) * ($config->{cores} || 1);
    my $present = 0;
    if (open(my $fh, '<', '/proc/stat')) {
        while (my $line = <$fh>) { $present++ if $line =~ /^cpu\d/ }
    }
    return $config->{vcpus} || ($present && $present < $configured ? $present : $configured);
}

# Nested values are indented by one tab a level under their key.
sub print_value {
    my ($prefix, $value, $key) = @_;
    if (ref $value eq 'HASH') {
        print "$prefix$key:\n";
        print_value("\t$prefix", $value->{$_}, $_) for sort keys %$value;
    } elsif (defined $value) {
        print "$prefix$key: $value\n";
    }
    return;
}

1;
