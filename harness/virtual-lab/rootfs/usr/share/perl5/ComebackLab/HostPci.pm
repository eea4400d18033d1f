package ComebackLab::HostPci;
# hostpciN entries of a configuration: parsing, QEMU arguments, preparation of the functions
# (PVE::QemuServer::PCI).

use strict;
use warnings;

use ComebackLab::SysFs;

my $max_entries = 16;

my $host_pattern = qr/(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\.[a-f0-9])?/;
my %boolean = (pcie => 1, rombar => 1, 'x-vga' => 1);
my %id_override = map { $_ => qr/^0x[0-9a-fA-F]{4}$/ } qw(vendor-id device-id sub-vendor-id sub-device-id);
my @extra_root_port = ((map { "10.$_" } 0 .. 7), (map { "11.$_" } 0 .. 3));

# Entries of the configuration in order, each { id, functions => [addresses], pcie, rombar, x-vga, romfile }.
# Dies when a function is not on the bus: that is how Proxmox notices a device that is gone.
sub parse_all {
    my ($config) = @_;
    my (@entries, %used);
    for my $index (0 .. $max_entries - 1) {
        my $value = $config->{"hostpci$index"} or next;
        my $entry = parse($value);
        die "q35 machine model is not enabled"
            if $entry->{pcie} && ($config->{machine} // '') !~ /q35/;
        for my $name (@{ $entry->{functions} }) {
            die "device '$name' assigned more than once\n" if $used{$name}++;
        }
        push @entries, { %$entry, id => "hostpci$index", index => $index };
    }
    return @entries;
}

sub parse {
    my ($value) = @_;
    my %entry;
    for my $part (split /,/, $value) {
        my ($key, $option) = $part =~ /^([a-z\-]+)=(.*)$/ ? ($1, $2) : (host => $part);
        die "format error\n$key: property is not defined in schema and the schema does not allow additional properties\n"
            if !$boolean{$key} && !$id_override{$key} && $key !~ /^(?:host|romfile)$/;
        $option = parse_boolean($key, $option) if $boolean{$key};
        die "format error\n$key: value does not match the regex pattern\n"
            if $id_override{$key} && $option !~ $id_override{$key};
        $entry{$key} = $option;
    }
    my $host = delete $entry{host};
    die "Either 'host' or 'mapping' must be set.\n" if !defined $host;
    die "format error\nhostpci.host: value does not match the regex pattern\n"
        if $host !~ /^$host_pattern(?:;$host_pattern)*$/;

    for my $prefix (split /;/, $host) {
        my @functions = ComebackLab::SysFs::functions_matching($prefix);
        die "no PCI device found for '$prefix'\n" if !@functions;
        push @{ $entry{functions} }, @functions;
    }
    return \%entry;
}

sub parse_boolean {
    my ($key, $text) = @_;
    return 1 if $text =~ /^(?:1|on|yes|true)$/i;
    return 0 if $text =~ /^(?:0|off|no|false)$/i;
    die "format error\nhostpci.$key: type check ('boolean') failed - got '$text'\n";
}

# -device arguments. Several functions of one entry become one multifunction device behind one port.
sub device_arguments {
    my ($config, @entries) = @_;
    my @arguments;
    for my $entry (@entries) {
        my $index = $entry->{index};
        my $bus;
        if ($entry->{pcie}) {
            push @arguments, '-device', root_port($index) if $index > 3;
            $bus = 'bus=ich9-pcie-port-' . ($index + 1) . ',addr=0x0';
        } else {
            $bus = 'bus=' . (($config->{machine} // '') =~ /q35/ ? 'pcie.0' : 'pci.0')
                . sprintf(',addr=0x%x', $index < 2 ? 16 + $index : 25 + $index);
        }
        my @functions = @{ $entry->{functions} };
        for my $function (0 .. $#functions) {
            my $suffix = @functions > 1 ? ".$function" : '';
            my $device = "vfio-pci,host=$functions[$function],id=$entry->{id}$suffix,$bus$suffix";
            $device .= first_function_options($config, $entry) if $function == 0;
            push @arguments, '-device', $device;
        }
    }
    return @arguments;
}

sub first_function_options {
    my ($config, $entry) = @_;
    my $options = '';
    $options .= ',rombar=0' if defined $entry->{rombar} && !$entry->{rombar};
    $options .= ',x-vga=on' if $entry->{'x-vga'} && ($config->{bios} // 'seabios') ne 'ovmf';
    $options .= ',multifunction=on' if @{ $entry->{functions} } > 1;
    $options .= ",romfile=/usr/share/kvm/$entry->{romfile}" if $entry->{romfile};
    for my $name (sort keys %id_override) {
        $options .= ",x-pci-$name=$entry->{$name}" if $entry->{$name};
    }
    return $options;
}

sub root_port {
    my ($index) = @_;
    my $number = $index + 1;
    return "pcie-root-port,id=ich9-pcie-port-$number,addr=$extra_root_port[$index - 4],x-speed=16,x-width=32,"
        . "multifunction=on,bus=pcie.0,port=$number,chassis=$number";
}

# Takes a function, with its whole IOMMU group, away from the host and resets it if the kernel can.
sub prepare {
    my ($name) = @_;
    my $info = ComebackLab::SysFs::function_info($name);
    die "cannot prepare PCI pass-through, IOMMU not present\n" if !ComebackLab::SysFs::has_iommu();
    die "no pci device info for device '$name'\n" if !$info;
    die "can't unbind/bind PCI group to VFIO '$name'\n" if !ComebackLab::SysFs::bind_group_to_vfio($name);
    warn "failed to reset PCI device '$name', but trying to continue as not all devices need a reset\n"
        if $info->{has_reset} && !ComebackLab::SysFs::reset_function($info);
    return;
}

1;
