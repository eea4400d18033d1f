package ComebackLab::Qmp;
# Commands to a VM's QEMU over its QMP socket.

use strict;
use warnings;

use ComebackLab::Json;
use ComebackLab::Process;

# socket.h
my $af_unix = 1;
my $sock_stream = 1;
my $timeout_seconds = 5;

# Connects and negotiates; dies with the reason when QEMU does not answer in time.
sub connect_to {
    my ($class, $vmid) = @_;
    die "VM $vmid not running\n" if !ComebackLab::Process::running_pid($vmid);

    my $path = ComebackLab::Process::run_file($vmid, 'qmp');
    my $self = bless { vmid => $vmid, buffer => '' }, $class;
    socket($self->{socket}, $af_unix, $sock_stream, 0) or die "unable to create socket - $!\n";
    connect($self->{socket}, pack('Sa108', $af_unix, $path))
        or die "unable to connect to VM $vmid qmp socket - $!\n";
    $self->{deadline} = time() + $timeout_seconds;
    eval { $self->read_line(); $self->exchange('qmp_capabilities'); 1 }
        or die "VM $vmid qmp command 'qmp_capabilities' failed - $@";
    return $self;
}

# Runs one command and returns its result. arguments: JSON text of the arguments object, if any.
sub command {
    my ($self, $name, $arguments) = @_;
    $self->{deadline} = time() + $timeout_seconds;
    my $result = eval { $self->exchange($name, $arguments) };
    die "VM $self->{vmid} qmp command '$name' failed - $@" if $@;
    return $result;
}

sub exchange {
    my ($self, $name, $arguments) = @_;
    my $line = qq({"execute":"$name") . (defined $arguments ? qq(,"arguments":$arguments) : '') . "}\n";
    local $SIG{PIPE} = 'IGNORE';
    syswrite($self->{socket}, $line) // die "unable to write to socket - $!\n";
    while (1) {
        my $message = ComebackLab::Json::decode($self->read_line());
        next if $message->{event};
        die "$message->{error}{desc}\n" if $message->{error};
        return $message->{return};
    }
}

sub read_line {
    my ($self) = @_;
    while (1) {
        return $1 if $self->{buffer} =~ s/^(.*)\r?\n//;
        my $readable = '';
        vec($readable, fileno($self->{socket}), 1) = 1;
        my $remaining = $self->{deadline} - time();
        die "got timeout\n" if $remaining <= 0 || !select($readable, undef, undef, $remaining);
        my $count = sysread($self->{socket}, $self->{buffer}, 65536, length $self->{buffer});
        die "client closed connection\n" if !$count;
    }
}

1;
