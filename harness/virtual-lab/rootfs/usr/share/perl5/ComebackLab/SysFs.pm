package ComebackLab::SysFs;
# PCI functions in sysfs and their way to vfio-pci, step by step as PVE::SysFSTools takes it.

use strict;
use warnings;

use ComebackLab::Root;

my $domain = qr/[a-f0-9]{4,}/;
my $address = qr/$domain:[a-f0-9]{2}:[a-f0-9]{2}\.[a-f0-9]/;
my $pci = ComebackLab::Root::path('/sys/bus/pci');
my $vfio = "$pci/drivers/vfio-pci";

# Addresses of all functions that start with the given text, with or without the domain, in order.
sub functions_matching {
    my ($prefix) = @_;
    opendir(my $directory, "$pci/devices") or return;
    return sort grep { /^$address$/ && /^(?:0000:)?\Q$prefix\E/ } readdir($directory);
}

# Proxmox takes any entry in /sys/class/iommu for a working IOMMU.
sub has_iommu {
    opendir(my $directory, ComebackLab::Root::path('/sys/class/iommu')) or return 0;
    return scalar grep { !/^\./ } readdir($directory);
}

# What Proxmox wants to know of a function before it touches it; undef when sysfs does not say. The values
# are the kernel's cached ones, so a dead function still has them.
sub function_info {
    my ($name) = @_;
    my $directory = "$pci/devices/$name";
    my $irq = ComebackLab::Root::read_first_line("$directory/irq") // return;
    return if $irq !~ /^\d+$/;
    my $vendor = ComebackLab::Root::read_first_line("$directory/vendor") // return;
    return if $vendor !~ s/^0x//;
    my $device = ComebackLab::Root::read_first_line("$directory/device") // return;
    return if $device !~ s/^0x//;
    return { name => $name, vendor => $vendor, device => $device, has_reset => -f "$directory/reset" };
}

sub reset_function {
    my ($info) = @_;
    return ComebackLab::Root::write_attribute("$pci/devices/$info->{name}/reset", '1');
}

# Binds every function of the group except bridges: whoever else uses a function of the group loses it.
sub bind_group_to_vfio {
    my ($name) = @_;
    load_vfio();
    opendir(my $directory, "$pci/devices/$name/iommu_group/devices/") or die "Cannot open iommu_group: $!\n";
    for my $member (grep { /^$domain:/ } readdir($directory)) {
        next if -e "$pci/devices/$member/pci_bus";
        bind_to_vfio(function_info($member)) or die "Cannot bind $member to vfio\n";
    }
    return 1;
}

sub load_vfio {
    system('/sbin/modprobe vfio-pci >/dev/null 2>/dev/null') if !-d $vfio;
    die "Cannot find vfio-pci module!\n" if !-d $vfio;
    return;
}

# new_id makes the kernel probe every unbound function with that id; the explicit bind is for functions
# that another driver held at that moment.
sub bind_to_vfio {
    my ($info) = @_;
    return 0 if !$info;
    my $name = $info->{name};
    my $bound = "$vfio/$name";
    return 1 if -d $bound;

    return 0 if !ComebackLab::Root::write_attribute("$vfio/new_id", "$info->{vendor} $info->{device}", 1);
    my $unbind = "$pci/devices/$name/driver/unbind";
    if (!ComebackLab::Root::write_attribute($unbind, $name)) {
        return 0 if -f $unbind;
    }
    if (!-d $bound) {
        return 0 if !ComebackLab::Root::write_attribute("$vfio/bind", $name);
    }
    return -d $bound;
}

1;
