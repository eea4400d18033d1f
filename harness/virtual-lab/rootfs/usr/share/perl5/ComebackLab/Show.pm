package ComebackLab::Show;
# qm config and qm showcmd.

use strict;
use warnings;

use ComebackLab::VmConfig;

sub config {
    my ($vmid) = @_;
    my $config = ComebackLab::VmConfig::load($vmid);
    for my $key (sort keys %$config) {
        my $value = $config->{$key};
        $value =~ s/([^\x20-\x24\x26-\x39\x3b-\x7e])/sprintf('%%%02X', ord $1)/ge if $key eq 'description';
        print "$key: $value\n";
    }
    return 0;
}

sub showcmd {
    my ($vmid, $options) = @_;
    require ComebackLab::HostPci;
    require ComebackLab::QemuCommand;
    my $config = ComebackLab::VmConfig::load($vmid);
    my @command = ComebackLab::QemuCommand::build($vmid, $config, ComebackLab::HostPci::parse_all($config));
    my $line = ComebackLab::QemuCommand::as_shell_line(@command);
    $line =~ s/ -/ \\\n  -/g if $options->{pretty};
    print "$line\n";
    return 0;
}

1;
