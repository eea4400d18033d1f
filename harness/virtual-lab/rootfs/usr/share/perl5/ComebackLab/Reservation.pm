package ComebackLab::Reservation;
# /run/qemu-server/pci-id-reservations: which VM holds which function, by its QEMU's pid, or until a time
# while QEMU is being started (PVE::QemuServer::PCI).

use strict;
use warnings;

use ComebackLab::LockFile;
use ComebackLab::Process;
use ComebackLab::Root;

my $file = ComebackLab::Root::path('/run/qemu-server/pci-id-reservations');

sub read_all {
    my %reservations;
    open(my $fh, '<', $file) or return \%reservations;
    while (my $line = <$fh>) {
        next if $line !~ /^(\S+)\s(\d+)\s(time|pid):(\d+)$/;
        $reservations{$1} = { vmid => $2, $3 => $4 };
    }
    return \%reservations;
}

sub write_all {
    my ($reservations) = @_;
    my $content = '';
    for my $name (sort keys %$reservations) {
        my $entry = $reservations->{$name};
        my $until = defined $entry->{pid} ? "pid:$entry->{pid}" : "time:$entry->{time}";
        $content .= "$name $entry->{vmid} $until\n";
    }
    ComebackLab::Root::replace_file($file, $content);
    return;
}

# Reserves functions for a VM that is being started.
sub reserve_for_start {
    my ($names, $vmid, $timeout_seconds) = @_;
    return if !@$names;
    with_reservations(5, sub {
        my ($reservations) = @_;
        my $now = time();
        for my $name (@$names) {
            assert_free($name, $reservations->{$name}, $vmid, $now);
            $reservations->{$name} = { vmid => $vmid, time => $now + $timeout_seconds + 5 };
        }
    });
    return;
}

# Turns the reservation into one that lasts as long as the QEMU process.
sub reserve_for_pid {
    my ($names, $vmid, $pid) = @_;
    return if !@$names;
    with_reservations(5, sub {
        my ($reservations) = @_;
        for my $name (@$names) {
            assert_free($name, $reservations->{$name}, $vmid, time());
            $reservations->{$name} = { vmid => $vmid, pid => $pid };
        }
    });
    return;
}

sub release {
    my ($vmid) = @_;
    with_reservations(2, sub {
        my ($reservations) = @_;
        delete @$reservations{ grep { $reservations->{$_}{vmid} == $vmid } keys %$reservations };
    });
    return;
}

sub assert_free {
    my ($name, $entry, $vmid, $now) = @_;
    return if !$entry || $entry->{vmid} == $vmid;
    die "PCI device '$name' is currently reserved for use by VMID '$entry->{vmid}'\n"
        if defined $entry->{time} && $entry->{time} > $now;
    my $reserved_pid = $entry->{pid} or return;
    my $running_pid = ComebackLab::Process::running_pid($entry->{vmid});
    die "PCI device '$name' already in use by VMID '$entry->{vmid}'\n"
        if defined $running_pid && $running_pid == $reserved_pid;
    warn "leftover PCI reservation found for $name, lets take it...\n";
    return;
}

sub with_reservations {
    my ($lock_timeout_seconds, $change) = @_;
    ComebackLab::LockFile::with_lock("$file.lock", $lock_timeout_seconds, sub {
        my $reservations = read_all();
        $change->($reservations);
        write_all($reservations);
    });
    return;
}

1;
