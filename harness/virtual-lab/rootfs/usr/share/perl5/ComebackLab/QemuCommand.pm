package ComebackLab::QemuCommand;
# Configuration -> QEMU command line, in Proxmox's order (PVE::QemuServer::config_to_command), for the
# options that the lab's VMs use.

use strict;
use warnings;

use ComebackLab::HostPci;
use ComebackLab::Process;
use ComebackLab::Root;

sub build {
    my ($vmid, $config, @hostpci) = @_;
    my $q35 = ($config->{machine} // '') =~ /q35/;
    my $accelerated = !defined $config->{kvm} || $config->{kvm};
    die "KVM virtualisation configured, but not available. Either disable in VM configuration"
        . " or enable in BIOS.\n"
        if $accelerated && !-e '/dev/kvm';

    my $qmp_socket = ComebackLab::Process::run_file($vmid, 'qmp');
    my $cores = ($config->{sockets} || 1) * ($config->{cores} || 1);
    my @command = ('/usr/bin/kvm', '-id', $vmid, '-name', ($config->{name} || "vm$vmid") . ',debug-threads=on');
    push @command, '-chardev', "socket,id=qmp,path=$qmp_socket,server=on,wait=off";
    push @command, '-mon', 'chardev=qmp,mode=control';
    push @command, guest_agent_arguments($vmid, $config) if $config->{agent};
    push @command, '-pidfile', ComebackLab::Process::run_file($vmid, 'pid'), '-daemonize';
    push @command, '-smbios', "type=1,$config->{smbios1}" if $config->{smbios1};
    push @command, '-smp', "$cores,sockets=" . ($config->{sockets} || 1) . ',cores=' . ($config->{cores} || 1)
        . ",maxcpus=$cores";
    # Proxmox also asks for reboot-timeout=1000: a guest without a disk would reset all its functions every
    # second for ever.
    push @command, '-nodefaults', '-boot', 'menu=on,strict=on';
    push @command, '-vga', 'none', '-nographic', '-cpu', $config->{cpu} || 'qemu64';
    push @command, '-m', $config->{memory} || 512;
    push @command, '-readconfig', ComebackLab::Root::path('/usr/share/qemu-server/pve-q35-4.0.cfg') if $q35;
    push @command, ComebackLab::HostPci::device_arguments($config, @hostpci);
    push @command, '-device', 'virtio-balloon-pci,id=balloon0,bus=' . ($q35 ? 'pcie.0' : 'pci.0') . ',addr=0x3'
        if !defined $config->{balloon} || $config->{balloon};
    push @command, '-machine',
        join(',', ($accelerated ? () : 'accel=tcg'), 'smm=off', 'type=' . ($config->{machine} || 'pc'));
    push @command, words($config->{args}) if $config->{args};
    return @command;
}

# The channel to the agent in the guest. It sits where Proxmox has it behind its PCI bridge, which is left out here.
sub guest_agent_arguments {
    my ($vmid, $config) = @_;
    my $socket = ComebackLab::Process::run_file($vmid, 'qga');
    my $bus = ($config->{machine} // '') =~ /q35/ ? 'pcie.0' : 'pci.0';
    return ('-chardev', "socket,path=$socket,server=on,wait=off,id=qga0",
        '-device', "virtio-serial,id=qga0,bus=$bus,addr=0x8",
        '-device', 'virtserialport,chardev=qga0,name=org.qemu.guest_agent.0');
}

# Seconds that QEMU may take to start (PVE::QemuServer::Helpers::config_aware_timeout).
sub start_timeout_seconds {
    my ($config) = @_;
    my $memory_mib = $config->{memory} || 512;
    my $timeout = $memory_mib > 30720 ? int($memory_mib / 1024) : 30;
    $timeout *= 4 if grep { /^hostpci[0-9]+$/ } keys %$config;
    $timeout += 5 * grep { /^net\d+/ } keys %$config;
    return $timeout;
}

# Words of a config line; quotes hold one together (PVE::Tools::split_args).
sub words {
    my ($line) = @_;
    my @words;
    while ($line =~ /\G\s*((?:[^\s"']+|"[^"]*"|'[^']*')+)/g) {
        my $word = $1;
        $word =~ s/"([^"]*)"|'([^']*)'/$1 \/\/ $2/ge;
        push @words, $word;
    }
    return @words;
}

# One shell line, each argument quoted on its own as String::ShellQuote does: '=' alone forces quotes.
sub as_shell_line {
    return join ' ', map { quote($_) } @_;
}

sub quote {
    my ($argument) = @_;
    return "''" if $argument eq '';
    return $argument if $argument !~ m{[^\w!%+,\-./:@^]};
    $argument =~ s/'/'\\''/g;
    return "'$argument'";
}

1;
