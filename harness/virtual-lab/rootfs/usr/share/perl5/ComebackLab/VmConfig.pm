package ComebackLab::VmConfig;
# /etc/pve/qemu-server/<vmid>.conf: reading, config lock, file lock.

use strict;
use warnings;

use ComebackLab::LockFile;
use ComebackLab::Root;

my $lock_directory = ComebackLab::Root::path('/var/lock/qemu-server');
my $unlock_timeout_seconds = 10;

sub config_file { return ComebackLab::Root::path("/etc/pve/qemu-server/$_[0].conf") }

sub all_vmids {
    opendir(my $directory, ComebackLab::Root::path('/etc/pve/qemu-server')) or return;
    return sort { $a <=> $b } map { /^([1-9][0-9]{2,8})\.conf$/ ? $1 : () } readdir($directory);
}

# The current section of the configuration as a hash; dies with ENOENT in $!, which makes it exit code 2
# where Proxmox lets the exception reach the top.
sub load {
    my ($vmid) = @_;
    open(my $fh, '<', config_file($vmid)) or do {
        my $node = ComebackLab::Root::node_name();
        $! = 2;
        die "Configuration file 'nodes/$node/qemu-server/$vmid.conf' does not exist\n";
    };
    my %config;
    while (my $line = <$fh>) {
        last if $line =~ /^\[/;
        if ($line =~ /^\#(.*)$/) {
            $config{description} = ($config{description} // '') . "$1\n";
        } elsif ($line =~ /^([a-z][a-z_\-]*\d*):\s*(.+?)\s*$/) {
            $config{$1} = $2;
        }
    }
    return \%config;
}

# Used by stop and shutdown, which do not read the configuration before they look for the process.
sub assert_exists {
    my ($vmid) = @_;
    return if -f config_file($vmid);
    my $node = ComebackLab::Root::node_name();
    die "unable to find configuration file for VM $vmid on node '$node'\n";
}

sub check_lock {
    my ($config) = @_;
    die "VM is locked ($config->{lock})\n" if $config->{lock};
    return;
}

# qm unlock: drops the config lock, whoever set it.
sub unlock {
    my ($vmid) = @_;
    with_lock($vmid, $unlock_timeout_seconds, sub {
        load($vmid);
        open(my $fh, '<', config_file($vmid)) or die "unable to read VM $vmid config - $!\n";
        my $section = 0;
        my @kept = grep { $section ||= /^\[/; $section || !/^lock:/ } <$fh>;
        ComebackLab::Root::replace_file(config_file($vmid), join('', @kept));
    });
    return 0;
}

# Serialises everything that changes a VM, as PVE::AbstractConfig::lock_config does.
sub with_lock {
    my ($vmid, $timeout_seconds, $code) = @_;
    ComebackLab::Root::make_directories($lock_directory);
    return ComebackLab::LockFile::with_lock("$lock_directory/lock-$vmid.conf", $timeout_seconds, $code);
}

1;
